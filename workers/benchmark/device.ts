/**
 * "Benchmark this device": what our engine reaches on the user's own adapter, beside stock tfjs and beside the best matrix
 * product of our kernels.
 *
 * To be run in a worker of its own that imports this file before anything else of ours: stock-registry.ts says why. The
 * worker is to be ended afterwards, because the device and tfjs's backend stay.
 */
import { type OurSubject, openCompiled } from './ours.ts';
import type { PresetName } from '../../src/core/presets.ts';
import type { BenchmarkFigure, BenchmarkKind, BenchmarkUnit } from '../../src/core/benchmark-protocol.ts';
import type { BackendOptions } from '../engine/backend.ts';
import { CompiledEngine } from '../engine/compiled/engine.ts';
import { findAdapter, isSoftware } from '../engine/webgpu.ts';
import { Counters, type Counts } from './counters.ts';
import { OURS, checkFigures, demands, figure, figures } from './figures.ts';
import { hostTime } from './host-time.ts';
import { PRODUCT_SIZES, type ProductSize, matmulSpeeds, productFlops, tilingsOf } from './matmul-peak.ts';
import { type Samples, checkLosses, firstSteps, interleaved, steps } from './measure.ts';
import { openStock } from './stock-tfjs.ts';
import { type Problem, type Size, type Subject, makeProblem, sizeName, stepFlops } from './subject.ts';

export interface PresetSize {
  /** What the user knows the size by. */
  preset: PresetName;
  size: Size;
}

export interface DeviceBenchmarkOptions {
  /** How the engine is opened. */
  backend: BackendOptions;
  /** What is trained, see `presetSize`. */
  sizes: readonly PresetSize[];
  /** Matrix products whose best is the peak. */
  products?: readonly ProductSize[];
  /** Samples of everything that is timed. Default 5. */
  rounds?: number;
  /** Whether stock tfjs takes part. Default true. */
  stock?: boolean;
  /** Ends it between two samples, with the signal's reason. */
  signal?: AbortSignal;
}

export interface DeviceProgress {
  task: 'open' | 'products' | 'first steps' | 'steps' | 'rollouts';
  /** Null where none is at work. */
  preset: PresetName | null;
  done: number;
  of: number;
}

/** Can be written as JSON. */
export interface DeviceBenchmark {
  adapter: string;
  /** A processor in disguise: no demand is made of it. */
  software: boolean;
  figures: BenchmarkFigure[];
}

const SMALL = 1e6;
const PEAK = 'best matrix product';

/**
 * Yields before each part of the work. Throws a BackendError where there is no WebGPU, and an Error when the losses of our
 * engine and stock tfjs differ, or WebGPU reported one.
 */
export async function* benchmarkDevice(
  options: DeviceBenchmarkOptions,
): AsyncGenerator<DeviceProgress, DeviceBenchmark> {
  const { backend, sizes, products = PRODUCT_SIZES, rounds = 5, signal } = options;
  yield { task: 'open', preset: null, done: 0, of: 1 };
  const problems: string[] = [];
  const ours = await openCompiled({
    ...backend,
    onProblem: (problem) => {
      problems.push(problem.message);
      backend.onProblem?.(problem);
    },
  });
  try {
    const { engine, adapter } = ours;
    if (!(engine instanceof CompiledEngine)) throw new Error('openCompiled gives the compiled engine');
    const found = await findAdapter(backend.gpu);
    const software = typeof found !== 'string' && isSoftware(found);
    const result: BenchmarkFigure[] = [];
    let peak: readonly number[] = [];
    let best = 0;
    const of = tilingsOf(engine).length * products.length;
    yield { task: 'products', preset: null, done: 0, of };
    for await (const product of matmulSpeeds(engine, { sizes: products, rounds, signal })) {
      const { rows, inner, outer, tiling, ms_samples, gflops } = product;
      const reached = ms_samples.map((ms) => productFlops(product) / ms / 1e6);
      if (gflops > best) [best, peak] = [gflops, reached];
      const title = `matrix product ${rows}×${inner}×${outer}, ${tiling}`;
      result.push(figure({ figure: title, kind: 'matrix_product', adapter, unit: 'GFLOP/s', ours: reached }));
      yield { task: 'products', preset: null, done: result.length, of };
    }
    for (const { preset, size } of sizes) {
      const problem = makeProblem(size);
      const trained: Trained = { preset, problem, adapter, software, peak };
      const own = ours.subject(problem);
      const subjects = [own, ...((options.stock ?? true) ? [openStock(problem)] : [])];
      try {
        result.push(...(yield* benchmarkSize(trained, own, subjects, rounds, signal)));
      } finally {
        for (const subject of subjects) subject.dispose();
      }
      // An invalid pipeline computes nothing, very fast.
      if (problems.length > 0) throw new Error(`WebGPU reported errors:\n${problems.join('\n')}`);
    }
    checkFigures(result);
    return { adapter, software, figures: result };
  } finally {
    ours.dispose();
  }
}

interface Trained {
  preset: PresetName;
  problem: Problem;
  adapter: string;
  software: boolean;
  /** GFLOP/s */
  peak: readonly number[];
}

async function* benchmarkSize(
  { preset, problem, adapter, software, peak }: Trained,
  own: OurSubject,
  subjects: readonly Subject[],
  rounds: number,
  signal?: AbortSignal,
): AsyncGenerator<DeviceProgress, BenchmarkFigure[]> {
  const { size, weights, rollout } = problem;
  const losses: Samples = {};
  const counted: Record<string, Counts> = {};
  const counters = new Counters();
  for (const [done, subject] of subjects.entries()) {
    signal?.throwIfAborted();
    yield { task: 'first steps', preset, done, of: subjects.length };
    losses[subject.name] = (await firstSteps(subject)).losses;
    counted[subject.name] = await counters.during(() => subject.step());
    // It compiles too.
    await subject.rollout?.();
  }
  checkLosses(losses);

  const step = yield* rounded('steps', steps(subjects));
  const rollouts = Object.fromEntries(subjects.map((subject) => [subject.name, async () => subject.rollout?.()]));
  const rolled = yield* rounded('rollouts', rollouts);
  const shares: number[] = [];
  while (shares.length < rounds) {
    const start = performance.now();
    const host = await hostTime(() => own.step());
    shares.push(host / (performance.now() - start));
  }

  const tokens = size.batch * size.time;
  const { rows, newTokens } = rollout;
  const parameters = Object.values(weights).reduce((sum, { length }) => sum + length, 0);
  const card = !software && parameters < SMALL;
  const base = (kind: BenchmarkKind, title: string, unit: BenchmarkUnit) => ({
    figure: `${title}, ${preset}: ${sizeName(size)}`,
    kind,
    preset,
    adapter,
    unit,
  });
  const counts = (key: keyof Counts): Samples =>
    Object.fromEntries(Object.entries(counted).map(([subject, each]) => [subject, [each[key]]]));
  return [
    ...figures(base('train_step', 'train step', 'ms'), step, (peer) =>
      card && peer !== null ? demands.card_step : null,
    ),
    ...figures(base('training_speed', 'training', 'tokens/s'), rates(step, tokens), () => null),
    figure({
      ...base('step_products', 'products of a training step', 'GFLOP/s'),
      ours: step[OURS]!.map((ms) => stepFlops(size) / ms / 1e6),
      peer: { name: PEAK, samples: peak },
    }),
    figure({
      ...base('host_share', "host's share of a step", 'share'),
      ours: shares,
      demand: software ? null : demands.host_share,
    }),
    ...figures(
      base('rollout_speed', `rollout ${rows}×${newTokens}`, 'tokens/s'),
      rates(rolled, rows * newTokens),
      () => null,
    ),
    ...figures(base('step_dispatches', 'dispatches a step', 'count'), counts('dispatches'), () =>
      demands.dispatches(size.layers),
    ),
    ...figures(base('step_submits', 'submits a step', 'count'), counts('submits'), () => demands.submits),
    ...figures(base('step_buffers', 'buffers created a step', 'count'), counts('buffers'), () => demands.created),
  ];

  async function* rounded(
    task: DeviceProgress['task'],
    tasks: Parameters<typeof interleaved>[0],
  ): AsyncGenerator<DeviceProgress, Samples> {
    const running = interleaved(tasks, rounds);
    yield { task, preset, done: 0, of: rounds };
    for (;;) {
      signal?.throwIfAborted();
      const next = await running.next();
      if (next.done === true) return next.value;
      yield { task, preset, done: next.value + 1, of: rounds };
    }
  }
}

/** Tokens a second from milliseconds for `tokens`. */
function rates(samples: Readonly<Samples>, tokens: number): Samples {
  return Object.fromEntries(
    Object.entries(samples).map(([name, ms]) => [name, ms.map((each) => (1000 * tokens) / each)]),
  );
}
