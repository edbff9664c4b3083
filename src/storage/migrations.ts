/**
 * How the database of one version becomes that of the next. The browser runs all that are due in one transaction: after a
 * crash in the middle the old database is there, whole. What was released is never changed; a new version is one more
 * function at the end, and one more file in test/fixtures.
 */
import type { DBSchema, IDBPDatabase } from 'idb';

/** Run and name. */
export type FileKey = [run: string, name: string];

export interface Schema extends DBSchema {
  /** What is kept of a file beside its bytes. */
  files: { key: FileKey; value: unknown };
  blobs: { key: FileKey; value: unknown };
  /** In place of the record of a file that was set aside; its bytes stay among the blobs, under the same key. */
  damaged: { key: FileKey; value: unknown };
}

const MIGRATIONS: readonly ((db: IDBPDatabase<Schema>) => void)[] = [
  (db) => {
    db.createObjectStore('files');
    db.createObjectStore('blobs');
  },
  /*
   * Records stay as they are. To hash hundreds of megabytes here would hold up the first opening, one unreadable blob
   * would undo all of it, and it would vouch for no more than what the first reading finds: that one adds the hash.
   */
  (db) => {
    db.createObjectStore('damaged');
  },
];

export const VERSION = MIGRATIONS.length;

/** `from`: the version that is there, 0 for none. */
export function migrate(db: IDBPDatabase<Schema>, from: number): void {
  for (const step of MIGRATIONS.slice(from)) step(db);
}
