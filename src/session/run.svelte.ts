/** The run that is shown: asks the worker for it, and keeps what the worker tells. */
import type { RunRequest, RunState, TrainerEvent } from '../core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../core/reports.ts';
import { type Drawings, loadDrawings, saveDrawings } from '../storage/index.ts';
import { askToKeep } from '../storage/persist.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Device } from './device.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import { MOST_SEED, type Settings } from './settings.svelte.ts';
import { StageProgress } from './stage.svelte.ts';
import type { Trainer } from './worker.ts';

/** What just happened, for those who do not see it. */
export type News =
  { kind: 'started' | 'done' | 'failed'; stage: StageName } | { kind: RunState | 'finished' | 'stopped' };

export class Run {
  state = $state<RunState>('idle');
  /** Asked to stop, and not yet at the end of the step. */
  stopping = $state(false);
  current = $state<StageName | null>(null);
  report = $state.raw<RunReport | null>(null);
  labels = $state<RunRequest['labels']>('simulated');
  news = $state.raw<News | null>(null);
  readonly stages: Readonly<Record<StageName, StageProgress>>;
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #failures: Failures;
  readonly #ready: Promise<unknown>;
  readonly #checkpoints: Checkpoints;
  readonly #device: Device;

  /** `ready` resolves when the device is open. */
  constructor(
    trainer: Trainer,
    settings: Settings,
    failures: Failures,
    checkpoints: Checkpoints,
    device: Device,
    ready: Promise<unknown>,
  ) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#failures = failures;
    this.#checkpoints = checkpoints;
    this.#device = device;
    this.#ready = ready;
    this.stages = Object.fromEntries(STAGES.map((name) => [name, new StageProgress(name)])) as Run['stages'];
  }

  get list(): readonly StageProgress[] {
    return STAGES.map((name) => this.stages[name]);
  }

  get finished(): boolean {
    return this.list.every(({ state }) => state === 'done');
  }

  get begun(): boolean {
    return this.list.some(({ state }) => state !== 'waiting');
  }

  /** Runs what is not done yet; or goes on after a pause. */
  start(): void {
    if (this.state === 'idle') void this.#run(STAGES, Infinity);
    else if (this.state === 'paused') this.#set('running', this.#trainer.resume());
  }

  pause(): void {
    if (this.state === 'running') this.#set('paused', this.#trainer.pause());
  }

  toggle(): void {
    if (this.state === 'running') this.pause();
    else this.start();
  }

  step(): void {
    if (this.state === 'idle') void this.#run(STAGES, 1);
    else this.#set('paused', this.#trainer.step());
  }

  stop(): void {
    if (this.state === 'idle') return;
    this.stopping = true;
    this.#trainer.stop().catch((error: unknown) => this.#failures.caught(error, 'run'));
  }

  /** Reward model, PPO and judge again, from this person's choices. */
  runOnMyLabels(): void {
    if (this.state !== 'idle') return;
    this.labels = 'person';
    const stages = ['reward', 'ppo', 'judge'] as const;
    for (const name of stages) this.stages[name].clear();
    void this.#run(stages, Infinity);
  }

  /** The same with the next seed: nothing of this run is lost. */
  startNextSeed(): void {
    if (this.state !== 'idle') return;
    this.#settings.seed = (this.#settings.seed + 1) % (MOST_SEED + 1);
    void this.load().then(() => this.start());
  }

  /** Where the base model comes from: as the run began, as wanted, or as far as there is one. */
  get base(): RunRequest['base'] {
    if (this.report) return this.report.base;
    return this.#checkpoints.hasShipped('base', this.#settings.preset) ? this.#settings.wantedBase : 'train';
  }

  /** Shows what is stored of the run that the settings name. */
  async load(): Promise<void> {
    if (this.state !== 'idle') return;
    const name = this.#name;
    for (const stage of this.list) stage.clear();
    this.report = null;
    this.labels = 'simulated';
    try {
      const stored = await this.#trainer.stored({ preset: this.#settings.preset, seed: this.#settings.seed });
      // The settings may have moved on, or a run begun, while the worker looked.
      if (!stored || !this.#stillShows(name)) return;
      this.labels = stored.labels;
      this.#show(stored.report);
      if (stored.unfinished) this.stages[stored.unfinished.stage].stopAt(stored.unfinished);
      await this.#loadDrawings();
    } catch (error) {
      this.#failures.caught(error, 'storage');
    }
  }

  /** Takes in a batch of events. */
  hear(events: readonly TrainerEvent[]): void {
    for (const [i, event] of events.entries()) {
      if (event.kind === 'progress') {
        // Progress in a row is taken in at once: one redraw for all of it.
        const before = events[i - 1];
        if (before?.kind === 'progress' && before.stage === event.stage) continue;
        const row = events.slice(i).findIndex((each) => each.kind !== 'progress' || each.stage !== event.stage);
        const end = row < 0 ? events.length : i + row;
        this.stages[event.stage].advance(events.slice(i, end).filter((each) => each.kind === 'progress'));
      } else this.#happened(event);
    }
  }

  #happened(event: Exclude<TrainerEvent, { kind: 'progress' }>): void {
    switch (event.kind) {
      case 'stage_started':
        this.current = event.stage;
        this.stages[event.stage].start(event.resumedAt);
        this.news = { kind: 'started', stage: event.stage };
        break;
      case 'samples':
        this.stages[event.stage].samples = { step: event.step, samples: event.samples };
        break;
      case 'stage_done':
        this.stages[event.stage].finish(event.report);
        this.report = event.run;
        this.news = { kind: 'done', stage: event.stage };
        this.saveDrawings();
        void this.#checkpoints.load();
        break;
      case 'stage_failed':
        this.stages[event.stage].state = 'failed';
        this.stages[event.stage].failure = event;
        this.news = { kind: 'failed', stage: event.stage };
        this.#failures.add('run', event.message);
        break;
      case 'run_done':
        this.#show(event.run);
        this.news = { kind: 'finished' };
        break;
      case 'device_problem':
        this.#failures.add(event.problem === 'device_lost' ? 'device_lost' : 'run', event.message);
        break;
      case 'device_replaced':
        this.#device.opened(event.device);
        this.#failures.add('device_replaced', event.message);
        break;
      case 'memory':
        this.#device.memory = event;
    }
  }

  async #run(stages: readonly StageName[], steps: number): Promise<void> {
    const { preset, seed } = this.#settings;
    this.state = steps === Infinity ? 'running' : 'paused';
    this.news = { kind: this.state };
    this.#settings.keepInAddress();
    askToKeep();
    try {
      await this.#ready;
      await this.#trainer.run({ preset, seed, stages, base: this.base, labels: this.labels }, steps);
    } catch (error) {
      this.#failures.caught(error, 'run');
    } finally {
      this.#ended();
    }
  }

  #ended(): void {
    if (this.stopping) this.news = { kind: 'stopped' };
    this.saveDrawings();
    this.state = 'idle';
    this.stopping = false;
    this.current = null;
    for (const stage of this.list) if (stage.state === 'running') stage.state = 'stopped';
    void this.#checkpoints.load();
  }

  #set(state: RunState, asked: Promise<void>): void {
    if (this.stopping) return;
    this.state = state;
    this.news = { kind: state };
    asked.catch((error: unknown) => this.#failures.caught(error, 'run'));
  }

  get #name(): string {
    return `${this.#settings.preset}-${this.#settings.seed}`;
  }

  #stillShows(name: string): boolean {
    return this.state === 'idle' && this.#name === name;
  }

  /** Stores the curves. Losing them would lose pictures, not work: a failure is said, and nothing stops for it. */
  saveDrawings(): void {
    if (!this.begun) return;
    const stages: Drawings = {};
    for (const { name, curves, samples, progress } of this.list)
      stages[name] = { ...curves.toStored(), samples, progress };
    saveDrawings(this.#name, stages).catch((error: unknown) => this.#failures.caught(error, 'storage'));
  }

  async #loadDrawings(): Promise<void> {
    const name = this.#name;
    const drawings = await loadDrawings(name);
    if (!this.#stillShows(name)) return;
    for (const stage of this.list) {
      const drawing = drawings[stage.name];
      if (!drawing || stage.state === 'waiting') continue;
      stage.curves.restore(drawing.steps, drawing.columns);
      stage.samples = drawing.samples;
      stage.progress = drawing.progress;
    }
  }

  #show(report: RunReport | null): void {
    this.report = report;
    for (const stage of report?.stages ?? []) this.stages[stage.name].finish(stage);
  }
}
