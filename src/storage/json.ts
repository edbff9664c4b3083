/** Files of a run that hold JSON: written as they are, checked when they are read. */
import * as v from 'valibot';
import { StorageError } from './database.ts';
import { StoredRun } from './runs.ts';

export async function writeJson(run: string, file: string, value: unknown): Promise<void> {
  await new StoredRun(run).write(file, new TextEncoder().encode(JSON.stringify(value)));
}

/** Null where there is no such file. Rejects with a StorageError that names the field which is not as it should be. */
export async function readJson<S extends v.GenericSchema>(
  run: string,
  file: string,
  schema: S,
): Promise<v.InferOutput<S> | null> {
  const bytes = await new StoredRun(run).read(file);
  if (!bytes) return null;
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), new TextDecoder().decode(bytes));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new StorageError(
    `stored file "${run}/${file}": ${v.getDotPath(issue) ?? 'file'}: ${issue.message}. It was left as it is.`,
  );
}
