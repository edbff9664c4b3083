/** Words that complete the one at the caret. */
import type { CheckedWord } from '../core/tokenizer/tokenizer.ts';

const MOST_CANDIDATES = 8;
/** Of a word that is compared with others by its spelling. */
const LEAST_LETTERS = 3;

export interface Completion {
  /** The word that is completed. */
  readonly word: CheckedWord;
  /** Those that begin like it, short ones first; then those that are spelt like it. */
  readonly candidates: readonly string[];
}

/** What could stand at the caret, which has to be at the end of a word; null where there is nothing to offer. */
export function completionAt(
  words: readonly CheckedWord[],
  caret: number,
  vocabulary: readonly string[],
): Completion | null {
  const word = words.find(({ start, end }) => start < caret && caret === end);
  if (!word || !/[\p{L}\p{N}]/u.test(word.word)) return null;
  const longer = vocabulary.filter((each) => each !== word.word && each.startsWith(word.word));
  longer.sort((a, b) => a.length - b.length);
  // Everything is spelt like one or two letters.
  const near = word.word.length < LEAST_LETTERS ? [] : word.suggestions;
  const alike = near.filter((each) => vocabulary.includes(each) && !longer.includes(each));
  const candidates = [...longer, ...alike].slice(0, MOST_CANDIDATES);
  return candidates.length > 0 ? { word, candidates } : null;
}

/** `text` with a word replaced, and where the caret goes: behind it, and behind a space where one may be written on. */
export function replaceWord(
  text: string,
  { start, end }: Pick<CheckedWord, 'start' | 'end'>,
  by: string,
): { text: string; caret: number } {
  const rest = text.slice(end);
  const space = rest === '' ? ' ' : '';
  return { text: `${text.slice(0, start)}${by}${space}${rest}`, caret: start + by.length + 1 };
}
