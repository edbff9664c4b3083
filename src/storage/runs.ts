/** The files of a run in the browser's storage. Files that a person deleted are not seen here; records.ts keeps them. */
import { hashBytes } from '../core/hash.ts';
import { DamagedFileError, NewerFileError } from '../core/storage-errors.ts';
import { asideName } from './aside.ts';
import { examine, setAside } from './damaged.ts';
import {
  type FileKey,
  type FileRecord,
  type Store,
  StorageError,
  commit,
  database,
  parseFile,
  refuseNewer,
} from './database.ts';
import { notesOf } from './notes.ts';
import { askToKeep } from './persist.ts';

/** What a file that comes from an archive brings along. */
type Provenance = Pick<FileRecord, 'saved' | 'title' | 'note' | 'deleted'>;

/** A file that is to be stored. */
export type Content = readonly [name: string, bytes: Uint8Array, provenance?: Provenance];

export const sizeOf = (contents: readonly Content[]): number =>
  contents.reduce((sum, [, bytes]) => sum + bytes.length, 0);

/**
 * The files of one run, by name. Nothing is deleted but by `remove`. A damaged file is set aside, which is an error once,
 * and is not there from then on; one that a newer page wrote is an error each time, and stays as it is.
 */
export class StoredRun {
  readonly run: string;

  /** `run`: "small-0". */
  constructor(run: string) {
    this.run = run;
  }

  /**
   * The bytes that were stored, held against their hash; null where there is no such file. Rejects with a
   * DamagedFileError, or a NewerFileError.
   */
  async read(name: string): Promise<Uint8Array | null> {
    const transaction = (await database()).transaction(['files', 'blobs']);
    const key: FileKey = [this.run, name];
    const [record, blob] = await Promise.all([
      transaction.objectStore('files').get(key),
      transaction.objectStore('blobs').get(key),
    ]);
    if ((record === undefined && blob === undefined) || isDeleted(record)) return null;
    const found = examine(key, record, blob);
    if (found.fault !== null) {
      const damage = await setAside(key);
      if (damage) throw damage;
      // Somebody else wrote or moved it in between.
      return this.read(name);
    }
    const { file, bytes } = found;
    // Without room for the hash the file is as good as before.
    if (file.content === undefined) await seal(key, file, bytes).catch(() => undefined);
    return bytes;
  }

  /** As `read`; a damaged file, which has been told of, is none. */
  async readSound(name: string): Promise<Uint8Array | null> {
    try {
      return await this.read(name);
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      // What could be read of lines is there again.
      return this.read(name);
    }
  }

  /** What `decode` makes of a file; null where there is none. One that it refuses is set aside, as a damaged one is. */
  async readAs<T>(name: string, decode: (bytes: Uint8Array) => T): Promise<T | null> {
    const bytes = await this.read(name);
    if (bytes === null) return null;
    try {
      return decode(bytes);
    } catch (error) {
      if (error instanceof NewerFileError) throw error;
      throw (await this.setAside(name, (error as Error).message, bytes)) ?? error;
    }
  }

  /** Sets a file aside for what whoever understands its `bytes` found wrong with them: the error that says so. */
  setAside(name: string, reason: string, bytes: Uint8Array): Promise<DamagedFileError | null> {
    return setAside([this.run, name], { reason, bytes });
  }

  /** A file's own metadata, without its bytes; null where there is no such file. */
  async notes(name: string): Promise<Record<string, string> | null> {
    return (await this.#record(name))?.notes ?? null;
  }

  /** When a file was written, in milliseconds since 1970; null where there is no such file. */
  async saved(name: string): Promise<number | null> {
    return (await this.#record(name))?.saved ?? null;
  }

  async #record(name: string): Promise<FileRecord | null> {
    const key: FileKey = [this.run, name];
    const stored = await (await database()).get('files', key);
    if (stored === undefined) return null;
    const record = parseFile(stored, key);
    return record.deleted === undefined ? record : null;
  }

  /** As `writeAll`, one file. */
  write(name: string, bytes: Uint8Array): Promise<void> {
    return this.writeAll([[name, bytes]]);
  }

  /**
   * Replaces whole files, all of them or none: after a crash either the old or the new ones are there. A copy of another
   * file of the run keeps what the person wrote about that one; a deleted file of the same name steps aside and can still
   * be brought back. A file with a provenance is new here: where there is one of its name, nothing is written, and this
   * rejects with a StorageError.
   */
  async writeAll(contents: readonly Content[]): Promise<void> {
    askToKeep();
    await commit((files, blobs) => putAll(files, blobs, this.run, contents), sizeOf(contents));
  }

  /** Does nothing where there is no such file. */
  async remove(name: string): Promise<void> {
    const key: FileKey = [this.run, name];
    await commit(async (files, blobs) => {
      const record = await files.get(key);
      refuseNewer(record, key);
      if (isDeleted(record)) return;
      await files.delete(key);
      await blobs.delete(key);
    });
  }

  /** Names of all files. */
  async keys(): Promise<string[]> {
    const { store } = (await database()).transaction('files');
    const [keys, records] = await Promise.all([
      store.getAllKeys(everyFileOf(this.run)),
      store.getAll(everyFileOf(this.run)),
    ]);
    return keys.filter((_, i) => !isDeleted(records[i])).map(([, name]) => name);
  }
}

/** What `writeAll` does within a transaction. */
export async function putAll(files: Store, blobs: Store, run: string, contents: readonly Content[]): Promise<void> {
  for (const content of contents) await put(files, blobs, run, content);
}

async function put(files: Store, blobs: Store, run: string, [name, bytes, provenance]: Content): Promise<void> {
  const key: FileKey = [run, name];
  const old = await files.get(key);
  refuseNewer(old, key);
  if (provenance && old !== undefined && !isDeleted(old))
    throw new StorageError(`stored file "${key.join('/')}" is here already. Nothing of the run was written.`);
  if (isDeleted(old)) {
    const aside: FileKey = [run, asideName(name, 'deleted', old.deleted)];
    await files.put({ ...old, name: aside[1] }, aside);
    await blobs.put(await blobs.get(key), aside);
  }
  const others = await files.getAll(everyFileOf(run));
  // A view would be stored with all of the buffer behind it.
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  const notes = name.endsWith('.safetensors') ? notesOf(own) : {};
  const content = hashBytes(own, 0);
  const record: FileRecord = { version: 2, run, name, bytes: own.length, content, saved: Date.now(), notes };
  const original = others.find((other) => isSameContent(record, other));
  // First, and at once: the bytes that were hashed are those that are stored, whatever becomes of the caller's array.
  await blobs.put(own, key);
  await files.put({ ...record, ...(original && keptByCopies(original, name)), ...provenance }, key);
}

/** Adds the hash to a record of version 1, unless the file was written anew since it was read. */
async function seal(key: FileKey, { saved }: FileRecord, bytes: Uint8Array): Promise<void> {
  const content = hashBytes(bytes, 0);
  await commit(async (files) => {
    const record = parseFile(await files.get(key), key);
    if (record.version === 1 && record.saved === saved) await files.put({ ...record, version: 2, content }, key);
  });
}

export const everyFileOf = (run: string): IDBKeyRange => IDBKeyRange.bound([run], [run, []]);

function isDeleted(record: unknown): record is FileRecord & { deleted: number } {
  return typeof (record as Partial<FileRecord> | undefined)?.deleted === 'number';
}

/** By length and metadata, which for a checkpoint say everything about its training. */
function isSameContent(record: FileRecord, other: unknown): other is FileRecord {
  const { bytes, notes } = (other ?? {}) as Partial<FileRecord>;
  const known = record.notes['kind'] === 'checkpoint';
  return known && !isDeleted(other) && bytes === record.bytes && JSON.stringify(notes) === JSON.stringify(record.notes);
}

/** What the person wrote; and when it was made, unless it was made again just now. */
function keptByCopies({ name, saved, title, note }: FileRecord, to: string): Partial<FileRecord> {
  return { ...(name === to ? {} : { saved }), title, note };
}
