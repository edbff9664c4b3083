/** Checkpoints that answer the same prompts to be compared: who can meet, what they are asked, and what they say. */
import { type Form, type Party, identityOf } from '../core/data/blind.ts';
import type { Response } from '../core/data/labellers.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import { Rng, hash32 } from '../core/rng.ts';
import { type Example, type World, drawExample, preferenceMix, wrapperPrompt } from '../core/world/index.ts';
import type { Trainer } from './worker.ts';
import { worldOf } from './worlds.ts';

/** How base models are prompted: in the corpus's own form of a dialogue, or as the tuned models are. */
export type BaseForm = Exclude<Form, 'instruction'>;

/** Those that answer, and know the words of this preset's world. */
export function contendersOf(answering: readonly CheckpointInfo[], preset: string): CheckpointInfo[] {
  const { size } = worldOf(preset);
  return answering.filter((each) => worldOf(each.preset).size === size);
}

export function partyOf({ key, hash, stage }: CheckpointInfo, baseForm: BaseForm): Party {
  return { key, hash, form: stage === 'base' ? baseForm : 'instruction' };
}

/** `count` prompts from the `first` one of an endless list that training never saw. */
export function judgedExamples(world: World, first: number, count: number): Example[] {
  const mix = preferenceMix(world);
  return Array.from({ length: count }, (_, i) =>
    drawExample(world, mix, 'evaluation', Rng.fromSeed(0, 'page', 'judge', first + i)),
  );
}

/** What a party says to `examples`, the prompts `first`, `first` + 1, …; at most 64. Everybody's noise is their own. */
export function answersOf(
  trainer: Trainer,
  world: World,
  party: Party,
  { first, examples, temperature }: { first: number; examples: readonly Example[]; temperature: number },
): Promise<Response[]> {
  const prompts = examples.map((example, i) => {
    if (party.form !== 'wrapper') return example.prompt;
    return wrapperPrompt(world, example, Rng.fromSeed(0, 'page', 'judge', 'wrapper', first + i));
  });
  const seed = hash32(`judge/${identityOf(party)}/${first}`);
  return trainer.prompting({ checkpoint: party.key, prompts, temperature, seed });
}
