/** The one database: what is stored about a file, and its bytes, in separate stores, so that lists stay quick. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import * as v from 'valibot';

const NAME = 'rlhf-playground';
/** Raised when the stores change; `upgrade` then says how. Never lowered. */
const VERSION = 1;

/** What is kept of a file beside its bytes. */
export interface FileRecord {
  version: 1;
  /** Which run it belongs to, "small-0". */
  run: string;
  name: string;
  /** Length. */
  bytes: number;
  /** Milliseconds since 1970. */
  saved: number;
  /** The file's own metadata, for safetensors. */
  notes: Record<string, string>;
  /** What the person calls it, and wrote about it. */
  title?: string | undefined;
  note?: string | undefined;
  /** When it was deleted; until it is removed for good it can be brought back. */
  deleted?: number | undefined;
  /** Of a checkpoint's configuration and weights, where the file does not say it itself. */
  hash?: string | undefined;
}

/** Fields that a later page adds stay as they are. */
const fileSchema = v.looseObject({
  version: v.literal(1),
  run: v.string(),
  name: v.string(),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  saved: v.number(),
  notes: v.record(v.string(), v.string()),
  title: v.optional(v.string()),
  note: v.optional(v.string()),
  deleted: v.optional(v.number()),
  hash: v.optional(v.string()),
});

interface Schema extends DBSchema {
  files: { key: FileKey; value: unknown };
  blobs: { key: FileKey; value: unknown };
}

export type Database = IDBPDatabase<Schema>;
/** Run and name. */
export type FileKey = [run: string, name: string];

/** What is stored cannot be used; the message names it and says that it was left alone. */
export class StorageError extends Error {
  override name = 'StorageError';
}

let opened: Promise<Database> | null = null;

/** Opens the database once. Rejects with a StorageError where it is newer than this page, or the browser has none. */
export function database(): Promise<Database> {
  opened ??= open().catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

async function open(): Promise<Database> {
  try {
    return await openDB<Schema>(NAME, VERSION, {
      upgrade(db) {
        db.createObjectStore('files');
        db.createObjectStore('blobs');
      },
      // A newer page in another tab wants to upgrade: make way, reopen on the next use.
      blocking(_current, _wanted, event) {
        (event.target as IDBDatabase).close();
        opened = null;
      },
      terminated() {
        opened = null;
      },
    });
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    const why =
      cause.name === 'VersionError'
        ? `was written by a newer version of this page (this one reads version ${VERSION})`
        : `does not open: ${cause.message}`;
    throw new StorageError(`database "${NAME}" ${why}. Nothing in it was changed.`, { cause });
  }
}

/** Checks a stored record. Throws a StorageError that names the record and the field. */
export function parseFile(record: unknown, [run, name]: Readonly<FileKey>): FileRecord {
  const result = v.safeParse(fileSchema, record);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new StorageError(
    `database "${NAME}", files, "${run}/${name}": ${v.getDotPath(issue) ?? 'record'}: ${issue.message}. ` +
      'Nothing in it was changed.',
  );
}

interface Store {
  get(key: FileKey): Promise<unknown>;
  put(value: unknown, key: FileKey): Promise<unknown>;
  delete(key: FileKey): Promise<void>;
  getAll(range: IDBKeyRange): Promise<unknown[]>;
}

/** One transaction over both stores. Rejects with a StorageError that says what the browser said: a full disk, mostly. */
export async function commit(work: (files: Store, blobs: Store) => Promise<void>): Promise<void> {
  const db = await database();
  const transaction = db.transaction(['files', 'blobs'], 'readwrite', { durability: 'relaxed' });
  try {
    await Promise.all([work(transaction.objectStore('files'), transaction.objectStore('blobs')), transaction.done]);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new StorageError(`the browser did not store a file (${cause.name}: ${cause.message})`, { cause });
  }
}
