/** The records of all files of all runs: what lists show, and what a person notes about a file. */
import { type FileKey, type FileRecord, StorageError, commit, database, parseFile } from './database.ts';

/** A stored file that cannot be used. It is left as it is. */
export interface DamagedFile {
  run: string;
  name: string;
  /** Names the field and what is wrong with it. */
  message: string;
}

/** Damaged records are set aside, so that one of them does not hide the others. Deleted files are among the files. */
export async function listFiles(): Promise<{ files: FileRecord[]; damaged: DamagedFile[] }> {
  const transaction = (await database()).transaction('files');
  const [keys, records] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
  const files: FileRecord[] = [];
  const damaged: DamagedFile[] = [];
  for (const [i, record] of records.entries()) {
    const key = keys[i]!;
    try {
      files.push(parseFile(record, key));
    } catch (error) {
      damaged.push({ run: key[0], name: key[1], message: (error as StorageError).message });
    }
  }
  return { files, damaged };
}

/** What can be changed about a file without touching its bytes; undefined takes it away. */
export type Amendment = Partial<Pick<FileRecord, 'title' | 'note' | 'deleted' | 'hash'>>;

/** Rejects with a StorageError where there is no such file, or its record is damaged; then nothing is changed. */
export async function amendFile(key: FileKey, amendment: Amendment): Promise<void> {
  await commit(async (files) => {
    const record = await files.get(key);
    if (record === undefined) throw new StorageError(`there is no stored file "${key.join('/')}"`);
    await files.put({ ...parseFile(record, key), ...amendment }, key);
  });
}

/** Removes deleted files for good. Files that are not deleted stay. */
export async function removeDeleted(keys: readonly FileKey[]): Promise<void> {
  await commit(async (files, blobs) => {
    for (const key of keys) {
      const record = await files.get(key);
      if (record === undefined || parseFile(record, key).deleted === undefined) continue;
      await files.delete(key);
      await blobs.delete(key);
    }
  });
}
