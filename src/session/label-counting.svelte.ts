/** How good the run's reward model is by the number of labels: measured on demand, and kept beside the run. */
import type { LabelCountProgress, LabelCounts } from '../core/label-counts.ts';
import { loadLabelCounts, saveLabelCounts } from '../storage/label-counts.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import type { Page } from './session.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import { keepVersion } from './version-lock.ts';
import { type Trainer, callable } from './worker.ts';

export class LabelCounting {
  /** Of the run that is shown, as far as it is measured; null: not at all. */
  counts = $state.raw<LabelCounts | null>(null);
  /** Share done; null where nothing is being measured. */
  share = $state<number | null>(null);
  /** Asked to stop, and not yet at the end of the step. */
  stopping = $state(false);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #checkpoints: Checkpoints;
  readonly #failures: Failures;
  #run = '';
  /** Points that are stored. */
  #stored = 0;

  constructor({ trainer, settings, checkpoints, failures }: Page) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#checkpoints = checkpoints;
    this.#failures = failures;
  }

  /** What is shown was measured of another reward model than the run has now. */
  get stale(): boolean {
    const own = this.#checkpoints.list.find(({ key }) => key === `${this.#settings.runName}/reward.safetensors`);
    return this.counts !== null && own !== undefined && own.hash !== null && own.hash !== this.counts.model;
  }

  /** Shows what is stored of the run that the settings name. What was being measured of another one ends. */
  async show(): Promise<void> {
    const run = this.#settings.runName;
    if (run === this.#run) return;
    this.#run = run;
    this.counts = null;
    this.stop();
    try {
      const counts = await loadLabelCounts(run);
      if (run === this.#run) this.counts ??= counts;
    } catch (error) {
      this.#failures.caught(error, 'storage');
    }
  }

  async start(): Promise<void> {
    if (this.share !== null) return;
    const { preset, seed, runName: run } = this.#settings;
    this.share = 0;
    this.#stored = 0;
    const release = keepVersion();
    try {
      const hear = callable((progress: LabelCountProgress) => this.#hear(run, progress));
      const counts = await this.#trainer.countLabels({ preset, seed }, hear);
      this.#keep(run, counts);
    } catch (error) {
      this.#failures.caught(error, 'run');
    } finally {
      release();
      this.share = null;
      this.stopping = false;
    }
  }

  stop(): void {
    if (this.share === null) return;
    this.stopping = true;
    this.#trainer.stopCounting().catch((error: unknown) => this.#failures.caught(error, 'run'));
  }

  #hear(run: string, { counts, share }: LabelCountProgress): void {
    // The last ones may arrive after the whole.
    if (this.share === null) return;
    this.share = share;
    if (counts.points.length > this.#stored || this.counts?.model !== counts.model) this.#keep(run, counts);
  }

  #keep(run: string, counts: LabelCounts): void {
    if (run === this.#run) this.counts = counts;
    if (counts.points.length === 0) return;
    this.#stored = counts.points.length;
    saveLabelCounts(run, counts).catch((error: unknown) => this.#failures.caught(error, 'storage'));
  }
}
