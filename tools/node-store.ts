/** A run's files in a folder. */
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { StorageFullError } from '../src/core/storage-errors.ts';
import type { RunStore } from '../workers/pipeline/store.ts';
import { THIS_PROCESS, isAlive } from './folder-lock.ts';

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

/**
 * Writes to a file beside it, flushes, then renames: killed at any moment, the old or the new bytes are there. Throws a
 * StorageFullError where the disk has no room.
 */
export async function writeAtomically(file: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  await rename(await writeBeside(file, bytes), file);
}

/** The name of a flushed file with these bytes, beside the one that it will be renamed to. */
async function writeBeside(file: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.part`;
  const handle = await open(beside, 'w');
  try {
    await writeFile(handle, bytes);
    await handle.sync();
  } catch (error) {
    // A part takes room that may be all there is.
    await rm(beside, { force: true });
    throw isFull(error) ? new StorageFullError(noRoomFor(file), bytesIn(bytes), { cause: error }) : error;
  } finally {
    await handle.close();
  }
  return beside;
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
const noRoomFor = (file: string): string => `${file}: the disk has no room for it. What was stored before is as it was`;
/** 0 where nobody knows before the end. */
const bytesIn = (bytes: Uint8Array | AsyncIterable<Uint8Array>): number =>
  bytes instanceof Uint8Array ? bytes.length : 0;

/**
 * What is being renamed, and by which process. It stands from when all bytes are on the disk until all have their names:
 * where the process was killed in between, whoever opens the folder next gives the rest theirs.
 */
const JOURNAL = 'renaming.part';
const journalSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ process: v.number(), began: v.optional(v.number()), keys: v.array(v.string()) }),
);

/** Ends what a killed process had begun to rename. */
async function recover(folder: string): Promise<void> {
  const bytes = await readOrNull(path.join(folder, JOURNAL));
  if (!bytes) return;
  const { keys, ...writer } = v.parse(journalSchema, new TextDecoder().decode(bytes));
  if (isAlive(writer)) return;
  for (const key of keys) {
    const file = path.join(folder, key);
    await rename(`${file}.part`, file).catch((error: unknown) => {
      // It had its name already.
      if (!missing(error)) throw error;
    });
  }
  await rm(path.join(folder, JOURNAL));
}

export function folderStore(folder: string): RunStore {
  let recovered: Promise<void> | null = null;
  const whole = (): Promise<void> => (recovered ??= recover(folder));
  return {
    read: async (key) => {
      await whole();
      return readOrNull(path.join(folder, key));
    },
    write: async (key, bytes) => {
      await whole();
      await writeAtomically(path.join(folder, key), bytes);
    },
    writeAll: async (files) => {
      await whole();
      const written: [from: string, to: string][] = [];
      const journal = path.join(folder, JOURNAL);
      try {
        for (const [key, bytes] of files) {
          const file = path.join(folder, key);
          written.push([await writeBeside(file, bytes), file]);
        }
        const names = { ...THIS_PROCESS, keys: files.map(([key]) => key) };
        if (files.length > 1) await writeAtomically(journal, new TextEncoder().encode(JSON.stringify(names)));
      } catch (error) {
        for (const [part] of written) await rm(part, { force: true });
        throw error;
      }
      for (const [from, to] of written) await rename(from, to);
      await rm(journal, { force: true });
    },
    remove: async (key) => {
      await whole();
      await rm(path.join(folder, key), { force: true });
    },
    keys: async () => {
      await whole();
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
    writeAll: (all) => {
      for (const [key, bytes] of all) files.set(key, bytes);
      return Promise.resolve();
    },
    remove: (key) => Promise.resolve(void files.delete(key)),
    keys: () => Promise.resolve([...files.keys()]),
  };
}
