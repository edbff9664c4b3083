/** The worker that packs and unpacks archives, and how far it is. */
import type { ArchiveProgress } from '../core/archive-protocol.ts';
import { type ArchiveWorker, callable, startArchive } from './worker.ts';

/** One worker, from the first question to the end or to a change of mind. */
export class ArchiveWork {
  progress = $state.raw<ArchiveProgress | null>(null);
  #worker: ArchiveWorker | null = null;
  #giveUp: (reason: Error) => void = () => undefined;

  /** Undefined where it was cancelled. Rejects with what the worker says. */
  async ask<T>(
    question: (api: ArchiveWorker['api'], hear: (progress: ArchiveProgress) => void) => Promise<T>,
  ): Promise<T> {
    const crash = (message: string): void => this.#giveUp(new Error(message));
    const { api } = (this.#worker ??= startArchive(crash));
    const given = new Promise<never>((_, reject) => (this.#giveUp = reject));
    try {
      return await Promise.race([
        question(
          api,
          callable((progress) => (this.progress = progress)),
        ),
        given,
      ]);
    } finally {
      this.progress = null;
    }
  }

  /** Ends it, also in the middle: what was asked rejects with a Cancelled. */
  end(): void {
    this.#worker?.end();
    this.#worker = null;
    this.#giveUp(new Cancelled());
  }
}

export class Cancelled extends Error {
  override name = 'Cancelled';
}
