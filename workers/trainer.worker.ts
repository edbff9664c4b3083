/**
 * Entry of the worker that trains: answers what the page asks, and sends what happens in batches. The work itself is in
 * trainer/ and pipeline/; nothing here knows what a stage does.
 */
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import * as Comlink from 'comlink';
import { checkBuild } from '../src/core/build.ts';
import type { DeviceReport, RunRequest, TrainerApi, TrainerEvent } from '../src/core/protocol.ts';
import { TRAINER_REQUESTS, checked } from '../src/core/requests.ts';
import { DamagedFileError } from '../src/core/storage-errors.ts';
import { ShippedFiles, StorageError, StoredRun, onTrouble } from '../src/storage/index.ts';
import type { Model } from './model/model.ts';
import { propose } from './pipeline/arena.ts';
import { Answer, Speakers } from './pipeline/chat.ts';
import { countLabels } from './pipeline/label-counts.ts';
import type { Loaded } from './pipeline/loaded.ts';
import { answerPrompts } from './pipeline/prompting.ts';
import { Critics, scoreAnswers } from './pipeline/score-answers.ts';
import { Device } from './trainer/device.ts';
import { Outbox } from './trainer/outbox.ts';
import { RunLoop } from './trainer/run-loop.ts';
import { importCheckpoint, storedCheckpoints, versionOf } from './trainer/stored-checkpoints.ts';
import { storeOf, storedReport } from './trainer/stored-run.ts';
import { macrotask } from './trainer/turns.ts';

const WASM_PATH = { 'tfjs-backend-wasm-simd.wasm': simdWasm, 'tfjs-backend-wasm.wasm': plainWasm };
/** Tokens of a chat before the next in line has its turn: another answer, or a step of the run. */
const TOKENS_A_TURN = 3;

class Trainer implements TrainerApi {
  #outbox = new Outbox<TrainerEvent>(() => undefined);
  #shipped = new ShippedFiles('');
  readonly #tell = (event: TrainerEvent): void => this.#outbox.add(event);
  readonly #loadShipped = (file: string): Promise<Uint8Array> => this.#shipped.load(file);
  readonly #device = new Device(WASM_PATH, this.#tell);
  readonly #loop = new RunLoop(this.#device, this.#loadShipped, this.#tell);
  readonly #speakers = new Speakers();
  readonly #critics = new Critics();
  #chats = new AbortController();
  /** Of the measurement by number of labels, while it goes on. */
  #counting: AbortController | null = null;

  async open(
    { build, backend, page }: Parameters<TrainerApi['open']>[0],
    onEvents: Parameters<TrainerApi['open']>[1],
  ): Promise<DeviceReport> {
    checkBuild(build);
    this.#shipped = new ShippedFiles(page);
    this.#outbox = new Outbox(onEvents);
    onTrouble((trouble) => {
      if (!(trouble instanceof DamagedFileError)) return;
      this.#tell({ kind: 'set_aside', file: trouble.file, message: trouble.message });
    });
    return this.#device.open(backend);
  }

  /** The events come another way than the answer, which may not overtake them. */
  run: TrainerApi['run'] = (request, steps) => this.#loop.run(request, steps).finally(() => this.#outbox.flush());

  pause: TrainerApi['pause'] = () => this.#allow(0);

  resume: TrainerApi['resume'] = () => this.#allow(Infinity);

  step: TrainerApi['step'] = () => this.#allow(1);

  #allow(steps: number): Promise<void> {
    this.#loop.allow(steps);
    return Promise.resolve();
  }

  keep: TrainerApi['keep'] = () => {
    this.#loop.keep();
    return Promise.resolve();
  };

  setDuty: TrainerApi['setDuty'] = (share) => {
    this.#loop.setDuty(share);
    return Promise.resolve();
  };

  stop: TrainerApi['stop'] = () => {
    this.#loop.stop();
    return Promise.resolve();
  };

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

  stored: TrainerApi['stored'] = (run) => storedReport(run);

  follow: TrainerApi['follow'] = (run) => {
    this.#loop.follow(run);
    return Promise.resolve();
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
      await this.#device.use(take);
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
    return this.#device.use(() => answerPrompts(this.#device.engine, bytes, checkpoint, request));
  };

  scoreAnswers: TrainerApi['scoreAnswers'] = async ({ checkpoint, ...request }) => {
    const get = await this.#from(this.#critics, checkpoint);
    return this.#device.use(async () => scoreAnswers(await get(), request));
  };

  countLabels: TrainerApi['countLabels'] = async (run, onProgress) => {
    if (this.#counting) throw new Error('labels are being counted already');
    const steps = countLabels(this.#sourcesOf(run), run);
    const { signal } = (this.#counting = new AbortController());
    try {
      for (;;) {
        const { value, done } = await this.#device.turns.take(() => steps.next());
        if (done) return value;
        onProgress(value);
        if (signal.aborted) return value.counts;
        await macrotask();
      }
    } finally {
      this.#counting = null;
      await this.#device.turns.take(() => steps.return(undefined as never));
    }
  };

  stopCounting: TrainerApi['stopCounting'] = () => {
    this.#counting?.abort();
    return Promise.resolve();
  };

  propose: TrainerApi['propose'] = (request) => this.#device.use(() => propose(this.#sourcesOf(request), request));

  /** What works with the models of a run computes on, and reads them from. */
  #sourcesOf(run: Pick<RunRequest, 'preset' | 'seed'>): Parameters<typeof propose>[0] {
    return { engine: this.#device.engine, store: storeOf(run), loadShipped: this.#loadShipped };
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
    return () => loaded.get(this.#device.engine, checkpoint, version, load);
  }
}

Comlink.expose(checked<TrainerApi>(new Trainer(), TRAINER_REQUESTS));
