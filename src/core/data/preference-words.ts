/** Whether the models of a run can read what people compared, and how it is written for them. */
import { type CheckedWord, type Tokenizer, UnknownWordsError } from '../tokenizer/tokenizer.ts';
import { type Fault, faultsOf, inWorldForm } from './demonstrations.ts';
import type { Response } from './labellers.ts';
import type { Preference } from './preferences.ts';

/**
 * A preference in the world's form, or the first thing in it that cannot be read. `most`: tokens of a response, its end
 * included.
 */
export function inWords(
  preference: Preference,
  tokenizer: Tokenizer,
  most: number,
): { record: Preference; fault: null } | { record: null; fault: Fault } {
  const { example } = preference;
  const [promptFault] = faultsOf(tokenizer, 'prompt', example.prompt);
  if (promptFault) return { record: null, fault: promptFault };
  const responses: Response[] = [];
  for (const { text, ended } of preference.responses) {
    const words = wordsOf(tokenizer, text);
    const unknown = words.filter((each): each is CheckedWord => !each.known);
    if (unknown.length > 0) return { record: null, fault: { kind: 'unknown', part: 'response', words: unknown } };
    const mostWords = most - (ended ? 1 : 0);
    if (words.length > mostWords)
      return { record: null, fault: { kind: 'long', part: 'response', words: words.length, most: mostWords } };
    responses.push({ text: words.map(({ word }) => word).join(' '), ended });
  }
  const prompt = inWorldForm(tokenizer, example.prompt);
  return { record: { ...preference, example: { ...example, prompt }, responses }, fault: null };
}

/** Of a response. A model that has learnt little may have written specials: what it wrote stays as it is. */
function wordsOf(tokenizer: Tokenizer, text: string): (CheckedWord | { word: string; known: true })[] {
  try {
    tokenizer.parse(text);
  } catch (error) {
    if (error instanceof UnknownWordsError) return tokenizer.check(text);
    throw error;
  }
  return text === '' ? [] : text.split(' ').map((word) => ({ word, known: true }));
}
