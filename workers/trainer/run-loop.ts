/**
 * A run, pulled step by step as the page allows: every event is told to the page, and to the tabs that follow. Where another
 * tab trains it, this one follows.
 */
import type { PipelineEvent, RunRequest, TrainerEvent } from '../../src/core/protocol.ts';
import type { StageName } from '../../src/core/reports.ts';
import { runName } from '../../src/core/run-name.ts';
import { Keeper } from '../pipeline/keeper.ts';
import { runOnAnyDevice } from '../pipeline/recover.ts';
import type { Device } from './device.ts';
import { Duty } from './duty.ts';
import { Gate } from './gate.ts';
import { Recording } from './recording.ts';
import { storeOf } from './stored-run.ts';
import { Follower, Lead, asOnlyTrainer } from './tabs.ts';
import { macrotask } from './turns.ts';

const SNAPSHOT_SECONDS = 10;
/** Steps between what a stage shows: often enough to watch, seldom enough to cost little. An iteration of PPO is long. */
const SAMPLE_EVERY: Partial<Record<StageName, number>> = { base: 25, sft: 25, ppo: 1 };

/** What is told of a step before its progress: a run that is stopped tells it to the end. */
const IN_A_STEP: ReadonlySet<PipelineEvent['kind']> = new Set(['samples', 'continuations', 'token_losses', 'recorded']);

export class RunLoop {
  readonly #device: Device;
  readonly #loadShipped: (file: string) => Promise<Uint8Array>;
  readonly #tell: (event: TrainerEvent) => void;
  readonly #gate = new Gate();
  readonly #duty = new Duty();
  /** What other tabs hear of the run; null: none is trained here. */
  #lead: Lead | null = null;
  #follower: Follower | null = null;
  /** A run was asked for and has not ended. */
  #isRunning = false;
  /** What is made by the run's next step is to be stored at once. */
  #keepNext = false;

  constructor(device: Device, loadShipped: (file: string) => Promise<Uint8Array>, tell: (event: TrainerEvent) => void) {
    this.#device = device;
    this.#loadShipped = loadShipped;
    this.#tell = tell;
  }

  /**
   * Runs stages as `TrainerApi.run` says, and follows the run from then on. Rejects with an Error where one is under way
   * here, with a TrainedElsewhereError where another tab trains it.
   */
  async run(request: RunRequest, steps: number): Promise<void> {
    if (this.#isRunning) throw new Error('a run is under way already');
    this.#isRunning = true;
    this.#gate.start(steps);
    const name = runName(request);
    try {
      await asOnlyTrainer(name, async () => {
        this.#follower?.close();
        const recording = new Recording();
        const lead = (this.#lead = new Lead(name, steps === Infinity ? 'running' : 'paused', () => {
          const { drawings, iterations } = recording;
          return { drawings, iterations };
        }));
        try {
          await this.#pull(request, recording, lead);
        } finally {
          this.#lead = null;
          lead.close();
        }
      });
    } finally {
      this.#isRunning = false;
      this.follow(request);
    }
  }

  /** Tells of what another tab does with this run, and with no other. Who trains follows nobody. */
  follow(run: Pick<RunRequest, 'preset' | 'seed'>): void {
    if (this.#lead) return;
    this.#follower?.close();
    this.#follower = new Follower(runName(run), this.#tell);
  }

  /** Lets so many more steps through: 0 pauses, Infinity goes on. */
  allow(steps: number): void {
    this.#gate.allow(steps);
    if (this.#lead) this.#lead.state = steps === Infinity ? 'running' : 'paused';
  }

  /** Ends the run after the step in hand. */
  stop(): void {
    this.#gate.stop();
  }

  /** Stores what the run has made as soon as the step in hand is done. */
  keep(): void {
    this.#keepNext = this.#isRunning;
  }

  /** The share of the time that steps may take, LEAST_DUTY … 1. Throws a RangeError for any other. */
  setDuty(share: number): void {
    this.#duty.set(share);
  }

  /** Pulls a run's steps as the gate allows, until it is done, stopped or failed. */
  async #pull(request: RunRequest, recorder: Recording, lead: Lead): Promise<void> {
    const { turns } = this.#device;
    const keeper = new Keeper();
    const options = {
      request,
      keeper,
      store: storeOf(request),
      loadShipped: this.#loadShipped,
      snapshotSeconds: SNAPSHOT_SECONDS,
      sampleEvery: SAMPLE_EVERY,
      recorder,
    };
    const events = runOnAnyDevice(options, this.#device.opened, (kernels) => this.#device.reopen(kernels));
    let last: PipelineEvent['kind'] = 'progress';
    try {
      for (;;) {
        if (!IN_A_STEP.has(last)) {
          if (last === 'progress' && (this.#gate.isPaused || this.#keepNext)) await this.#keep(keeper, lead);
          if (!(await this.#gate.pass())) return;
        }
        let worked = 0;
        const { value, done } = await turns.take(async () => {
          const begin = performance.now();
          const result = await events.next();
          worked = performance.now() - begin;
          return result;
        });
        if (done) return;
        last = value.kind;
        this.#tellAll(value, lead);
        if (value.kind === 'progress') this.#gate.took();
        this.#device.tellMemory();
        await this.#duty.rest(worked, () => this.#gate.isClosed);
        await macrotask();
      }
    } finally {
      await turns.take(() => events.return(undefined as never));
      // What the run held is given back by now.
      this.#device.tellMemory();
    }
  }

  /** A tab that waits, or is hidden, may be gone the next moment: stores what was made since the last autosave. */
  async #keep(keeper: Keeper, lead: Lead): Promise<void> {
    this.#keepNext = false;
    const full = await this.#device.turns.take(() => keeper.keep());
    if (full) this.#tellAll(full, lead);
  }

  /** Tells the page and the tabs that follow. Without room the run waits as after a pause: what is done then the page says. */
  #tellAll(event: PipelineEvent, lead: Lead): void {
    this.#tell(event);
    lead.tell(event);
    if (event.kind === 'storage_full') this.allow(0);
  }
}
