/** The run that is shown, as far as it can be asked for: the worker begins it, pauses it, goes on, and says what is stored. */
import * as v from 'valibot';
import type { Ingredients } from '../core/fingerprints.ts';
import type { Autosaved, RunRequest, RunState, StoredRunReport, TrainerEvent } from '../core/protocol.ts';
import { STAGES, type StageName } from '../core/reports.ts';
import { loadDrawings } from '../storage/index.ts';
import { askToKeep } from '../storage/persist.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Demonstrations } from './demonstrations.svelte.ts';
import type { Device } from './device.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import { Following } from './following.svelte.ts';
import type { Labels } from './labels.svelte.ts';
import { MOST_SEED } from './address.ts';
import { goingOn } from './going-on.ts';
import { remember, remembered } from './memory.ts';
import { type Hearers, takeIn } from './run-events.ts';
import type { Settings } from './settings.svelte.ts';
import { ShownRun } from './shown-run.svelte.ts';
import type { Trainer } from './worker.ts';

/** The run that trains: still there at the next visit where this tab died meanwhile. */
const STORED_TRAINING = 'rlhf-playground.training';

export class Run extends ShownRun {
  /** Asked to stop, and not yet at the end of the step. */
  stopping = $state(false);
  readonly labels: Labels;
  /** Where it goes on when it is begun again; null: at the first step of a stage. */
  readonly goesOn: Autosaved | null = $derived.by(() => goingOn(this.#autosaves, this.next, () => this.#today));
  #autosaves = $state.raw<readonly Autosaved[]>([]);
  /** The person chose another base model than the run began with. */
  #otherBase = $state(false);
  /** Resolves when what is stored of the run has been read. */
  #loaded: Promise<void> = Promise.resolve();
  /** The worker was asked to run it: what is shown is what happens now, not what was stored. */
  #asked = false;
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #failures: Failures;
  readonly #ready: Promise<unknown>;
  readonly #checkpoints: Checkpoints;
  readonly #demonstrations: Demonstrations;
  readonly #following: Following;
  readonly #hearers: Hearers;

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
    super(() => this.#today);
    this.#trainer = trainer;
    this.#settings = settings;
    this.#failures = failures;
    this.#checkpoints = checkpoints;
    this.#demonstrations = demonstrations;
    this.labels = labels;
    this.#ready = ready;
    this.#following = new Following(this, failures, {
      isShown: (name) => this.#stillShows(name),
      hear: (events) => this.hear(events),
      onceased: () => void Promise.all([this.load(), checkpoints.load()]),
    });
    this.#hearers = { failures, checkpoints, device, onfollowed: (event) => this.#following.happened(event) };
  }

  /** Another tab trains the run that is shown; this one follows. */
  get elsewhere(): 'running' | 'paused' | null {
    return this.#following.state;
  }

  get finished(): boolean {
    return this.staleFrom === null && this.list.every(({ state }) => state === 'done');
  }

  /** The first finished stage that would come out otherwise today, or stands on one that did; null: none. */
  get staleFrom(): StageName | null {
    // What the other tab makes it from is its own affair.
    return this.elsewhere ? null : this.staleness.from;
  }

  /** The first stage that is to be run; null: none. */
  get next(): StageName | null {
    const stale = this.staleFrom;
    return STAGES.find((stage) => stage === stale || this.stages[stage].state !== 'done') ?? null;
  }

  isStale(stage: StageName): boolean {
    return !this.elsewhere && this.staleness.has(stage);
  }

  /** What goes on with the run, here or in another tab. */
  get activity(): RunState {
    return this.elsewhere ?? this.state;
  }

  /** Runs what is not done yet, or stale; or goes on after a pause. */
  start(): void {
    if (this.state === 'idle') void this.#run(() => STAGES, Infinity);
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
    if (this.state === 'idle') void this.#run(() => STAGES, 1);
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
    await this.#run(() => {
      this.labels.from = 'person';
      const { staleFrom } = this;
      // The SFT model may be a shipped one: what comes before is run only where it is stale.
      const first = staleFrom === 'base' || staleFrom === 'sft' ? staleFrom : 'reward';
      return STAGES.slice(STAGES.indexOf(first), STAGES.indexOf('judge'));
    }, Infinity);
  }

  /** The same with the next seed: nothing of this run is lost. */
  startNextSeed(): void {
    if (this.state !== 'idle' || this.#isRefused()) return;
    const { from, taste } = this.labels;
    this.#settings.seed = (this.#settings.seed + 1) % (MOST_SEED + 1);
    void this.load().then(() => {
      // What people chose is of the run that they saw.
      if (from === 'simulated' && !this.begun) this.labels.taste = taste;
      this.start();
    });
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

  /** Shows what is stored of the run that the settings name, unless that is training. */
  load(): Promise<void> {
    if (!this.#asked) this.#loaded = this.#load();
    return this.#loaded;
  }

  async #load(): Promise<void> {
    const name = this.#settings.runName;
    this.clear();
    this.#following.state = null;
    this.#otherBase = false;
    this.#autosaves = [];
    await this.#showStored(name);
    // Only now: what another tab tells comes on top of what is stored.
    if (this.#stillShows(name)) await this.#trainer.follow(this.#named);
  }

  async #showStored(name: string): Promise<void> {
    try {
      // Until they are read, a stage that learnt from demonstrations would look stale.
      await Promise.all([this.#demonstrations.ready, this.labels.load(name)]);
      const stored = await this.#trainer.stored(this.#named);
      // The settings may have moved on, or a run begun, while the worker looked.
      if (!stored || !this.#stillShows(name)) return;
      this.#adopt(stored);
      this.cutOff = remembered(STORED_TRAINING, v.string()) === name;
      await Promise.all([this.#loadDrawings(), this.#loadRecordings()]);
    } catch (error) {
      this.#failures.caught(error, 'storage');
    }
  }

  #adopt({ report, made, asked, autosaves }: StoredRunReport): void {
    if (made) this.learntFrom = made.labels;
    if (asked) {
      this.labels.adopt(asked.labels, asked.annotators);
      this.applied = asked.changes;
      this.#settings.adopt(asked.changes);
      this.#otherBase = asked.base !== report?.base;
      if (this.#otherBase) this.#settings.wantedBase = asked.base;
    }
    this.show(report);
    this.staleness.made = made;
    this.#autosaves = autosaves;
    // What was begun of another stage, or from something else, is of no use today, but was begun.
    const begun = autosaves.find(({ stage }) => this.stages[stage].state === 'waiting');
    const shown = this.goesOn ?? begun;
    if (!shown) return;
    this.stopAt(shown);
    if (STAGES.indexOf(shown.stage) >= STAGES.indexOf('reward')) this.learntFrom = shown.labels;
  }

  /** Takes in a batch of the worker's events. */
  hear(events: readonly TrainerEvent[]): void {
    takeIn(events, this, this.#hearers);
  }

  /** `choose`: the stages, asked for once it is known which run it is and what is stored of it. */
  async #run(choose: () => readonly StageName[], steps: number): Promise<void> {
    if (this.#isRefused()) return;
    this.state = steps === Infinity ? 'running' : 'paused';
    this.news = { kind: this.state };
    // What stopped the run before is over.
    this.#failures.dismissKind('run');
    this.#failures.dismissKind('quota');
    askToKeep();
    try {
      // The device may have a say in the preset, and the run that is shown then is read.
      await Promise.all([this.#ready, this.#demonstrations.ready]);
      await this.#loaded;
      if (this.stopping) return;
      this.#asked = true;
      const stages = choose();
      const { preset, seed, changes, runName } = this.#settings;
      this.applied = changes;
      this.#settings.keepInAddress();
      this.cutOff = false;
      remember(STORED_TRAINING, runName);
      const demonstrations = this.#demonstrations.used;
      const request = { preset, seed, stages, base: this.base, ...this.labels.request, changes, demonstrations };
      this.learntFrom = this.labels.source;
      await this.#trainer.run(request, this.#stepsNow(steps));
    } catch (error) {
      this.#failures.caught(error, 'run');
    } finally {
      this.#ended();
    }
  }

  /** How many steps are to be taken, of those that were asked for: it may have been paused since, or told to go on. */
  #stepsNow(asked: number): number {
    if (this.state === 'running') return Infinity;
    return asked === Infinity ? 0 : asked;
  }

  #ended(): void {
    if (this.stopping) this.news = { kind: 'stopped' };
    remember(STORED_TRAINING, '');
    this.state = 'idle';
    this.#asked = false;
    this.stopping = false;
    this.waitsFor = null;
    this.current = null;
    for (const stage of this.list) if (stage.state === 'running') stage.state = 'stopped';
    void this.#checkpoints.load();
    void this.#loadAutosaves();
  }

  #set(state: RunState, asked: Promise<void>): void {
    if (this.stopping) return;
    this.state = state;
    this.news = { kind: state };
    // It tries again now, and says if there is still no room.
    if (this.waitsFor !== null) this.#failures.dismissKind('quota');
    this.waitsFor = null;
    asked.catch((error: unknown) => this.#failures.caught(error, 'run'));
  }

  /** Two tabs would overwrite each other's work: says so. */
  #isRefused(): boolean {
    if (this.elsewhere) this.#failures.add('elsewhere', this.#settings.runName);
    return this.elsewhere !== null;
  }

  #stillShows(name: string): boolean {
    return !this.#asked && this.#settings.runName === name;
  }

  /** What a run that was stopped, or failed, goes on from. */
  async #loadAutosaves(): Promise<void> {
    const name = this.#settings.runName;
    try {
      const stored = await this.#trainer.stored(this.#named);
      if (stored && this.#stillShows(name)) this.#autosaves = stored.autosaves;
    } catch (error) {
      this.#failures.caught(error, 'storage');
    }
  }

  async #loadDrawings(): Promise<void> {
    const name = this.#settings.runName;
    const drawings = await loadDrawings(name);
    if (this.#stillShows(name)) this.draw(drawings);
  }

  async #loadRecordings(): Promise<void> {
    const name = this.#settings.runName;
    if (this.stages.ppo.state !== 'waiting') await this.recordings.load(name, () => this.#stillShows(name));
  }

  get #named(): Pick<RunRequest, 'preset' | 'seed'> {
    const { preset, seed } = this.#settings;
    return { preset, seed };
  }

  /** What a run would be made from now. */
  get #today(): Ingredients {
    const { preset, changes } = this.#settings;
    return { preset, base: this.base, labels: this.labels.source, changes, demonstrations: this.#demonstrations.hash };
  }
}
