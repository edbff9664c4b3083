/** Where a run keeps its files: a folder on the command line, IndexedDB in the browser. */
import type { StageName } from '../../src/core/reports.ts';

export interface RunStore {
  /** The bytes under `key`, or null. */
  read(key: string): Promise<Uint8Array | null>;
  /** All or nothing: after a crash in the middle the old bytes are still there. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  keys(): Promise<string[]>;
}

export const RUN_FILE = 'run.json';
/** Where a stage that was cut off goes on from; each stage has its own, so that none overwrites another's. */
export const snapshotFile = (stage: StageName): string => `${stage}.snapshot.safetensors`;
export const PREFERENCES_FILE = 'preferences.jsonl';

export async function readText(store: RunStore, key: string): Promise<string | null> {
  const bytes = await store.read(key);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

export function writeText(store: RunStore, key: string, text: string): Promise<void> {
  return store.write(key, new TextEncoder().encode(text));
}
