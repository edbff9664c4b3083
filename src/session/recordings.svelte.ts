/** The iterations of PPO that were recorded token by token: kept while they are shown, and stored with their run. */
import type { IterationRecord } from '../core/microscope.ts';
import type { Failures } from './failures.svelte.ts';

/** Rests between two writings of the file, which holds all of a run's iterations. */
const MILLISECONDS_BETWEEN_WRITES = 5000;

export class Recordings {
  /** In order. */
  list = $state.raw<readonly IterationRecord[]>([]);
  readonly #failures: Failures;
  /** What has to be written: the run. */
  #unsaved: string | null = null;
  #timer = 0;

  constructor(failures: Failures) {
    this.#failures = failures;
  }

  /** Takes in an iteration of the run `run`. One that went on from a snapshot records anew what it repeats. */
  add(run: string, record: IterationRecord): void {
    this.list = [...this.list.filter(({ iteration }) => iteration < record.iteration), record];
    this.#changed(run);
  }

  /** The stage goes on after `step` steps: what was recorded later is of no run any more. */
  restart(run: string, step: number): void {
    this.list = this.list.filter((record) => record.step <= step);
    this.#changed(run);
  }

  /** Shows another run, or none yet; what is stored stays. */
  clear(): void {
    this.save();
    this.list = [];
  }

  /** Shows what is stored. Rejects where the file is damaged. `isWanted`: whether the run is still the one that is shown. */
  async load(run: string, isWanted: () => boolean): Promise<void> {
    const { loadRecordings } = await import('../storage/microscope.ts');
    const list = await loadRecordings(run);
    if (isWanted()) this.list = list;
  }

  /** Stores what is not stored yet. A failure is said, and nothing stops for it. */
  save(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const { list } = this;
    const run = this.#unsaved;
    if (run === null) return;
    this.#unsaved = null;
    import('../storage/microscope.ts')
      .then(({ saveRecordings }) => saveRecordings(run, list))
      .catch((error: unknown) => this.#failures.caught(error, 'storage'));
  }

  #changed(run: string): void {
    this.#unsaved = run;
    if (this.#timer === 0) this.#timer = window.setTimeout(() => this.save(), MILLISECONDS_BETWEEN_WRITES);
  }
}
