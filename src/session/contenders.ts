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

/** A prompt that training never saw; another one for each `number`. */
export function judgedExample(world: World, number: number): Example {
  return drawExample(world, preferenceMix(world), 'evaluation', Rng.fromSeed(0, 'page', 'judge', number));
}

/** What a party says to the prompts `first`, `first` + 1, …; at most 64. Everybody's noise is their own. */
export function answersOf(
  trainer: Trainer,
  world: World,
  party: Party,
  { first, count, temperature }: { first: number; count: number; temperature: number },
): Promise<Response[]> {
  const prompts = Array.from({ length: count }, (_, i) => {
    const example = judgedExample(world, first + i);
    if (party.form !== 'wrapper') return example.prompt;
    return wrapperPrompt(world, example, Rng.fromSeed(0, 'page', 'judge', 'wrapper', first + i));
  });
  const seed = hash32(`judge/${identityOf(party)}/${first}`);
  return trainer.prompting({ checkpoint: party.key, prompts, temperature, seed });
}
