/** What the page and its workers say to each other. */
import type { Choice, Preference } from './data/preferences.ts';
import type { Response, Taste } from './data/labellers.ts';
import type { PresetName } from './presets.ts';
import type { RunReport, StageName, StageReport } from './reports.ts';
import type { Verdict } from './world/gold.ts';
import type { Example } from './world/index.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';
export type BackendChoice = 'auto' | BackendName;

/** What a run computes on, and why. */
export interface DeviceReport {
  backend: BackendName;
  /** Plain: operations of tfjs. Compiled: kernels of our own, on WebGPU. */
  engine: 'plain' | 'compiled';
  /** Vendor and architecture of the adapter, or what stands in for one. */
  adapter: string;
  /** Why this one: a code that the interface puts into words. */
  reason:
    | 'webgpu'
    | 'chosen'
    | 'no_webgpu'
    | 'insecure_origin'
    | 'no_adapter'
    | 'software_adapter'
    | 'device_failed'
    | 'no_wasm'
    | 'self_test_failed';
  /** What the browser said when something failed. */
  detail?: string;
}

/** What a worker opens its device with. */
export interface OpenRequest {
  backend: BackendChoice;
  /** Address of the page: shipped checkpoints lie in `checkpoints/` beside it. */
  page: string;
}

/** One prompt before and after a stage's training, with the gold judge's view of both. */
export interface Sample {
  example: Example;
  before: Response & { verdict: Verdict };
  after: Response & { verdict: Verdict };
}

export interface ProgressEvent {
  kind: 'progress';
  stage: StageName;
  step: number;
  steps: number;
  /** Seconds of computing in this stage so far. */
  seconds: number;
  tokens: number;
  flop: number;
  metrics: Record<string, number>;
}

export type PipelineEvent =
  | { kind: 'stage_started'; stage: StageName; resumedAt: number }
  | ProgressEvent
  | { kind: 'samples'; stage: StageName; step: number; samples: readonly Sample[] }
  | { kind: 'stage_done'; stage: StageName; report: StageReport; run: RunReport }
  /** A loss or gradient that is not a number: the stage stopped, the last good checkpoint is kept. */
  | { kind: 'stage_failed'; stage: StageName; step: number; message: string; keptStep: number | null }
  | { kind: 'run_done'; run: RunReport }
  /** The device was lost, another one is open: the run goes on from its last snapshot. `message` is the driver's. */
  | { kind: 'device_replaced'; device: DeviceReport; message: string };

/** What the page hears from its worker. */
export type TrainerEvent =
  | PipelineEvent
  /** The device is lost or complains, at any time after the opening; `message` is the driver's. */
  | { kind: 'device_problem'; problem: 'device_lost' | 'gpu_error'; message: string }
  /** Bytes that the engine has allocated on the device; more than `budget` it refuses. */
  | { kind: 'memory'; bytes: number; budget: number };

export type RunState = 'idle' | 'running' | 'paused';

export interface RunRequest {
  preset: PresetName;
  seed: number;
  stages: readonly StageName[];
  base: 'shipped' | 'train';
  /** What the reward model learns from: the simulated labeller, or this person's choices in the arena. */
  labels: 'simulated' | 'person';
  /** Of the simulated labeller; default 'gold', the one that ranks as the judge does. */
  taste?: Taste;
}

/** Two answers of the SFT model for a person to choose from. */
export interface ArenaPair {
  id: string;
  example: Example;
  responses: readonly [Response, Response];
}

export interface ArenaChoice {
  pair: ArenaPair;
  choice: Choice;
}

export interface ChatRequest {
  /** Key of a stored checkpoint, see `CheckpointInfo`. */
  checkpoint: string;
  prompt: string;
  temperature: number;
  seed: number;
}

/** A stored checkpoint, without its weights. */
export interface CheckpointInfo {
  key: string;
  stage: StageName;
  preset: string;
  seed: number;
  parameters: number;
  bytes: number;
  /** Shipped with the page, not made here. */
  shipped: boolean;
  scores: Record<string, number>;
}

/** What the browser keeps of a run. */
export interface StoredRunReport {
  /** Null before the first stage is done. */
  report: RunReport | null;
  labels: RunRequest['labels'];
  /** The stage that was cut off and can go on. */
  unfinished: { stage: StageName; step: number; steps: number } | null;
}

/** What the trainer worker offers through Comlink. Every method rejects with an Error whose message can be shown. */
export interface TrainerApi {
  /** Opens the device; `onEvents` gets all that happens from then on, in order, in batches, at most 20 a second. */
  open(request: OpenRequest, onEvents: (events: readonly TrainerEvent[]) => void): Promise<DeviceReport>;
  /**
   * Runs stages in order; resolves when done, stopped or failed. Unfinished work of the same run goes on. `steps` is
   * after how many steps to pause: Infinity for never.
   */
  run(request: RunRequest, steps: number): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** One step, then paused. */
  step(): Promise<void>;
  /** Ends the run after the current step; what is unfinished is stored and goes on at the next run. */
  stop(): Promise<void>;
  /** The stored ones of every run, then the shipped ones. */
  checkpoints(): Promise<CheckpointInfo[]>;
  /** What is stored of the run of this preset and seed, to show after a reload. */
  stored(run: Pick<RunRequest, 'preset' | 'seed'>): Promise<StoredRunReport | null>;
  chat(request: ChatRequest): Promise<Response>;
  /** Proposes a pair of answers by the SFT model of this run; null when it has none yet. */
  proposePair(request: Pick<RunRequest, 'preset' | 'seed'>): Promise<ArenaPair | null>;
  /** Stores a choice; resolves to the number of comparisons that teach something (ties do not). */
  choose(request: Pick<RunRequest, 'preset' | 'seed'>, choice: ArenaChoice): Promise<number>;
  preferences(request: Pick<RunRequest, 'preset' | 'seed'>): Promise<Preference[]>;
  undoChoice(request: Pick<RunRequest, 'preset' | 'seed'>): Promise<number>;
}

/** One line of the benchmark of workers/benchmark/figures.ts, as it is exported. */
export interface BenchmarkFigure {
  figure: string;
  adapter: string;
  unit: string;
  /** Medians of the samples; of the peer only where there is one. */
  ours: number | null;
  peer: string | null;
  peer_value: number | null;
  /** How many times as good ours is. */
  ratio: number | null;
  demand: { readonly kind: 'ratio_at_least' | 'at_most' | 'exactly'; readonly value: number } | null;
  met: boolean | null;
  ours_samples: readonly number[];
  peer_samples: readonly number[];
}

export interface BenchmarkResult {
  adapter: string;
  /** A processor in disguise. */
  software: boolean;
  /** What was trained; the titles of the figures name it. */
  presets: readonly PresetName[];
  figures: readonly BenchmarkFigure[];
}

export interface BenchmarkProgress {
  adapter: string;
  software: boolean;
  task: 'open' | 'products' | 'first steps' | 'steps' | 'rollouts';
  /** Null where none is at work. */
  preset: PresetName | null;
  /** Of the whole benchmark. */
  share: number;
}

/** Presets that are measured, and how often. */
export interface BenchmarkPlan {
  presets: readonly PresetName[];
  /** Samples of everything that is timed. */
  rounds: number;
}

export interface BenchmarkRequest {
  /** For a graphics card. */
  hardware: BenchmarkPlan;
  /** For a software adapter, with smaller matrix products. */
  software: BenchmarkPlan;
}

/** What the worker offers that measures the device; to be ended afterwards, or in the middle to stop it. */
export interface BenchmarkApi {
  /** Rejects with an Error whose message can be shown. */
  run(request: BenchmarkRequest, onProgress: (progress: BenchmarkProgress) => void): Promise<BenchmarkResult>;
}
