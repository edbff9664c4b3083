/** The records of all files of all runs: what lists show, and what a person notes about a file. */
import type { DamagedInfo } from '../core/protocol.ts';
import { listDamaged, setAside } from './damaged.ts';
import { NewerFileError, StorageError } from '../core/storage-errors.ts';
import { type FileKey, type FileRecord, commit, database, parseFile } from './database.ts';

/**
 * All files, deleted ones among them, without their bytes, and what cannot be used. What is seen to be damaged (a record
 * that cannot be read, or without bytes; bytes without a record) is set aside, so that it does not hide the others.
 */
export async function listFiles(): Promise<{ files: FileRecord[]; damaged: DamagedInfo[] }> {
  const transaction = (await database()).transaction(['files', 'blobs', 'damaged']);
  const [keys, records, blobs, aside] = await Promise.all([
    transaction.objectStore('files').getAllKeys(),
    transaction.objectStore('files').getAll(),
    transaction.objectStore('blobs').getAllKeys(),
    transaction.objectStore('damaged').getAllKeys(),
  ]);
  const files: FileRecord[] = [];
  const newer: DamagedInfo[] = [];
  const faulty: FileKey[] = [];
  const known = new Set([...keys, ...aside].map(pathOf));
  const withBytes = new Set(blobs.map(pathOf));
  for (const [i, key] of keys.entries()) {
    try {
      const file = parseFile(records[i], key);
      if (withBytes.has(pathOf(key))) files.push(file);
      else faulty.push(key);
    } catch (error) {
      if (!(error instanceof NewerFileError)) faulty.push(key);
      else newer.push({ run: key[0], name: key[1], message: error.message, aside: null });
    }
  }
  faulty.push(...blobs.filter((key) => !known.has(pathOf(key))));
  for (const key of faulty) await setAside(key);
  return { files, damaged: [...newer, ...(await listDamaged())] };
}

const pathOf = ([run, name]: FileKey): string => `${run}/${name}`;

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

/** Removes deleted files for good, all of them or none. Files that are not deleted stay. */
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
