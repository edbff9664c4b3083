/** The worker that packs and unpacks archives, and how far it is. */
import type { ArchiveProgress } from '../core/archive-protocol.ts';
import { errorOf } from '../core/thrown.ts';
import type { Failures } from './failures.svelte.ts';
import { type ArchiveWorker, callable, startArchive } from './worker.ts';

/** One worker, from the first question to the end or to a change of mind. */
export class ArchiveWork {
  progress = $state.raw<ArchiveProgress | null>(null);
  #worker: ArchiveWorker | null = null;
  #giveUp: (reason: Error) => void = () => undefined;
  readonly #failures: Failures;

  constructor(failures: Failures) {
    this.#failures = failures;
  }

  /** Undefined where it was cancelled. Rejects with what the worker says. */
  async ask<T>(
    question: (api: ArchiveWorker['api'], hear: (progress: ArchiveProgress) => void) => Promise<T>,
  ): Promise<T> {
    const { api } = (this.#worker ??= this.#start());
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

  #start(): ArchiveWorker {
    const worker = startArchive((message) => this.#giveUp(new Error(message)));
    const hear = callable((message: string) => this.#failures.add('set_aside', message));
    worker.api.hear(hear).catch((error: unknown) => this.#giveUp(errorOf(error)));
    return worker;
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
