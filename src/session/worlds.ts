/** Worlds and their tokenizers, made once each: what the page needs to check words and to suggest prompts. */
import { PRESETS, PRESET_NAMES } from '../core/presets.ts';
import { Rng } from '../core/rng.ts';
import { Tokenizer } from '../core/tokenizer/tokenizer.ts';
import {
  type World,
  type WorldSize,
  corpusDocument,
  createWorld,
  drawExample,
  preferenceMix,
} from '../core/world/index.ts';

interface Known {
  world: World;
  tokenizer: Tokenizer;
}

const known = new Map<WorldSize, Known>();

function knownOf(preset: string): Known {
  const name = PRESET_NAMES.find((each) => each === preset) ?? 'micro';
  const size = PRESETS[name].world;
  let found = known.get(size);
  if (!found) {
    const world = createWorld(size);
    known.set(size, (found = { world, tokenizer: new Tokenizer(world.vocabulary) }));
  }
  return found;
}

export function tokenizerOf(preset: string): Tokenizer {
  return knownOf(preset).tokenizer;
}

/** A prompt that training never saw; another one for each `number`. */
export function examplePrompt(preset: string, number: number): string {
  const { world } = knownOf(preset);
  const rng = Rng.fromSeed(0, 'page', 'prompt', number);
  return drawExample(world, preferenceMix(world), 'evaluation', rng, { rudeRate: 0 }).prompt;
}

/** Documents as the base model reads them. */
export function corpusDocuments(preset: string, count: number): string[] {
  const { world } = knownOf(preset);
  const rng = Rng.fromSeed(0, 'page', 'corpus');
  return Array.from({ length: count }, () => corpusDocument(world, rng));
}
