/** A run waits on a full disk until it is pulled again: whoever pulls it gives the disk some time first. */
import { setTimeout } from 'node:timers/promises';

/** From one try to store something to the next. */
const RETRY_MS = 10_000;

/**
 * Waits before the next try; not any longer once `signal` aborts. Throws an Error with the run's `message` where it had
 * aborted before: the last try was in vain, and what was to be stored is not.
 */
export async function waitForRoom({ message }: { message: string }, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) throw new Error(message);
  await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
}
