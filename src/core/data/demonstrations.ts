/**
 * Demonstrations that people write themselves (InstructGPT, step 1): an instruction, the response it deserves, who wrote
 * it and when. One JSON record a line (JSONL), so that files of many people are merged by line.
 */
import * as v from 'valibot';
import { hash32 } from '../rng.ts';
import type { CheckedWord, Tokenizer } from '../tokenizer/tokenizer.ts';
import type { WorldSize } from '../world/index.ts';
import {
  type ReadLine,
  authorSchema,
  check,
  idSchema,
  readJsonLines,
  recordsOf,
  someWords,
  timeSchema,
} from './json-lines.ts';
import { type Merge, mergeById } from './merge.ts';

/** In words. The longest prompt of the world has 33; a response is generated in at most 21 tokens, its end included. */
export const MOST_WORDS = { prompt: 60, response: 20 } as const;
/** Of a record. */
export const MOST_CHARACTERS = { prompt: 2000, response: 1000 } as const;
/** Of one world: thirty people with more than sixty each. */
export const MOST_DEMONSTRATIONS = 2000;
/**
 * Share of the instructions in SFT that are people's own, where there are any: a handful among thousands would teach
 * nothing, and much more would be learnt by heart at the cost of everything else.
 */
export const OWN_SHARE = 0.2;
/** The `task` of an instruction that is none of the world's tasks. */
export const NEW_TASK = 'own';

export interface Demonstration {
  readonly version: 1;
  /** Unique; what files are merged by. */
  readonly id: string;
  readonly world: WorldSize;
  /** Name of a task, or 'own' for a new kind of instruction. */
  readonly task: string;
  readonly prompt: string;
  readonly response: string;
  /** Who wrote it. */
  readonly by: string;
  /** When it was saved, ISO 8601. */
  readonly at: string;
}

export const demonstrationSchema = v.object({
  version: v.literal(1),
  id: idSchema,
  world: v.picklist(['micro', 'town'] satisfies WorldSize[]),
  task: someWords(40),
  prompt: someWords(MOST_CHARACTERS.prompt),
  response: someWords(MOST_CHARACTERS.response),
  by: authorSchema,
  at: timeSchema,
});

/** The lines of a JSONL file, see `readJsonLines`. */
export function readDemonstrations(file: string): Generator<ReadLine<Demonstration>> {
  return readJsonLines(file, (value) => check(demonstrationSchema, value));
}

/** All demonstrations of a JSONL file. Throws an Error that names `where`, the line and the field of the first bad one. */
export function parseDemonstrations(file: string, where: string): Demonstration[] {
  return recordsOf(readDemonstrations(file), where);
}

/** Adds what others wrote after one's own, see `mergeById`. */
export function mergeDemonstrations(
  own: readonly Demonstration[],
  others: readonly Demonstration[],
): Merge<Demonstration> {
  return mergeById(own, others, ({ prompt, response }) => [prompt, response]);
}

/**
 * A 32-bit hash of what the model learns from: worlds, prompts and responses, in whatever order, whoever wrote them. 0
 * for an empty list, and only then.
 */
export function demonstrationsHash(list: readonly Demonstration[]): number {
  if (list.length === 0) return 0;
  const each = list.map(hashOf).sort((a, b) => a - b);
  return hash32(each.join(' ')) || 1;
}

const hashes = new WeakMap<Demonstration, number>();

/** Of one; a record never changes, so that a long list is not hashed anew for each that is added. */
function hashOf(demonstration: Demonstration): number {
  let hash = hashes.get(demonstration);
  if (hash === undefined) {
    const { world, prompt, response } = demonstration;
    hashes.set(demonstration, (hash = hash32(JSON.stringify([world, prompt, response]))));
  }
  return hash;
}

export type Part = keyof typeof MOST_WORDS;

/** Why a text cannot be trained on. */
export type Fault =
  | { kind: 'empty'; part: Part }
  | { kind: 'unknown'; part: Part; words: readonly CheckedWord[] }
  | { kind: 'long'; part: Part; words: number; most: number };

/** What is wrong with a prompt or a response; empty: it can be trained on. */
export function faultsOf(tokenizer: Tokenizer, part: Part, text: string): Fault[] {
  return faultsIn(part, tokenizer.check(text));
}

/** As `faultsOf`, of words that have been checked already. */
export function faultsIn(part: Part, words: readonly CheckedWord[]): Fault[] {
  const unknown = words.filter(({ known }) => !known);
  const most = MOST_WORDS[part];
  return [
    ...(words.length === 0 ? [{ kind: 'empty', part } as const] : []),
    ...(unknown.length > 0 ? [{ kind: 'unknown', part, words: unknown } as const] : []),
    ...(words.length > most ? [{ kind: 'long', part, words: words.length, most } as const] : []),
  ];
}

/** A text as the model reads it: lower case, words and marks separated by single spaces. */
export function inWorldForm(tokenizer: Tokenizer, text: string): string {
  return tokenizer
    .check(text)
    .map(({ word }) => word)
    .join(' ');
}
