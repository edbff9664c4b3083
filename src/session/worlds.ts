/** Worlds and their tokenizers, made once each: what the page needs to check words and to suggest prompts. */
import { PRESETS, PRESET_NAMES } from '../core/presets.ts';
import { Rng } from '../core/rng.ts';
import { Tokenizer } from '../core/tokenizer/tokenizer.ts';
import {
  SPECIALS,
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

export function worldOf(preset: string): World {
  return knownOf(preset).world;
}

/** The words that the worlds of all these presets have, without specials, in alphabetical order. */
export function commonWords(presets: readonly string[]): readonly string[] {
  const [first = [], ...others] = presets.map((preset) => knownOf(preset).world.vocabulary);
  const sets = others.map((each) => new Set(each));
  return first.filter((word) => !SPECIALS.includes(word) && sets.every((each) => each.has(word)));
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

/** How much there is to learn: tasks, and templates of all tasks together. */
export function worldFigures(preset: string): { tasks: number; templates: number } {
  const { tasks } = knownOf(preset).world;
  return { tasks: tasks.length, templates: tasks.reduce((sum, { templates }) => sum + templates.length, 0) };
}
