/**
 * Entry of the worker that trains: opens the device, pulls the pipeline step by step as the page allows, and sends what
 * happens in batches. The work itself is in pipeline/; nothing here knows what a stage does.
 */
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import * as Comlink from 'comlink';
import type { BackendChoice, DeviceReport, RunRequest, TrainerApi } from '../src/core/protocol.ts';
import { STAGES, type StageName } from '../src/core/reports.ts';
import { runName } from '../src/core/run-name.ts';
import { ShippedFiles, StorageError, StoredRun } from '../src/storage/index.ts';
import { type OpenedEngine, openEngine } from './engine/backend.ts';
import { DeviceLostError } from './engine/errors.ts';
import type { Model } from './model/model.ts';
import { propose } from './pipeline/arena.ts';
import { Answer, Speakers } from './pipeline/chat.ts';
import { countLabels } from './pipeline/label-counts.ts';
import type { Loaded } from './pipeline/loaded.ts';
import { answerPrompts } from './pipeline/prompting.ts';
import { madeOf, readRecord } from './pipeline/record.ts';
import { runOnAnyDevice } from './pipeline/recover.ts';
import { Critics, scoreAnswers } from './pipeline/score-answers.ts';
import { snapshotFile } from './pipeline/store.ts';
import { Gate } from './trainer/gate.ts';
import { Outbox } from './trainer/outbox.ts';
import { importCheckpoint, storedCheckpoints, versionOf } from './trainer/stored-checkpoints.ts';
import { Turns, macrotask } from './trainer/turns.ts';

const SNAPSHOT_SECONDS = 5;
/** Tokens of a chat before the next in line has its turn: another answer, or a step of the run. */
const TOKENS_A_TURN = 3;
/** Steps between what a stage shows: often enough to watch, seldom enough to cost little. An iteration of PPO is long. */
const SAMPLE_EVERY: Partial<Record<StageName, number>> = { base: 25, sft: 25, ppo: 1 };

type RunName = Pick<RunRequest, 'preset' | 'seed'>;
const storeOf = (run: RunName): StoredRun => new StoredRun(runName(run));

class Trainer implements TrainerApi {
  readonly #gate = new Gate();
  #open: OpenedEngine | null = null;
  #outbox = new Outbox(() => undefined);
  #shipped = new ShippedFiles('');
  readonly #speakers = new Speakers();
  readonly #critics = new Critics();
  #chats = new AbortController();
  /** Of the measurement by number of labels, while it goes on. */
  #counting: AbortController | null = null;
  #running = false;
  #backend: BackendChoice = 'auto';
  #toldBytes = 0;
  readonly #turns = new Turns();

  async open(
    { backend, page }: Parameters<TrainerApi['open']>[0],
    onEvents: Parameters<TrainerApi['open']>[1],
  ): Promise<DeviceReport> {
    this.#shipped = new ShippedFiles(page);
    this.#outbox = new Outbox(onEvents);
    this.#backend = backend;
    return (await this.#reopen()).device;
  }

  /** Opens a device: the first one, or another one when that was lost. */
  async #reopen(): Promise<OpenedEngine> {
    this.#open = await openEngine(this.#backend, {
      wasmPath: { 'tfjs-backend-wasm-simd.wasm': simdWasm, 'tfjs-backend-wasm.wasm': plainWasm },
      onProblem: ({ kind, message }) => {
        // The compiled engine throws where the device is used, and work goes on with another one.
        if (kind === 'device_lost' && this.#open?.engine.kind === 'compiled') return;
        this.#outbox.add({ kind: 'device_problem', problem: kind, message });
      },
    });
    return this.#open;
  }

  async run(request: RunRequest, steps: number): Promise<void> {
    if (this.#running) throw new Error('a run is under way already');
    this.#running = true;
    this.#gate.start(steps);
    try {
      await this.#pull(request);
    } finally {
      this.#running = false;
      this.#outbox.flush();
    }
  }

  /** Pulls a run's steps as the gate allows, until it is done, stopped or failed. */
  async #pull(request: RunRequest): Promise<void> {
    const options = {
      request,
      store: storeOf(request),
      loadShipped: (name: string) => this.#shipped.load(name),
      snapshotSeconds: SNAPSHOT_SECONDS,
      sampleEvery: SAMPLE_EVERY,
    };
    const events = runOnAnyDevice(options, this.#opened(), () => this.#reopen());
    try {
      while (await this.#gate.pass()) {
        const { value, done } = await this.#turns.take(() => events.next());
        if (done) return;
        this.#outbox.add(value);
        if (value.kind === 'progress') this.#gate.took();
        this.#tellMemory();
        await macrotask();
      }
    } finally {
      await this.#turns.take(() => events.return(undefined as never));
    }
  }

  /** Tells the page how much memory is in use, when that has changed. */
  #tellMemory(): void {
    const memory = this.#opened().engine.memory;
    if (!memory || memory.bytes === this.#toldBytes) return;
    this.#toldBytes = memory.bytes;
    this.#outbox.add({ kind: 'memory', bytes: memory.bytes, budget: memory.budget });
  }

  pause(): Promise<void> {
    this.#gate.allow(0);
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.#gate.allow(Infinity);
    return Promise.resolve();
  }

  step(): Promise<void> {
    this.#gate.allow(1);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#gate.stop();
    return Promise.resolve();
  }

  checkpoints: TrainerApi['checkpoints'] = async () => {
    const shipped = this.#shipped.list().then(
      (list) => ({ list, missing: null }),
      (error: unknown) => ({ list: [], missing: (error as Error).message }),
    );
    const [stored, { list, missing }] = await Promise.all([storedCheckpoints(), shipped]);
    return { ...stored, checkpoints: [...stored.checkpoints, ...list], missing };
  };

  importCheckpoint: TrainerApi['importCheckpoint'] = async (name, file) => {
    const { checkpoints } = await this.checkpoints();
    return importCheckpoint(name, new Uint8Array(await file.arrayBuffer()), checkpoints);
  };

  exportCheckpoint: TrainerApi['exportCheckpoint'] = async (key) =>
    new Blob([(await this.#bytesOf(key)) as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' });

  stored: TrainerApi['stored'] = async (run) => {
    const store = storeOf(run);
    const [record, keys] = await Promise.all([readRecord(store), store.keys()]);
    const stage = STAGES.find((each) => keys.includes(snapshotFile(each)));
    const notes = stage ? await store.notes(snapshotFile(stage)) : null;
    const unfinished = stage ? { stage, step: Number(notes?.['step']), steps: Number(notes?.['steps']) } : null;
    if (!record && !unfinished) return null;
    return {
      report: record?.report ?? null,
      labels: record?.labels ?? 'simulated:gold',
      annotators: record?.annotators,
      fingerprints: record ? madeOf(record).fingerprints : {},
      changes: record?.changes ?? {},
      unfinished,
    };
  };

  chat: TrainerApi['chat'] = async (request, onEvent) => {
    const { checkpoint } = request;
    const { signal } = this.#chats;
    const get = await this.#from(this.#speakers, checkpoint);
    const answer = new Answer(request);
    const take = async (): Promise<void> => {
      const speaker = await get();
      if (answer.tokens.length === 0) onEvent({ kind: 'loaded' });
      for (let i = 0; i < TOKENS_A_TURN && answer.ending === null && !signal.aborted; i++)
        onEvent({ kind: 'token', token: await answer.next(speaker) });
    };
    while (answer.ending === null && !signal.aborted) {
      await this.#onDevice(take);
      await macrotask();
    }
    return { tokens: answer.tokens, ending: answer.ending ?? 'stopped' };
  };

  stopChats: TrainerApi['stopChats'] = () => {
    this.#chats.abort();
    this.#chats = new AbortController();
    return Promise.resolve();
  };

  prompting: TrainerApi['prompting'] = async ({ checkpoint, ...request }) => {
    const bytes = await this.#bytesOf(checkpoint);
    return this.#onDevice(() => answerPrompts(this.#opened().engine, bytes, checkpoint, request));
  };

  scoreAnswers: TrainerApi['scoreAnswers'] = async ({ checkpoint, ...request }) => {
    const get = await this.#from(this.#critics, checkpoint);
    return this.#onDevice(async () => scoreAnswers(await get(), request));
  };

  countLabels: TrainerApi['countLabels'] = async (run, onProgress) => {
    if (this.#counting) throw new Error('labels are being counted already');
    const { signal } = (this.#counting = new AbortController());
    const loadShipped = (file: string): Promise<Uint8Array> => this.#shipped.load(file);
    const { engine } = this.#opened();
    const steps = countLabels({ engine, store: storeOf(run), loadShipped }, run);
    try {
      for (;;) {
        const { value, done } = await this.#turns.take(() => steps.next());
        if (done) return value;
        onProgress(value);
        if (signal.aborted) return value.counts;
        await macrotask();
      }
    } finally {
      this.#counting = null;
      await this.#turns.take(() => steps.return(undefined as never));
    }
  };

  stopCounting: TrainerApi['stopCounting'] = () => {
    this.#counting?.abort();
    return Promise.resolve();
  };

  propose: TrainerApi['propose'] = (request) => {
    const loadShipped = (file: string): Promise<Uint8Array> => this.#shipped.load(file);
    return this.#onDevice(() =>
      propose({ engine: this.#opened().engine, store: storeOf(request), loadShipped }, request),
    );
  };

  #opened(): OpenedEngine {
    if (!this.#open) throw new Error('no device was opened');
    return this.#open;
  }

  /** The bytes of a checkpoint by its key: "small-0/sft.safetensors", or the name of a shipped file. */
  async #bytesOf(key: string): Promise<Uint8Array> {
    const [first = '', second] = key.split('/');
    if (second === undefined) return this.#shipped.load(first);
    const bytes = await new StoredRun(first).read(second);
    if (!bytes) throw new StorageError(`there is no stored file "${key}"`);
    return bytes;
  }

  /**
   * What takes a checkpoint from those that stay loaded, in turn. It is read before the first turn: a download may take
   * long.
   */
  async #from<T extends { readonly model: Model }>(loaded: Loaded<T>, checkpoint: string): Promise<() => Promise<T>> {
    const version = await versionOf(checkpoint);
    const bytes = loaded.has(checkpoint, version) ? null : await this.#bytesOf(checkpoint);
    const load = async (): Promise<Uint8Array> => bytes ?? (await this.#bytesOf(checkpoint));
    return () => loaded.get(this.#opened().engine, checkpoint, version, load);
  }

  /** Does `work` in turn; once more on another device if the device is lost. */
  #onDevice<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DeviceLostError)) throw error;
        const { device } = await this.#reopen();
        this.#outbox.add({ kind: 'device_replaced', device, message: error.message });
        return work();
      }
    });
  }
}

Comlink.expose(new Trainer());
