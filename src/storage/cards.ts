/** What a stored checkpoint says of itself, read from its record, without its weights. */
import * as v from 'valibot';
import { cardEntries, changesEntry, configSchema, hashSchema } from '../core/checkpoint-card.ts';
import { FIRST, json, natural, problemOf, quoted, words } from '../core/outside.ts';
import { shippedSchema } from '../core/names.ts';
import type { StageName } from '../core/reports.ts';
import { type FileRecord, StorageError } from './database.ts';

/** Characters of a card as JSON; the longest, with all knobs and scores, has a tenth of that. */
const MOST_JSON = 100_000;

const entries = { ...cardEntries, changes: v.optional(changesEntry, {}) };
/** The same of a file that is shipped, in checkpoints/index.json. */
export const shippedCardSchema = v.object({
  file: shippedSchema,
  parameters: natural,
  bytes: natural,
  hash: hashSchema,
  parent: v.nullable(hashSchema),
  config: configSchema,
  ...entries,
});
const cardSchema = v.object(entries);

export interface CheckpointCard {
  preset: string;
  stage: StageName;
  seed: number;
  /** What it was trained on, in a sentence. */
  data: string;
  steps: number;
  tokens: number;
  flop: number;
  scores: Record<string, number>;
  /** Knobs that differed from the preset; empty for files from before there were any. */
  changes: Record<string, number | null>;
  config: v.InferOutput<typeof configSchema>;
  /** Hash of what it was trained from; null for a base model. */
  parent: string | null;
  /** Null where neither the file nor its record says it. */
  hash: string | null;
}

/** Null for a file that is no checkpoint. Throws a StorageError that names a damaged one. */
export function cardOf({ run, name, notes, hash }: FileRecord): CheckpointCard | null {
  if (notes['kind'] !== 'checkpoint') return null;
  const read = <S extends v.GenericSchema>(key: string, schema: S): v.InferOutput<S> => {
    const result = v.safeParse(v.pipe(words(MOST_JSON), json(), schema), notes[key], FIRST);
    if (result.success) return result.output;
    const path = v.getDotPath(result.issues[0]);
    const problem = path === null ? problemOf(result.issues, key) : `${key}.${problemOf(result.issues)}`;
    throw new StorageError(`stored file "${quoted(`${run}/${name}`)}": ${problem}. It was left as it is.`);
  };
  return {
    ...read('card', cardSchema),
    config: read('config', configSchema),
    parent: notes['parent'] ?? null,
    hash: hash ?? notes['hash'] ?? null,
  };
}
