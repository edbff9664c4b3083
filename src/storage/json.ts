/** Files of a run that hold JSON: written as they are, checked when they are read. */
import * as v from 'valibot';
import { FIRST, parseJson, problemOf } from '../core/outside.ts';
import { NewerFileError } from '../core/storage-errors.ts';
import { StoredRun } from './runs.ts';
import { storeOrKeep } from './unsaved.ts';

/** The longest, the curves of five stages of 100,000 steps each, has half as many. */
const MOST_BYTES = 2 ** 27;

/** Without room for it, it is an error, and is tried again later (unsaved.ts). */
export async function writeJson(run: string, file: string, value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  await storeOrKeep(`${run}/${file}`, () => new StoredRun(run).write(file, bytes));
}

/**
 * Null where there is no such file. Rejects with a StorageError that names the field which is not as it should be: the file
 * is set aside then, unless a newer page wrote it.
 */
export function readJson<S extends v.GenericSchema>(
  run: string,
  file: string,
  schema: S,
): Promise<v.InferOutput<S> | null> {
  return new StoredRun(run).readAs(file, (bytes) => decodeJson(bytes, schema, `${run}/${file}`));
}

/** Throws an Error that names the field, or a NewerFileError; `name` stands for the file in it. */
export function decodeJson<S extends v.GenericSchema>(bytes: Uint8Array, schema: S, name: string): v.InferOutput<S> {
  if (bytes.length > MOST_BYTES) throw new Error(`file: ${bytes.length} bytes; at most ${MOST_BYTES} are read`);
  const value = parsed(bytes);
  const result = v.safeParse(schema, value, FIRST);
  if (result.success) return result.output;
  const message = problemOf(result.issues, 'file');
  // All files are of version 1 so far.
  const { version } = (value ?? {}) as { version?: unknown };
  if (!Number.isSafeInteger(version) || (version as number) <= 1) throw new Error(message);
  throw new NewerFileError(
    `stored file "${name}" was written by a newer version of this page (${message}). It was left as it is.`,
  );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error(`file: not JSON: ${(error as Error).message}`, { cause: error });
  }
}
