/** What the page and the worker that measures the device say to each other, and what they export. */
import type { PresetName } from './presets.ts';

/** What a figure of the benchmark is about, whatever the model and the device. */
export type BenchmarkKind =
  // Time and speed.
  | 'matrix_product'
  | 'train_step'
  | 'first_step'
  | 'worker_train_step'
  | 'wasm_train_step'
  | 'training_speed'
  | 'step_products'
  | 'host_time'
  | 'host_share'
  | 'rollout'
  | 'rollout_speed'
  // What WebGPU is asked for.
  | 'step_dispatches'
  | 'step_submits'
  | 'step_buffers'
  | 'step_bind_groups'
  | 'step_writes'
  | 'step_readbacks'
  | 'rollout_readbacks'
  | 'rollout_flag_reads'
  | 'rollout_submits'
  | 'token_dispatches'
  // Memory, and what many steps leave of it.
  | 'gpu_memory'
  | 'tensors_left'
  | 'buffers_left'
  | 'gpu_memory_left'
  | 'accounted_memory_left'
  | 'heap_left'
  // Whether it is right.
  | 'decode_error'
  | 'gradient_error';

export type BenchmarkUnit = 'ms' | 'bytes' | 'count' | 'relative' | 'nats' | 'share' | 'tokens/s' | 'GFLOP/s';

/** What a figure must fulfil: a ratio to the peer, or a bound or the value of our own median. */
export interface BenchmarkDemand {
  readonly kind: 'ratio_at_least' | 'at_most' | 'exactly';
  readonly value: number;
}

/** One line of the benchmark, as it is exported. The medians, the ratio and `met` follow from the samples and the demand. */
export interface BenchmarkFigure {
  /** English, for people: what was measured of which model. */
  figure: string;
  kind: BenchmarkKind;
  /** Whose model was measured; null where it was none of a preset's. */
  preset: PresetName | null;
  /** What it ran on. */
  adapter: string;
  unit: BenchmarkUnit;
  /** Median of `ours_samples`; null where our engine was left out. */
  ours: number | null;
  peer: string | null;
  /** Median of `peer_samples`. */
  peer_value: number | null;
  /**
   * How many times as good ours is: peer_value / ours, of rates ours / peer_value. Null where one of them is missing or the
   * divisor is 0.
   */
  ratio: number | null;
  demand: BenchmarkDemand | null;
  /** Null without a demand, or without what it is about. */
  met: boolean | null;
  ours_samples: readonly number[];
  peer_samples: readonly number[];
}

export interface BenchmarkResult {
  adapter: string;
  /** A processor in disguise. */
  software: boolean;
  /** What was trained. */
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
  /** Of the page, see core/build.ts: a worker of another build refuses. */
  build: string;
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
