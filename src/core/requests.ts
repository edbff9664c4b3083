/**
 * What a worker takes of a page: a schema for the arguments of every method. The page and the worker are of one build, but
 * keys, texts and numbers in these messages come from files, addresses and stored records.
 */
import * as v from 'valibot';
import { type ArchiveApi, CHOICES } from './archive-protocol.ts';
import type { BenchmarkApi } from './benchmark-protocol.ts';
import { MOST_CHECKPOINT_BYTES } from './checkpoint-card.ts';
import { MOST_DEMONSTRATIONS, demonstrationSchema } from './data/demonstrations.ts';
import { authorSchema } from './data/json-lines.ts';
import { TASTES } from './data/labellers.ts';
import { MOST_PREFERENCES } from './data/preferences.ts';
import { LEAST_DUTY } from './duty.ts';
import { changesSchema } from './knobs.ts';
import { keySchema, partSchema } from './names.ts';
import { FIRST, finite, natural, positive, problemOf, words } from './outside.ts';
import { PRESET_NAMES } from './presets.ts';
import type { BackendName, TrainerApi } from './protocol.ts';
import { STAGES } from './reports.ts';

/** A request that a worker does not take; the message names the method and the field. Nothing was done. */
export class RequestError extends Error {
  override name = 'RequestError';
}

const run = { preset: v.picklist(PRESET_NAMES), seed: natural };
/** Texts are checked against the vocabulary and the room of a model where they are used; a word has 20 characters. */
const text = words(100_000);
const texts = v.pipe(v.array(text), v.maxLength(1000));
/** Browsers let no address be longer. */
const MOST_ADDRESS = 2 ** 21;
const temperature = v.pipe(finite, v.minValue(0), v.maxValue(100));
const backend = v.picklist(['auto', 'webgpu', 'wasm', 'cpu'] satisfies (BackendName | 'auto')[]);

const requestSchema = v.object({
  ...run,
  stages: v.pipe(v.array(v.picklist(STAGES)), v.maxLength(STAGES.length)),
  base: v.picklist(['shipped', 'train']),
  labels: v.picklist(['simulated', 'person']),
  taste: v.optional(v.picklist(TASTES)),
  annotators: v.optional(v.pipe(v.array(authorSchema), v.maxLength(MOST_PREFERENCES))),
  changes: v.optional(changesSchema),
  demonstrations: v.optional(v.pipe(v.array(demonstrationSchema), v.maxLength(2 * MOST_DEMONSTRATIONS))),
});
const plan = v.object({
  presets: v.pipe(v.array(v.picklist(PRESET_NAMES)), v.maxLength(PRESET_NAMES.length)),
  rounds: v.pipe(positive, v.maxValue(1000)),
});

/** A schema for the arguments of each method. */
type Requests<Api> = {
  [Method in keyof Api]: Api[Method] extends (...args: infer Args) => unknown ? v.GenericSchema<unknown, Args> : never;
};

/** All fields of a message, none of them optional, so that one that a schema does not know shows in the type. */
type Whole<T> = T extends (...args: never[]) => unknown
  ? 'function'
  : T extends Blob
    ? 'blob'
    : T extends object
      ? { readonly [Key in keyof T]-?: Whole<NonNullable<T[Key]>> }
      : T;
/** True where the schemas know every field of the messages, and take all that the protocol lets through. */
type Covers<Schemas, Api> = {
  [Method in keyof Schemas & keyof Api]: Api[Method] extends (...args: infer Args) => unknown
    ? Schemas[Method] extends v.GenericSchema<unknown, infer Output>
      ? Whole<Args> extends Whole<Output>
        ? Whole<Output> extends Whole<Args>
          ? true
          : false
        : false
      : false
    : false;
};

/** The schemas as they are. Does not compile where a message and its schema are not of one form. */
function wholly<Api>() {
  return <Schemas extends Requests<Api>>(
    schemas: Schemas & (Covers<Schemas, Api> extends Record<keyof Api, true> ? unknown : never),
  ): Schemas => schemas;
}

/** Of the worker that trains. */
export const TRAINER_REQUESTS = wholly<TrainerApi>()({
  open: v.strictTuple([v.object({ build: words(100), backend, page: words(MOST_ADDRESS) }), v.function()]),
  run: v.strictTuple([requestSchema, v.pipe(v.number(), v.minValue(0))]),
  pause: v.strictTuple([]),
  resume: v.strictTuple([]),
  step: v.strictTuple([]),
  keep: v.strictTuple([]),
  setDuty: v.strictTuple([v.pipe(v.number(), v.minValue(LEAST_DUTY), v.maxValue(1))]),
  stop: v.strictTuple([]),
  checkpoints: v.strictTuple([]),
  importCheckpoint: v.strictTuple([
    words(1000),
    v.pipe(
      v.blob(),
      v.check(({ size }) => size <= MOST_CHECKPOINT_BYTES, `more than ${MOST_CHECKPOINT_BYTES} bytes`),
    ),
  ]),
  exportCheckpoint: v.strictTuple([keySchema]),
  stored: v.strictTuple([v.object(run)]),
  follow: v.strictTuple([v.object(run)]),
  chat: v.strictTuple([
    v.object({
      checkpoint: keySchema,
      prompt: text,
      temperature,
      topP: v.pipe(finite, v.minValue(0), v.maxValue(1)),
      seed: natural,
    }),
    v.function(),
  ]),
  stopChats: v.strictTuple([]),
  prompting: v.strictTuple([v.object({ checkpoint: keySchema, prompts: texts, temperature, seed: natural })]),
  scoreAnswers: v.strictTuple([v.object({ checkpoint: keySchema, prompt: text, answers: texts })]),
  countLabels: v.strictTuple([v.object(run), v.function()]),
  stopCounting: v.strictTuple([]),
  propose: v.strictTuple([v.object({ ...run, number: natural, count: v.pipe(positive, v.maxValue(16)) })]),
});

/** Of the worker that measures the device. */
export const BENCHMARK_REQUESTS = wholly<BenchmarkApi>()({
  run: v.strictTuple([v.object({ build: words(100), hardware: plan, software: plan }), v.function()]),
});

/** Of the worker that packs and unpacks archives. */
export const ARCHIVE_REQUESTS = wholly<ArchiveApi>()({
  hear: v.strictTuple([v.function()]),
  pack: v.strictTuple([
    v.object({
      keys: v.array(v.tuple([partSchema, partSchema])),
      settings: v.pipe(v.record(words(100), words(50_000)), v.maxEntries(50)),
    }),
    v.function(),
  ]),
  open: v.strictTuple([v.blob(), v.function()]),
  take: v.strictTuple([v.record(partSchema, v.picklist(CHOICES)), v.function(), v.function()]),
});

/**
 * The same interface with every request checked before it is done: what `schemas` do not take is rejected with a
 * RequestError. There are no other methods.
 */
export function checked<Api extends object>(api: Api, schemas: { [Method in keyof Api]: v.GenericSchema }): Api {
  const methods = Object.entries<v.GenericSchema>(schemas).map(([name, schema]) => {
    const method = api[name as keyof Api] as (...args: unknown[]) => Promise<unknown>;
    return [name, (...args: unknown[]) => refused(name, schema, args) ?? method.apply(api, args)] as const;
  });
  return Object.fromEntries(methods) as unknown as Api;
}

/** The rejection of a request that `schema` does not take; null for one that it takes. */
function refused(method: string, schema: v.GenericSchema, args: readonly unknown[]): Promise<never> | null {
  const { issues } = v.safeParse(schema, args, FIRST);
  return issues ? Promise.reject(new RequestError(`${method}: ${problemOf(issues, 'arguments')}`)) : null;
}
