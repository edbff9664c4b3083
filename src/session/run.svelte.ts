/** The run that is shown: asks the worker for it, and keeps what the worker tells. */
import type { Ingredients } from '../core/fingerprints.ts';
import type { Changes } from '../core/knobs.ts';
import type { RunRequest, RunState, TrainerEvent } from '../core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../core/reports.ts';
import { type Drawings, loadDrawings, saveDrawings } from '../storage/index.ts';
import { askToKeep } from '../storage/persist.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Demonstrations } from './demonstrations.svelte.ts';
import type { Device } from './device.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import type { Labels } from './labels.svelte.ts';
import { MOST_SEED } from './address.ts';
import { Recordings } from './recordings.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import { StageProgress } from './stage.svelte.ts';
import { Staleness } from './staleness.svelte.ts';
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
  readonly labels: Labels;
  news = $state.raw<News | null>(null);
  /** Knobs that differ from the preset in the run that was asked for last, or in the stored one. */
  applied = $state.raw<Changes>({});
  /** What the reward model of the run that was asked for last learns from. */
  #askedLabels = $state('simulated:gold');
  /** The person chose another base model than the run began with. */
  #otherBase = $state(false);
  readonly stages: Readonly<Record<StageName, StageProgress>>;
  readonly recordings: Recordings;
  readonly #staleness: Staleness;
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #failures: Failures;
  readonly #ready: Promise<unknown>;
  readonly #checkpoints: Checkpoints;
  readonly #demonstrations: Demonstrations;
  readonly #device: Device;

  /** `ready` resolves when the device is open. */
  constructor(
    trainer: Trainer,
    settings: Settings,
    failures: Failures,
    checkpoints: Checkpoints,
    demonstrations: Demonstrations,
    labels: Labels,
    device: Device,
    ready: Promise<unknown>,
  ) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#failures = failures;
    this.recordings = new Recordings(failures);
    this.#checkpoints = checkpoints;
    this.#demonstrations = demonstrations;
    this.labels = labels;
    this.#device = device;
    this.#ready = ready;
    this.stages = Object.fromEntries(STAGES.map((name) => [name, new StageProgress(name)])) as Run['stages'];
    this.#staleness = new Staleness(this.stages, () => this.#today);
  }

  get list(): readonly StageProgress[] {
    return STAGES.map((name) => this.stages[name]);
  }

  get finished(): boolean {
    return this.staleFrom === null && this.list.every(({ state }) => state === 'done');
  }

  /** The first finished stage that would come out otherwise today, or stands on one that did; null: none. */
  get staleFrom(): StageName | null {
    return this.#staleness.from;
  }

  isStale(stage: StageName): boolean {
    return this.#staleness.has(stage);
  }

  /** What the reward model of the shown run learnt from, or learns from. */
  get learntFrom(): string {
    return this.#askedLabels;
  }

  get begun(): boolean {
    return this.list.some(({ state }) => state !== 'waiting');
  }

  /** Runs what is not done yet, or stale; or goes on after a pause. */
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

  /** Reward model and PPO again, from people's choices; the judge can follow. Resolves when they have ended, or stopped. */
  async runOnMyLabels(): Promise<void> {
    if (this.state !== 'idle') return;
    this.labels.from = 'person';
    const { staleFrom } = this;
    // The SFT model may be a shipped one: what comes before is run only where it is stale.
    const first = staleFrom === 'base' || staleFrom === 'sft' ? staleFrom : 'reward';
    const stages = STAGES.slice(STAGES.indexOf(first));
    for (const name of stages) this.stages[name].clear();
    await this.#run(
      stages.filter((name) => name !== 'judge'),
      Infinity,
    );
  }

  /** The same with the next seed: nothing of this run is lost. */
  startNextSeed(): void {
    if (this.state !== 'idle') return;
    this.#settings.seed = (this.#settings.seed + 1) % (MOST_SEED + 1);
    void this.load().then(() => this.start());
  }

  /** Chooses where the base model comes from, also for a run that has begun: it is stale then from the start. */
  setBase(base: RunRequest['base']): void {
    this.#settings.setBase(base);
    this.#otherBase = true;
  }

  /** Where the base model comes from: as the run began, as wanted, or as far as there is one. */
  get base(): RunRequest['base'] {
    if (this.report && !this.#otherBase) return this.report.base;
    return this.#checkpoints.hasShipped('base', this.#settings.preset) ? this.#settings.wantedBase : 'train';
  }

  /** Shows what is stored of the run that the settings name. */
  async load(): Promise<void> {
    if (this.state !== 'idle') return;
    const name = this.#settings.runName;
    for (const stage of this.list) stage.clear();
    this.recordings.clear();
    this.report = null;
    this.applied = {};
    this.#staleness.made = null;
    this.#otherBase = false;
    try {
      // Until they are read, a stage that learnt from demonstrations would look stale.
      await Promise.all([this.#demonstrations.ready, this.labels.load(name)]);
      const stored = await this.#trainer.stored({ preset: this.#settings.preset, seed: this.#settings.seed });
      // The settings may have moved on, or a run begun, while the worker looked.
      if (!stored || !this.#stillShows(name)) return;
      const { report, labels, annotators, fingerprints, changes } = stored;
      this.labels.adopt(labels, annotators);
      this.#askedLabels = labels;
      this.applied = changes;
      this.#settings.adopt(changes);
      this.#show(report);
      this.#staleness.made = report && { base: report.base, labels, fingerprints };
      if (stored.unfinished) this.stages[stored.unfinished.stage].stopAt(stored.unfinished);
      await Promise.all([this.#loadDrawings(), this.#loadRecordings()]);
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
        if (event.stage === 'ppo') this.recordings.restart(this.#settings.runName, event.resumedAt);
        // What it reported before is no figure of what it does now.
        this.report &&= { ...this.report, [event.stage]: undefined };
        this.news = { kind: 'started', stage: event.stage };
        break;
      case 'samples':
        this.stages[event.stage].samples = { step: event.step, samples: event.samples };
        break;
      case 'continuations':
        this.stages[event.stage].wrote(event.step, event.continuations);
        break;
      case 'token_losses':
        this.stages[event.stage].tokenLosses = { step: event.step, rows: event.rows };
        break;
      case 'recorded':
        this.recordings.add(this.#settings.runName, event.record);
        break;
      case 'stage_done':
        this.stages[event.stage].finish(event.report);
        this.report = { ...this.#staleFigures, ...event.run };
        this.#staleness.made = { base: event.run.base, labels: this.#askedLabels, fingerprints: event.fingerprints };
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
    const { preset, seed, changes } = this.#settings;
    this.state = steps === Infinity ? 'running' : 'paused';
    this.news = { kind: this.state };
    this.applied = changes;
    // What stopped the run before is over.
    for (const failure of this.#failures.list)
      if (failure.kind === 'run' || failure.kind === 'quota') this.#failures.dismiss(failure);
    this.#settings.keepInAddress();
    askToKeep();
    try {
      await Promise.all([this.#ready, this.#demonstrations.ready]);
      const demonstrations = this.#demonstrations.used;
      const request = { preset, seed, stages, base: this.base, ...this.labels.request, changes, demonstrations };
      this.#askedLabels = this.labels.source;
      await this.#trainer.run(request, steps);
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

  #stillShows(name: string): boolean {
    return this.state === 'idle' && this.#settings.runName === name;
  }

  /** Stores the curves and what the microscope recorded. Losing them would lose pictures, not work: a failure is said, and nothing stops for it. */
  saveDrawings(): void {
    if (!this.begun) return;
    this.recordings.save();
    const stages: Drawings = {};
    for (const { name, drawing } of this.list) stages[name] = drawing;
    saveDrawings(this.#settings.runName, stages).catch((error: unknown) => this.#failures.caught(error, 'storage'));
  }

  async #loadDrawings(): Promise<void> {
    const name = this.#settings.runName;
    const drawings = await loadDrawings(name);
    if (!this.#stillShows(name)) return;
    for (const stage of this.list) {
      const drawing = drawings[stage.name];
      if (drawing && stage.state !== 'waiting') stage.restore(drawing);
    }
  }

  async #loadRecordings(): Promise<void> {
    const name = this.#settings.runName;
    if (this.stages.ppo.state !== 'waiting') await this.recordings.load(name, () => this.#stillShows(name));
  }

  /** What stages reported that are no part of the run any more, and are shown until they are run again. */
  get #staleFigures(): Pick<RunReport, 'sft' | 'reward' | 'judge'> {
    const kept = (['sft', 'reward', 'judge'] as const).filter((stage) => this.stages[stage].state === 'done');
    return Object.fromEntries(kept.map((stage) => [stage, this.report?.[stage]]));
  }

  /** What a run would be made from now. */
  get #today(): Ingredients {
    const { preset, changes } = this.#settings;
    return { preset, base: this.base, labels: this.labels.source, changes, demonstrations: this.#demonstrations.hash };
  }

  #show(report: RunReport | null): void {
    this.report = report;
    for (const stage of report?.stages ?? []) this.stages[stage.name].finish(stage);
  }
}
