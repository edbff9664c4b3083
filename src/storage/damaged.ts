/**
 * Files that are not what was stored. One of them is moved aside under another name, in one transaction, and told of once;
 * from then on its run goes on as if it had never been there. Nothing of it is thrown away: it can be exported as it is,
 * until the person removes it.
 */
import * as v from 'valibot';
import { hashBytes } from '../core/hash.ts';
import type { DamagedInfo } from '../core/protocol.ts';
import { DamagedFileError } from '../core/storage-errors.ts';
import { asideName } from './aside.ts';
import { type FileKey, type FileRecord, type Store, checkFile, commit, database } from './database.ts';
import { tell } from './trouble.ts';

/** What stands for a file that was set aside. Its key says under which name. */
const asideSchema = v.looseObject({
  version: v.literal(1),
  run: v.string(),
  /** As it was called. */
  name: v.string(),
  /** What is wrong with it; English. */
  reason: v.string(),
  /** When that was found, in milliseconds since 1970. */
  found: v.number(),
  bytes: v.number(),
  /** Its record, whatever that was. */
  record: v.unknown(),
});
type Aside = v.InferOutput<typeof asideSchema>;

/** A file, or what is wrong with it. Throws a NewerFileError for one that a newer page wrote. */
export type Examined = { file: FileRecord; bytes: Uint8Array; fault: null } | { fault: string };

export function examine(key: FileKey, record: unknown, blob: unknown): Examined {
  if (record === undefined) return { fault: 'nothing says what these bytes are' };
  const { file, problem } = checkFile(record, key);
  if (!file) return { fault: `its record, ${problem}` };
  if (blob === undefined) return { fault: `no bytes, expected ${file.bytes}` };
  if (!(blob instanceof Uint8Array)) return { fault: `${typeof blob} in place of ${file.bytes} bytes` };
  if (blob.length !== file.bytes) return { fault: `${blob.length} bytes, expected ${file.bytes}` };
  if (file.content !== undefined) {
    const content = hashBytes(blob, 0);
    if (content !== file.content) return { fault: `its bytes have hash ${content}, but ${file.content} was stored` };
  }
  return { file, bytes: blob, fault: null };
}

/**
 * Moves a damaged file aside and tells of it; the error that says so, or null where it is not damaged (any more). `why`: what
 * whoever understands its bytes found wrong with them. Lines stay in use as far as they can be read: of those files a copy
 * is set aside.
 */
export async function setAside(
  key: FileKey,
  why?: { reason: string; bytes: Uint8Array },
): Promise<DamagedFileError | null> {
  const moved = await commit(async (files, blobs, damaged) => {
    const record = await files.get(key);
    const blob = await blobs.get(key);
    if (record === undefined && blob === undefined) return null;
    const reason = examine(key, record, blob).fault ?? reasonFor(blob, why);
    if (reason === null) return null;
    const found = Date.now();
    const aside = await freeName(damaged, key, found);
    const [run, name] = key;
    const bytes = blob instanceof Uint8Array ? blob.length : 0;
    await damaged.put({ version: 1, run, name, reason, found, bytes, record } satisfies Aside, aside);
    if (blob !== undefined) await blobs.put(blob, aside);
    const lines = name.endsWith('.jsonl') && blob instanceof Uint8Array;
    if (lines) await files.put(recordOf(key, blob, found), key);
    else {
      await files.delete(key);
      await blobs.delete(key);
    }
    return { reason, name: aside[1], lines };
  });
  if (!moved) return null;
  const kept = moved.lines
    ? `A copy as it is was set aside as "${moved.name}"; the lines that can be read are still in use.`
    : `It was set aside, as it is, as "${moved.name}".`;
  const error = new DamagedFileError(...key, `${moved.reason}. ${kept}`);
  tell(error);
  return error;
}

/** Only of the bytes that were found wrong: they may have been replaced since. */
function reasonFor(blob: unknown, why: { reason: string; bytes: Uint8Array } | undefined): string | null {
  if (!why || !(blob instanceof Uint8Array) || hashBytes(blob, 0) !== hashBytes(why.bytes, 0)) return null;
  return why.reason;
}

/** A record for bytes as they are now. */
function recordOf([run, name]: FileKey, bytes: Uint8Array, saved: number): FileRecord {
  return { version: 2, run, name, bytes: bytes.length, content: hashBytes(bytes, 0), saved, notes: {} };
}

async function freeName(damaged: Store, [run, name]: FileKey, found: number): Promise<FileKey> {
  for (let number = found; ; number++) {
    const key: FileKey = [run, asideName(name, 'damaged', number)];
    if ((await damaged.get(key)) === undefined) return key;
  }
}

/** What was set aside, oldest first within a run. */
export async function listDamaged(): Promise<DamagedInfo[]> {
  const { store } = (await database()).transaction('damaged');
  const [keys, records] = await Promise.all([store.getAllKeys(), store.getAll()]);
  return keys.map(([run, name], i): DamagedInfo => {
    const read = v.safeParse(asideSchema, records[i]);
    if (!read.success) return { run, name, message: 'nothing is known of it', aside: { name, found: 0, bytes: 0 } };
    const { name: called, reason, found, bytes } = read.output;
    return { run, name: called, message: reason, aside: { name, found, bytes } };
  });
}

/** A file that was set aside, byte for byte; where it has no bytes, what is known of it as JSON. Null: there is none. */
export async function readDamaged(key: FileKey): Promise<Uint8Array | null> {
  const transaction = (await database()).transaction(['damaged', 'blobs']);
  const [known, blob] = await Promise.all([
    transaction.objectStore('damaged').get(key),
    transaction.objectStore('blobs').get(key),
  ]);
  if (known === undefined) return null;
  return blob instanceof Uint8Array ? blob : new TextEncoder().encode(JSON.stringify({ known, blob }));
}

/** Removes files that were set aside for good; nothing else. */
export async function removeDamaged(keys: readonly FileKey[]): Promise<void> {
  await commit(async (_files, blobs, damaged) => {
    for (const key of keys) {
      if ((await damaged.get(key)) === undefined) continue;
      await damaged.delete(key);
      await blobs.delete(key);
    }
  });
}
