/** The one database: what is stored about a file, and its bytes, in separate stores, so that lists stay quick. */
import { type IDBPDatabase, openDB } from 'idb';
import * as v from 'valibot';
import { NewerFileError, StorageError, StorageFullError } from '../core/storage-errors.ts';
import { errorOf } from '../core/thrown.ts';
import { type FileKey, type Schema, VERSION, migrate } from './migrations.ts';

export type { FileKey } from './migrations.ts';
export { StorageError } from '../core/storage-errors.ts';
import { FIRST, problemOf, quoted, words } from '../core/outside.ts';
import { fileFields } from './file-fields.ts';

const NAME = 'rlhf-playground';
/** Of a record. */
const NEWEST = 2;

/** What is kept of a file beside its bytes. */
export interface FileRecord {
  /** Records of version 1 have no `content`; they get it when they are first read. */
  version: 1 | 2;
  /** Which run it belongs to, "small-0". */
  run: string;
  name: string;
  /** Length. */
  bytes: number;
  /** Hash of the bytes, `hashBytes` with seed 0: what is read is held against it. */
  content?: string | undefined;
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
const fileSchema = v.pipe(
  v.looseObject({ version: v.picklist([1, NEWEST]), content: v.optional(words(100)), ...fileFields }),
  v.check(({ version, content }) => version === 1 || content !== undefined, 'it has no "content"'),
);

export type Database = IDBPDatabase<Schema>;

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
      upgrade: migrate,
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
    const cause = errorOf(error);
    const why =
      cause.name === 'VersionError'
        ? `was written by a newer version of this page (this one reads version ${VERSION})`
        : `does not open (${cause.name}: ${cause.message})`;
    throw new StorageError(`database "${NAME}" ${why}. Nothing in it was changed.`, { cause });
  }
}

/** Throws a NewerFileError for a record that a newer page wrote. */
export function refuseNewer(record: unknown, [run, name]: Readonly<FileKey>): void {
  const { version } = (record ?? {}) as { version?: unknown };
  if (!Number.isSafeInteger(version) || (version as number) <= NEWEST) return;
  throw new NewerFileError(
    `stored file "${run}/${name}" was written by a newer version of this page (its record is of version ${String(version)}, ` +
      `this page reads up to ${NEWEST}). Nothing in it was changed.`,
  );
}

/** What a stored record says, or the field and what is wrong with it. Throws a NewerFileError. */
export function checkFile(
  record: unknown,
  key: Readonly<FileKey>,
): { file: FileRecord; problem: null } | { file: null; problem: string } {
  refuseNewer(record, key);
  const result = v.safeParse(fileSchema, record, FIRST);
  if (!result.success) return { file: null, problem: problemOf(result.issues, 'record') };
  const { run, name } = result.output;
  if (run === key[0] && name === key[1]) return { file: result.output, problem: null };
  return { file: null, problem: `it says that it is of "${quoted(`${run}/${name}`)}"` };
}

/** The same, as a StorageError that names the record. */
export function parseFile(record: unknown, key: Readonly<FileKey>): FileRecord {
  const { file, problem } = checkFile(record, key);
  if (file) return file;
  throw new StorageError(
    `database "${NAME}", files, "${quoted(key.join('/'))}": ${problem}. Nothing in it was changed.`,
  );
}

/** What a transaction does with one of the stores. */
export interface Store {
  get(key: FileKey): Promise<unknown>;
  put(value: unknown, key: FileKey): Promise<unknown>;
  delete(key: FileKey): Promise<void>;
  getAll(range: IDBKeyRange): Promise<unknown[]>;
  getAllKeys(range: IDBKeyRange): Promise<FileKey[]>;
}

/**
 * One transaction over all stores: all of it or nothing. `work` waits for nothing but the stores. `bytes`: about how much
 * room it needs. Rejects with a StorageFullError, or with a StorageError that says what the browser said.
 */
export async function commit<T>(
  work: (files: Store, blobs: Store, damaged: Store) => Promise<T>,
  bytes = 0,
): Promise<T> {
  const db = await database();
  // On the disk, not only on its way there, before anybody is told that it is stored: batteries run out.
  const transaction = db.transaction(['files', 'blobs', 'damaged'], 'readwrite', { durability: 'strict' });
  const [files, blobs, damaged] = (['files', 'blobs', 'damaged'] as const).map((name) => transaction.objectStore(name));
  try {
    const [result] = await Promise.all([work(files!, blobs!, damaged!), transaction.done]);
    return result;
  } catch (error) {
    // The first request to fail may say only that all were undone; the transaction says why, unless it is undone here.
    const failure = storageError(transaction.error ?? error, bytes);
    undo(transaction);
    throw failure;
  }
}

/** Takes back what was done before `work` gave up; the browser does it by itself only where a request has failed. */
function undo(transaction: { abort: () => void }): void {
  try {
    transaction.abort();
  } catch {
    // It had ended already.
  }
}

function storageError(error: unknown, bytes: number): StorageError {
  if (error instanceof StorageError) return error;
  const cause = errorOf(error);
  const message = `the browser did not store a file (${cause.name}: ${cause.message})`;
  if (cause.name === 'QuotaExceededError') return new StorageFullError(message, bytes, { cause });
  return new StorageError(message, { cause });
}
