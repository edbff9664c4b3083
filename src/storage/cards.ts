/** What a stored checkpoint says of itself, read from its record, without its weights. */
import * as v from 'valibot';
import { STAGES, type StageName } from '../core/reports.ts';
import { type FileRecord, StorageError } from './database.ts';

const cardEntries = {
  preset: v.string(),
  stage: v.picklist(STAGES),
  seed: v.number(),
  data: v.string(),
  steps: v.number(),
  tokens: v.number(),
  flop: v.number(),
  scores: v.record(v.string(), v.number()),
  changes: v.optional(v.record(v.string(), v.nullable(v.number())), {}),
};
const configSchema = v.object({
  n_layer: v.number(),
  n_head: v.number(),
  n_embd: v.number(),
  vocab_size: v.number(),
  n_positions: v.number(),
  layer_norm_epsilon: v.number(),
});
/** The same of a file that is shipped, in checkpoints/index.json. */
export const shippedCardSchema = v.object({
  file: v.string(),
  parameters: v.number(),
  bytes: v.number(),
  hash: v.string(),
  parent: v.nullable(v.string()),
  config: configSchema,
  ...cardEntries,
});
const cardSchema = v.object(cardEntries);

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
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), notes[key]);
    if (result.success) return result.output;
    const [issue] = result.issues;
    const path = v.getDotPath(issue);
    const field = path === null ? key : `${key}.${path}`;
    throw new StorageError(`stored file "${run}/${name}": ${field}: ${issue.message}. It was left as it is.`);
  };
  return {
    ...read('card', cardSchema),
    config: read('config', configSchema),
    parent: notes['parent'] ?? null,
    hash: hash ?? notes['hash'] ?? null,
  };
}
