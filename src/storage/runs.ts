/** The files of a run in the browser's storage. Files that a person deleted are not seen here; records.ts keeps them. */
import { type FileKey, type FileRecord, StorageError, commit, database, parseFile } from './database.ts';
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
    const key: FileKey = [this.run, name];
    const [record, blob] = await Promise.all([
      transaction.objectStore('files').get(key),
      transaction.objectStore('blobs').get(key),
    ]);
    if (record === undefined && blob === undefined) return null;
    const { bytes, deleted } = parseFile(record, key);
    if (deleted !== undefined) return null;
    if (blob instanceof Uint8Array && blob.length === bytes) return blob;
    const found = blob instanceof Uint8Array ? `${blob.length} bytes` : 'no bytes';
    throw new StorageError(`stored file "${this.run}/${name}": ${found}, expected ${bytes}. It was left as it is.`);
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

  /**
   * Replaces the file as a whole: after a crash either the old or the new one is there. A copy of another file of the
   * run keeps what the person wrote about that one; a deleted file of this name steps aside and can still be brought
   * back.
   */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const key: FileKey = [this.run, name];
    const notes = name.endsWith('.safetensors') ? notesOf(bytes) : {};
    const record: FileRecord = { version: 1, run: this.run, name, bytes: bytes.length, saved: Date.now(), notes };
    // A view would be stored with all of the buffer behind it.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    await commit(async (files, blobs) => {
      const old = await files.get(key);
      if (isDeleted(old)) {
        const aside: FileKey = [this.run, asideName(name, old.deleted)];
        await files.put({ ...old, name: aside[1] }, aside);
        await blobs.put(await blobs.get(key), aside);
      }
      const original = (await files.getAll(everyFileOf(this.run))).find((other) => isSameContent(record, other));
      await files.put(original ? { ...record, ...keptByCopies(original, name) } : record, key);
      await blobs.put(own, key);
    });
  }

  /** Does nothing where there is no such file. */
  async remove(name: string): Promise<void> {
    const key: FileKey = [this.run, name];
    await commit(async (files, blobs) => {
      if (isDeleted(await files.get(key))) return;
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

const everyFileOf = (run: string): IDBKeyRange => IDBKeyRange.bound([run], [run, []]);

function isDeleted(record: unknown): record is FileRecord & { deleted: number } {
  return typeof (record as Partial<FileRecord> | undefined)?.deleted === 'number';
}

/** "sft.safetensors" → "sft~deleted-1760000000000.safetensors". */
function asideName(name: string, deleted: number): string {
  const dot = name.lastIndexOf('.');
  const stem = dot < 0 ? name : name.slice(0, dot);
  return `${stem}~deleted-${deleted}${name.slice(stem.length)}`;
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
