/** Where a run keeps its files: a folder on the command line, IndexedDB in the browser. */
import type { StageName } from '../../src/core/reports.ts';
import { DamagedFileError } from '../../src/core/storage-errors.ts';

export type StoredFile = readonly [key: string, bytes: Uint8Array];

export interface RunStore {
  /** The bytes under `key`, or null. */
  read(key: string): Promise<Uint8Array | null>;
  /** All or nothing: after a crash in the middle the old bytes are still there. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Several files: all or none of them. */
  writeAll(files: readonly StoredFile[]): Promise<void>;
  remove(key: string): Promise<void>;
  keys(): Promise<string[]>;
  /**
   * Moves a file out of the way for what was found wrong with its `bytes`, so that the run can go on without it; the error
   * that says so. Missing where the files are the person's own to mend.
   */
  setAside?(key: string, reason: string, bytes: Uint8Array): Promise<Error | null>;
}

/** A file of a later version of this program: nothing is wrong with it, and it stays where it is. */
export class LaterVersionError extends Error {
  override name = 'LaterVersionError';
}

/** What `decode` makes of a file, or null where there is none. One that it refuses is set aside, where the store can. */
export async function readAs<T>(store: RunStore, key: string, decode: (bytes: Uint8Array) => T): Promise<T | null> {
  const bytes = await store.read(key);
  if (bytes === null) return null;
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof LaterVersionError) throw error;
    throw (await store.setAside?.(key, (error as Error).message, bytes)) ?? error;
  }
}

/** What is read of a file; null also where it is damaged: the store has set it aside, and told of it. */
export async function soundOrNull<T>(reading: Promise<T | null>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DamagedFileError) return null;
    throw error;
  }
}

export const RUN_FILE = 'run.json';
/** The same once more. */
export const RUN_COPY = 'run~2.json';
/**
 * Where a stage that was cut off goes on from: two files, written in turn. Each stage has its own, so that none
 * overwrites another's. The first name is the only one that earlier versions know.
 */
export const snapshotFiles = (stage: StageName): readonly [string, string] => [
  `${stage}.snapshot.safetensors`,
  `${stage}.snapshot~2.safetensors`,
];
export const PREFERENCES_FILE = 'preferences.jsonl';

export async function readText(store: RunStore, key: string): Promise<string | null> {
  const bytes = await store.read(key);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

export const textFile = (key: string, text: string): StoredFile => [key, new TextEncoder().encode(text)];

export function writeText(store: RunStore, key: string, text: string): Promise<void> {
  return store.write(...textFile(key, text));
}

/**
 * Puts damaged bytes under another name, so that `key` is free and nothing is lost: as the store does it, or as
 * "sft.snapshot~damaged.safetensors", one of each file, the newest. Whether the store has told of it.
 */
export async function setAside(store: RunStore, key: string, reason: string, bytes: Uint8Array): Promise<boolean> {
  if (store.setAside) return (await store.setAside(key, reason, bytes)) !== null;
  const dot = key.lastIndexOf('.');
  await store.write(`${key.slice(0, dot)}~damaged${key.slice(dot)}`, bytes);
  await store.remove(key);
  return false;
}
