/** The files of a run in the browser's storage. */
import { type Database, type FileRecord, StorageError, database, parseFile } from './database.ts';
import { notesOf } from './notes.ts';

/** The files of one run, by name. Nothing is deleted but by `remove`, and damaged files are errors, not absences. */
export class StoredRun {
  readonly run: string;

  /** `run`: "small-0". */
  constructor(run: string) {
    this.run = run;
  }

  /** Null where there is no such file. Rejects with a StorageError where its record or its bytes are damaged. */
  async read(name: string): Promise<Uint8Array | null> {
    const db = await database();
    const transaction = db.transaction(['files', 'blobs']);
    const key: [string, string] = [this.run, name];
    const [record, blob] = await Promise.all([
      transaction.objectStore('files').get(key),
      transaction.objectStore('blobs').get(key),
    ]);
    if (record === undefined && blob === undefined) return null;
    const { bytes } = parseFile(record, key);
    if (blob instanceof Uint8Array && blob.length === bytes) return blob;
    const found = blob instanceof Uint8Array ? `${blob.length} bytes` : 'no bytes';
    throw new StorageError(`stored file "${this.run}/${name}": ${found}, expected ${bytes}. It was left as it is.`);
  }

  /** A file's own metadata, without its bytes; null where there is no such file. */
  async notes(name: string): Promise<Record<string, string> | null> {
    const key: [string, string] = [this.run, name];
    const record = await (await database()).get('files', key);
    return record === undefined ? null : parseFile(record, key).notes;
  }

  /** Replaces the file as a whole: after a crash either the old or the new one is there. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const db = await database();
    const key: [string, string] = [this.run, name];
    const notes = name.endsWith('.safetensors') ? notesOf(bytes) : {};
    const record: FileRecord = { version: 1, run: this.run, name, bytes: bytes.length, saved: Date.now(), notes };
    await commit(db, async (files, blobs) => {
      // A view would be stored with all of the buffer behind it.
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      await Promise.all([files.put(record, key), blobs.put(own, key)]);
    });
  }

  /** Does nothing where there is no such file. */
  async remove(name: string): Promise<void> {
    const key: [string, string] = [this.run, name];
    await commit(await database(), async (files, blobs) => {
      await Promise.all([files.delete(key), blobs.delete(key)]);
    });
  }

  /** Names of all files. */
  async keys(): Promise<string[]> {
    const db = await database();
    const keys = await db.getAllKeys('files', IDBKeyRange.bound([this.run], [this.run, []]));
    return keys.map(([, name]) => name);
  }
}

/** The records of all files of all runs. Rejects with a StorageError that names a damaged one. */
export async function listFiles(): Promise<FileRecord[]> {
  const transaction = (await database()).transaction('files');
  const [keys, records] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
  return records.map((record, i) => parseFile(record, keys[i]!));
}

interface Store {
  put(value: unknown, key: [string, string]): Promise<unknown>;
  delete(key: [string, string]): Promise<void>;
}

/** One transaction over both stores. Rejects with a StorageError that says what the browser said: a full disk, mostly. */
async function commit(db: Database, work: (files: Store, blobs: Store) => Promise<void>): Promise<void> {
  const transaction = db.transaction(['files', 'blobs'], 'readwrite', { durability: 'relaxed' });
  try {
    await Promise.all([work(transaction.objectStore('files'), transaction.objectStore('blobs')), transaction.done]);
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new StorageError(`the browser did not store a file (${cause.name}: ${cause.message})`, { cause });
  }
}
