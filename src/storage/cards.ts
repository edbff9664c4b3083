/** What a stored checkpoint says of itself, read from its record, without its weights. */
import * as v from 'valibot';
import { STAGES, type StageName } from '../core/reports.ts';
import { type FileRecord, StorageError } from './database.ts';

const cardSchema = v.object({
  preset: v.string(),
  stage: v.picklist(STAGES),
  seed: v.number(),
  scores: v.record(v.string(), v.number()),
});
const configSchema = v.object({
  n_layer: v.number(),
  n_head: v.number(),
  n_embd: v.number(),
  vocab_size: v.number(),
  n_positions: v.number(),
  layer_norm_epsilon: v.number(),
});

export interface CheckpointCard {
  preset: string;
  stage: StageName;
  seed: number;
  scores: Record<string, number>;
  config: v.InferOutput<typeof configSchema>;
}

/** Null for a file that is no checkpoint. Throws a StorageError that names a damaged one. */
export function cardOf({ run, name, notes }: FileRecord): CheckpointCard | null {
  if (notes['kind'] !== 'checkpoint') return null;
  const read = <S extends v.GenericSchema>(key: string, schema: S): v.InferOutput<S> => {
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), notes[key]);
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw new StorageError(`stored file "${run}/${name}": ${key}: ${issue.message}. It was left as it is.`);
  };
  return { ...read('card', cardSchema), config: read('config', configSchema) };
}
