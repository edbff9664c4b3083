/** A run's files in a folder. */
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RunStore } from '../workers/pipeline/store.ts';

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Bytes of a file, or null when there is none. */
async function readOrNull(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (missing(error)) return null;
    throw error;
  }
}

/** Writes to a file beside it, flushes, then renames: killed at any moment, the old or the new bytes are there. */
export async function writeAtomically(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.part`;
  const handle = await open(beside, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}

export function folderStore(folder: string): RunStore {
  return {
    read: (key) => readOrNull(path.join(folder, key)),
    write: (key, bytes) => writeAtomically(path.join(folder, key), bytes),
    remove: (key) => rm(path.join(folder, key), { force: true }),
    keys: async () => {
      try {
        return (await readdir(folder)).filter((name) => !name.endsWith('.part'));
      } catch (error) {
        if (missing(error)) return [];
        throw error;
      }
    },
  };
}

/** A store that lives in memory only, for runs whose files nobody wants. */
export function memoryStore(): RunStore {
  const files = new Map<string, Uint8Array>();
  return {
    read: (key) => Promise.resolve(files.get(key) ?? null),
    write: (key, bytes) => Promise.resolve(void files.set(key, bytes)),
    remove: (key) => Promise.resolve(void files.delete(key)),
    keys: () => Promise.resolve([...files.keys()]),
  };
}
