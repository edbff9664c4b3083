/**
 * How fast the device multiplies matrices with our kernels at their best: what a training step is held against.
 *
 * x [rows, inner] · weights [inner, outer], in the shapes of a transformer's linear layers. One submit repeats the product
 * until it takes TARGET_MS or so, or the host's share would be measured along with it.
 */
import type { CompiledEngine } from '../engine/compiled/engine.ts';
import { RUN_BYTES, type Run, runBytes } from '../engine/compiled/kernel.ts';
import { DIRECT, TILED, type Tiling, matmulForward } from '../engine/compiled/kernels/matmul.ts';
import { Recorder } from '../engine/compiled/recorder.ts';
import { median } from './figures.ts';

export interface ProductSize {
  /** A multiple of 32. */
  rows: number;
  inner: number;
  outer: number;
}

/** What a product of one size reached with one tiling. */
export interface ProductSpeed extends ProductSize {
  /** 'chosen' is the engine's own. */
  tiling: 'chosen' | 'tiled' | 'direct';
  /** Milliseconds a product. */
  ms_samples: readonly number[];
  /** 10⁹ floating-point operations a second, by the median; a multiply-add counts as two. */
  gflops: number;
}

export interface MatmulPeakOptions {
  sizes?: readonly ProductSize[];
  /** Samples a product. Default 5. */
  rounds?: number;
  /** Ends it between two products, with the signal's reason. */
  signal?: AbortSignal;
}

export const PRODUCT_SIZES: readonly ProductSize[] = [
  { rows: 1024, inner: 256, outer: 256 },
  { rows: 2048, inner: 256, outer: 512 },
  { rows: 4096, inner: 512, outer: 512 },
];

const TARGET_MS = 30;
/** No more products a submit than this: a browser's watchdog counts seconds. */
const MOST_PRODUCTS = 256;

/** Floating-point operations of a product. */
export const productFlops = ({ rows, inner, outer }: ProductSize): number => 2 * rows * inner * outer;

/** The engine's own tiling, and those of graphics cards and software adapters where they are others. */
export function tilingsOf({ tiling }: CompiledEngine): [ProductSpeed['tiling'], Tiling][] {
  const known: [ProductSpeed['tiling'], Tiling][] = [
    ['tiled', TILED],
    ['direct', DIRECT],
  ];
  const text = JSON.stringify(tiling);
  return [['chosen', tiling], ...known.filter(([, other]) => JSON.stringify(other) !== text)];
}

/** Every size with every tiling of `tilingsOf`, as each is measured. Rejects with the engine's errors. */
export async function* matmulSpeeds(
  engine: CompiledEngine,
  { sizes = PRODUCT_SIZES, rounds = 5, signal }: MatmulPeakOptions = {},
): AsyncGenerator<ProductSpeed, void> {
  for (const size of sizes)
    for (const [name, tiling] of tilingsOf(engine)) {
      signal?.throwIfAborted();
      const ms_samples = await timeProduct(engine, size, tiling, rounds);
      yield { ...size, tiling: name, ms_samples, gflops: productFlops(size) / median(ms_samples) / 1e6 };
    }
}

async function timeProduct(
  engine: CompiledEngine,
  { rows, inner, outer }: ProductSize,
  tiling: Tiling,
  rounds: number,
): Promise<number[]> {
  const { gpu } = engine;
  const { queue } = gpu.device;
  const run: Run = { batch: 1, time: rows, tokens: rows, selected: 0, pairs: 0, weight: 1 };
  const kernel = matmulForward({ rows: 'tokens', inner, outer, tiling });
  const sizes = gpu.createBuffer('sizes', RUN_BYTES, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  const arrays = [rows * inner, inner * outer, rows * outer].map((n) => gpu.createStorage('matmul peak', n * 4));
  try {
    queue.writeBuffer(sizes, 0, runBytes(run));
    // Not zeros, at which a chip draws less power and clocks higher.
    for (const array of arrays.slice(0, 2))
      queue.writeBuffer(
        array,
        0,
        Float32Array.from({ length: array.size / 4 }, (_, i) => Math.sin(i)),
      );
    const entries = [sizes, ...arrays].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const bindGroup = gpu.device.createBindGroup({ layout: gpu.layoutOf(kernel), entries });
    const product = { pipeline: gpu.pipelineOf(kernel), bindGroup };
    /** Milliseconds a product, of `count` in one submit. */
    const time = async (count: number): Promise<number> => {
      const recorder = new Recorder(gpu.device);
      for (let i = 0; i < count; i++) recorder.dispatch(product, kernel.grid(run));
      const start = performance.now();
      recorder.submit();
      await gpu.orLost(queue.onSubmittedWorkDone());
      return (performance.now() - start) / count;
    };
    // The first compiles; the second tells how many make a measurement.
    await time(1);
    const count = Math.min(MOST_PRODUCTS, Math.max(1, Math.round(TARGET_MS / (await time(1)))));
    await time(count);
    const samples: number[] = [];
    while (samples.length < rounds) samples.push(await time(count));
    gpu.check();
    return samples;
  } finally {
    for (const buffer of [sizes, ...arrays]) gpu.destroy(buffer);
  }
}
