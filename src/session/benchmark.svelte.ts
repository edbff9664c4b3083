/** The benchmark of this device: asks a worker of its own for it, and ends that worker afterwards. */
import type {
  BenchmarkFigure,
  BenchmarkKind,
  BenchmarkProgress,
  BenchmarkRequest,
  BenchmarkResult,
} from '../core/benchmark-protocol.ts';
import { BUILD } from '../core/build.ts';
import type { DeviceReport } from '../core/protocol.ts';
import type { PresetName } from '../core/presets.ts';
import { messageOf } from '../core/thrown.ts';
import { type BenchmarkWorker, callable, startBenchmark } from './worker.ts';

/** A software adapter takes seconds for what a graphics card does in milliseconds. */
const REQUEST: BenchmarkRequest = {
  build: BUILD,
  hardware: { presets: ['micro', 'small', 'medium'], rounds: 5 },
  software: { presets: ['nano'], rounds: 3 },
};

/** Why nothing can be measured here. */
export type Missing = Extract<DeviceReport['reason'], 'insecure_origin' | 'no_webgpu' | 'no_adapter'>;

/** What was measured of one preset: medians. Null where it was not. */
export interface Row {
  preset: PresetName;
  /** Training, tokens a second. */
  trained: number | null;
  /** How many times as fast as stock tfjs. */
  trainedRatio: number | null;
  /** Of a training step's matrix products. */
  gflops: number | null;
  /** Share of `gflops` in the best matrix product of this device. */
  peakShare: number | null;
  /** Rollouts, tokens a second. */
  sampled: number | null;
  sampledRatio: number | null;
}

export class Benchmark {
  state = $state<'idle' | 'running' | 'done' | 'failed'>('idle');
  progress = $state.raw<BenchmarkProgress | null>(null);
  result = $state.raw<BenchmarkResult | null>(null);
  /** English, for those who look closer. */
  failure = $state('');
  /** A run began, and the benchmark made way. */
  interrupted = $state(false);
  /** Undefined while that is looked for; null: nothing is missing. */
  missing = $state<Missing | null>();
  #worker: BenchmarkWorker | null = null;

  /** Looks for WebGPU. */
  async look(): Promise<void> {
    const { gpu } = navigator as { gpu?: GPU };
    if (!gpu) this.missing = isSecureContext ? 'no_webgpu' : 'insecure_origin';
    else this.missing = (await gpu.requestAdapter().catch(() => null)) ? null : 'no_adapter';
  }

  start(): void {
    if (this.state === 'running') return;
    this.state = 'running';
    this.interrupted = false;
    this.progress = null;
    this.result = null;
    const worker = startBenchmark((message) => this.#end(worker, { state: 'failed', failure: message }));
    this.#worker = worker;
    const hear = callable((progress: BenchmarkProgress) => {
      if (this.#worker === worker) this.progress = progress;
    });
    worker.api.run(REQUEST, hear).then(
      (result) => this.#end(worker, { state: 'done', result }),
      (error: unknown) => this.#end(worker, { state: 'failed', failure: messageOf(error) }),
    );
  }

  stop(): void {
    if (this.#worker) this.#end(this.#worker, { state: 'idle' });
  }

  /** Makes way for a run: both at once would only slow each other down. */
  interrupt(): void {
    if (this.state !== 'running') return;
    this.stop();
    this.interrupted = true;
  }

  get rows(): readonly Row[] {
    return this.result ? this.result.presets.map((preset) => rowOf(preset, this.result?.figures ?? [])) : [];
  }

  /** GFLOP/s of the best matrix product. */
  get peak(): number | null {
    const products = this.result?.figures.filter(({ kind }) => kind === 'matrix_product') ?? [];
    return products.length === 0 ? null : Math.max(...products.map(({ ours }) => ours ?? 0));
  }

  /** Only of the worker that is at work: what an ended one still says comes too late. */
  #end(worker: BenchmarkWorker, outcome: Partial<Pick<Benchmark, 'state' | 'result' | 'failure'>>): void {
    worker.end();
    if (this.#worker !== worker) return;
    this.#worker = null;
    Object.assign(this, outcome);
  }
}

/** The figures of a preset. */
function rowOf(preset: PresetName, figures: readonly BenchmarkFigure[]): Row {
  const find = (kind: BenchmarkKind): BenchmarkFigure | undefined =>
    figures.find((figure) => figure.kind === kind && figure.preset === preset);
  const [training, products, rollout] = [find('training_speed'), find('step_products'), find('rollout_speed')];
  return {
    preset,
    trained: training?.ours ?? null,
    trainedRatio: training?.ratio ?? null,
    gflops: products?.ours ?? null,
    peakShare: products?.ratio ?? null,
    sampled: rollout?.ours ?? null,
    sampledRatio: rollout?.ratio ?? null,
  };
}
