/** What a person does when the browser's storage is full, or before: cleans up, and goes on. */
import { runsThatTrain } from '../core/locks.ts';
import { retryUnsaved, unsaved } from '../storage/index.ts';
import { type Removable, removable, removeAll } from '../storage/clean-up.ts';
import type { Page } from './session.svelte.ts';
import type { StorageMeter } from './storage-meter.svelte.ts';

export interface Amount {
  count: number;
  bytes: number;
}

const amountOf = (files: readonly { bytes: number }[]): Amount => ({
  count: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

export class Room {
  /** How many files of the page wait in memory. */
  unsaved = $state(0);
  /** Something is being removed, or stored again. */
  busy = $state(false);
  #removable = $state.raw<Removable>({ deleted: [], autosaves: [], stopped: [] });
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get meter(): StorageMeter {
    return this.#page.storage;
  }

  get deleted(): Amount {
    return amountOf(this.#removable.deleted);
  }

  /** Autosaves of stages that have ended. */
  get autosaves(): Amount {
    return amountOf(this.#removable.autosaves);
  }

  /** Autosaves of other runs, that were stopped and could go on. */
  get stopped(): Amount {
    return amountOf(this.#removable.stopped);
  }

  /** How much the run waits to store; null: it does not wait. */
  get needed(): number | null {
    return this.#page.run.waitsFor;
  }

  /** Counts what could be removed. */
  async count(): Promise<void> {
    await this.#try(async () => {
      this.unsaved = unsaved();
      this.#removable = await removable([this.#page.settings.runName, ...(await runsThatTrain())]);
    });
  }

  /** Counts, and measures what is stored. */
  async look(): Promise<void> {
    await Promise.all([this.count(), this.#try(() => this.meter.measure())]);
  }

  /** Removes what nobody misses; `withStopped`: also what a stopped run could go on from. Whether it could be done. */
  async cleanUp(withStopped: boolean): Promise<boolean> {
    const { deleted, autosaves, stopped } = this.#removable;
    const done = await this.#try(() => removeAll([...deleted, ...autosaves, ...(withStopped ? stopped : [])]));
    await Promise.all([this.look(), this.#page.checkpoints.load()]);
    return done;
  }

  /** Stores what waits; the run goes on. Without room the notice is there again. */
  async goOn(): Promise<void> {
    const { run, failures } = this.#page;
    const waits = run.waitsFor !== null;
    failures.dismissKind('quota');
    await this.#try(retryUnsaved);
    if (waits) run.start();
  }

  /** Whether it could be done; what went wrong is shown. */
  async #try(work: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    try {
      await work();
      return true;
    } catch (error) {
      this.#page.failures.caught(error, 'storage');
      return false;
    } finally {
      this.busy = false;
    }
  }
}
