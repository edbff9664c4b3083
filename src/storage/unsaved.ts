/** What could not be stored for want of room. It is kept in memory, and stored as soon as there is some. */
import { StorageFullError } from '../core/storage-errors.ts';

const waiting = new Map<string, () => Promise<unknown>>();

/** How many files wait for room. */
export const unsaved = (): number => waiting.size;

/**
 * Stores the file `file` ("small-0/predictions.json") by `write`. Where there is no room for it, that is an error, and
 * `retry` is tried again later.
 */
export async function storeOrKeep<R>(
  file: string,
  write: () => Promise<R>,
  retry: () => Promise<unknown> = write,
): Promise<R> {
  try {
    const result = await write();
    waiting.delete(file);
    return result;
  } catch (error) {
    if (error instanceof StorageFullError) waiting.set(file, retry);
    throw error;
  }
}

/** Tries all of it again. Rejects with the first failure; what is stored by then does not wait any more. */
export async function retryUnsaved(): Promise<void> {
  for (const [file, retry] of waiting) {
    await retry();
    if (waiting.get(file) === retry) waiting.delete(file);
  }
}
