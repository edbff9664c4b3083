/** The closed vocabulary, collected from what texts are made of rather than from samples of them. */
import { corpusPatterns } from './corpus.ts';
import { literalWords } from './render.ts';
import { POLITE_PHRASES, REFUSAL, RUDE_OPENINGS, RUDE_PHRASES, VERBOSE_PHRASES } from './style.ts';
import { factQuestionPatterns } from './tasks/questions.ts';
import type { World } from './types.ts';

export const SPECIALS: readonly string[] = ['<pad>', '<bos>', '<user>', '<bot>', '<eos>'];

/** Every word that a text of this world can contain, sorted by code unit, after the specials. */
export function buildVocabulary(world: Omit<World, 'vocabulary'>): string[] {
  const { lexicon, factKinds, size } = world;
  const patterns = [
    ...world.citizens,
    ...world.strangers,
    ...lexicon.listWords,
    ...[...lexicon.happy, ...lexicon.unhappy],
    ...lexicon.opposites.flat(),
    ...[...lexicon.sounds].flat(),
    ...lexicon.categories.flatMap(({ singular, plural }) => [singular, plural]),
    ...[...lexicon.korean].flat(),
    ...[...lexicon.koreanVerbs].flat(),
    ...[...RUDE_PHRASES, ...POLITE_PHRASES, ...VERBOSE_PHRASES, ...RUDE_OPENINGS, REFUSAL],
    ...corpusPatterns(size, factKinds, lexicon),
    ...factQuestionPatterns(factKinds),
    ...world.tasks.flatMap(({ templates, patterns }) => [...templates, ...patterns]),
  ];
  return [...SPECIALS, ...[...new Set(patterns.flatMap(literalWords))].sort((a, b) => (a < b ? -1 : 1))];
}
