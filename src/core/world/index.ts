/**
 * The pocket world: a small, seeded, closed world whose every answer can be scored exactly.
 *
 * createWorld(size, seed) → corpus documents, examples of 17 tasks in four disjoint splits, a noisy crowd's
 * demonstrations, and a gold judge. Pure functions of their arguments; all randomness comes from the `Rng` handed in.
 */
import { factKindsFor, factsFor, namesFor } from './citizens.ts';
import { lexiconFor } from './lexicon.ts';
import { listHeldOut } from './splits.ts';
import { QUESTION_TASKS } from './tasks/questions.ts';
import { TEXT_TASKS } from './tasks/texts.ts';
import { TRANSLATION_TASKS } from './tasks/translation.ts';
import { WORD_TASKS } from './tasks/words.ts';
import type { TaskName, World, WorldSize } from './types.ts';
import { buildVocabulary } from './vocabulary.ts';

export type * from './types.ts';
export { corpusDocument } from './corpus.ts';
export { demonstrate } from './demonstrations.ts';
export {
  drawExample,
  findTask,
  makeExample,
  preferenceMix,
  promptPieces,
  sftMix,
  type ExampleOptions,
} from './examples.ts';
export { type Piece, piecesOf } from './render.ts';
export { judgeResponse, type Verdict } from './gold.ts';
export { fewShotPrompt, wrapperPrompt } from './prompting.ts';
export { trainedTasks } from './splits.ts';
export { POLITE_PHRASES, REFUSAL, RUDE_OPENINGS, RUDE_PHRASES, VERBOSE_PHRASES } from './style.ts';
export { SPECIALS } from './vocabulary.ts';

const MICRO_TASKS: readonly TaskName[] = ['qa', 'stranger', 'commonsense', 'sentiment', 'reading'];

/**
 * Builds a world. The seed decides who is a citizen and what is true about whom, not the vocabulary; seed 0 is the
 * world of the shipped checkpoints.
 */
export function createWorld(size: WorldSize, seed = 0): World {
  const lexicon = lexiconFor(size);
  const { citizens, strangers, splits: names } = namesFor(size, seed);
  const all = [...QUESTION_TASKS, ...TEXT_TASKS, ...TRANSLATION_TASKS, ...WORD_TASKS];
  const tasks = size === 'micro' ? all.filter(({ name }) => MICRO_TASKS.includes(name)) : all;
  const world = {
    size,
    seed,
    citizens,
    strangers,
    facts: factsFor(citizens, lexicon, seed),
    factKinds: factKindsFor(size),
    tasks,
    heldOut: listHeldOut(tasks, names.evaluation),
    names,
    lexicon,
  };
  return { ...world, vocabulary: buildVocabulary(world) };
}
