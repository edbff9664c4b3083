/** A run that outlives a full disk: it waits, where it is, until there is room. */
import type { PipelineEvent } from '../../src/core/protocol.ts';
import { StorageFullError } from '../../src/core/storage-errors.ts';

/**
 * Does `write`. While there is no room for it, that is an event, and the next pull tries again: nothing is computed in
 * between and nothing is lost. `write` may be done more than once.
 */
export async function* patiently(write: () => Promise<void>): AsyncGenerator<PipelineEvent, void> {
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
      yield storageFull(error);
    }
  }
}

export const storageFull = ({ bytes, message }: StorageFullError): PipelineEvent => ({
  kind: 'storage_full',
  bytes,
  message,
});
