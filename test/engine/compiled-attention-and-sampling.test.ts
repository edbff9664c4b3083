/**
 * The compiled engine's attention and sampling kernels, each dispatched by itself: attention against the plain tfjs
 * operations (values and gradients), attention over a cache against that over the whole sequence, sampling against the
 * host's sampler.
 */
import { type TestContext, afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { Rng } from '../../src/core/rng.ts';
import { openDawn } from '../../tools/dawn.ts';
import { type Kernel, RUN_BYTES, runBytes, stride } from '../../workers/engine/compiled/kernel.ts';
import { attentionBackward, attentionForward } from '../../workers/engine/compiled/kernels/attention.ts';
import { type Lanes, lanesOf } from '../../workers/engine/compiled/kernels/lanes.ts';
import { cacheKeysValues, cachedAttention } from '../../workers/engine/compiled/kernels/cached-attention.ts';
import {
  ENDED,
  NO_TOKEN,
  type SampleOptions,
  countAlive,
  sampleOptions,
  sampleTokens,
} from '../../workers/engine/compiled/kernels/sample.ts';
import { WIDE_SUMS } from '../../workers/engine/compiled/kernels/reduce.ts';
import { attention } from '../../workers/engine/plain/attention.ts';
import { requestDevice } from '../../workers/engine/webgpu.ts';
import { keptTokens, sampleToken } from '../../workers/model/sampling.ts';

/** As on a graphics card; compiled-engine.test.ts covers the narrow ones of software adapters. */
const sums = WIDE_SUMS;

// ---- a device, and kernels on it ----

let device: GPUDevice | undefined;
let reason = '';
const problems: string[] = [];

beforeAll(async () => {
  // Without it tfjs recommends its native package.
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const dawn = await openDawn({ software: true });
  if (!dawn.gpu) return void (reason = dawn.reason);
  device = await requestDevice((await dawn.gpu.requestAdapter())!);
  device.addEventListener('uncapturederror', ({ error }) => problems.push(error.message));
});
beforeEach(({ skip }: TestContext) => {
  if (!device) skip(`no WebGPU in Node: ${reason}`);
});
afterAll(() => {
  expect(problems).toEqual([]);
  device?.destroy();
});

type Words = Float32Array | Uint32Array;

/** What arrays hold before a kernel writes them, so that what it leaves out shows. */
const UNWRITTEN = 12345;
const unwritten = (length: number): Float32Array => new Float32Array(length).fill(UNWRITTEN);

function upload(words: Words): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device!.createBuffer({ size: Math.max(16, words.byteLength), usage });
  device!.queue.writeBuffer(buffer, 0, words);
  return buffer;
}

async function download(buffer: GPUBuffer): Promise<ArrayBuffer> {
  const { size } = buffer;
  const copy = device!.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device!.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, size);
  device!.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const bytes = copy.getMappedRange().slice(0);
  copy.destroy();
  return bytes;
}

const floats = async (buffer: GPUBuffer): Promise<Float32Array> => new Float32Array(await download(buffer));
const words = async (buffer: GPUBuffer): Promise<Uint32Array> => new Uint32Array(await download(buffer));

/** A function that dispatches the kernel on its buffers for a batch of rows. */
function prepare({ code, access, label, grid }: Kernel) {
  const visibility = GPUShaderStage.COMPUTE;
  const layout = device!.createBindGroupLayout({
    entries: [
      { binding: 0, visibility, buffer: { type: 'uniform' } },
      ...access.map((how, i) => ({
        binding: i + 1,
        visibility,
        buffer: { type: how === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
      })),
    ],
  });
  const pipeline = device!.createComputePipeline({
    label,
    layout: device!.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device!.createShaderModule({ code }), entryPoint: 'main' },
  });
  return (batch: number, time: number, ...buffers: GPUBuffer[]): void => {
    const run = { batch, time, tokens: batch * time, selected: 0, pairs: 0, weight: 1 };
    const uniform = device!.createBuffer({ size: RUN_BYTES, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    device!.queue.writeBuffer(uniform, 0, runBytes(run));
    const entries = [uniform, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = device!.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device!.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(...grid(run));
    pass.end();
    device!.queue.submit([encoder.finish()]);
  };
}

// ---- arrays ----

/** Rows as the kernels have them, `stride(width)` apart. */
function padded(values: ArrayLike<number>, width: number): Float32Array {
  const pitch = stride(width);
  const rows = values.length / width;
  const out = new Float32Array(rows * pitch);
  for (let i = 0; i < values.length; i++) out[Math.floor(i / width) * pitch + (i % width)] = values[i]!;
  return out;
}

/** max |a − b| / max |b|; the absolute distance where b is 0. */
function distance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let apart = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    // Math.max keeps a not-a-number, which no bound then accepts.
    apart = Math.max(apart, Math.abs(a[i]! - b[i]!));
    size = Math.max(size, Math.abs(b[i]!));
  }
  return size > 1e-6 ? apart / size : apart;
}

const normals = (length: number, scale: number, seed: number): Float32Array => {
  const rng = Rng.fromSeed(seed, 'normals');
  return Float32Array.from({ length }, () => scale * rng.normal());
};

// ---- attention ----

const paddings = ['none', 'right', 'left', 'one row masked'] as const;
type Padding = (typeof paddings)[number];

/** A mask [B, T]; rows differ in how much they are padded. */
const maskOf = (B: number, T: number, padding: Padding): Float32Array =>
  Float32Array.from({ length: B * T }, (_, n) => {
    const [b, t] = [Math.floor(n / T), n % T];
    const pad = Math.floor((T * (b + 1)) / (B + 2));
    if (padding === 'left') return t < pad ? 0 : 1;
    if (padding === 'right') return t >= T - pad ? 0 : 1;
    return padding === 'one row masked' && b === B - 1 ? 0 : 1;
  });

interface AttentionCase {
  B: number;
  T: number;
  width: number;
  heads: number;
  padding: Padding;
}

/** out, terms and dQkv of the kernels; out and dQkv with the padding of their rows. */
async function attentionKernels(
  { B, T, width, heads }: AttentionCase,
  arrays: Record<'qkv' | 'mask' | 'dOut', Words>,
  lanes: Lanes,
) {
  const [qkv, mask] = [upload(padded(arrays.qkv, 3 * width)), upload(arrays.mask)];
  const out = upload(unwritten(B * T * stride(width)));
  const terms = upload(unwritten(2 * B * heads * T));
  prepare(attentionForward({ width, heads, lanes }))(B, T, qkv, mask, out, terms);
  const dQkv = upload(unwritten(B * T * stride(3 * width)));
  const dOut = upload(padded(arrays.dOut, width));
  const [queries, keys] = attentionBackward({ width, heads, lanes });
  prepare(queries)(B, T, qkv, mask, out, terms, dOut, dQkv);
  prepare(keys)(B, T, qkv, mask, terms, dOut, dQkv);
  return {
    out: await floats(out),
    terms: (await floats(terms)).subarray(0, 2 * B * heads * T),
    dQkv: await floats(dQkv),
  };
}

/** As many as the device has, where there are none the test is done twice. */
const widest = (): Lanes => lanesOf(device!.features, device!.adapterInfo);

describe.each(['alone', 'in subgroups'] as const)('attention, invocations %s', { timeout: 120_000 }, (how) => {
  const lanesHere = (): Lanes => (how === 'alone' ? 1 : widest());
  const shapes = [
    [48, 4],
    [96, 4],
    [128, 1],
    [128, 2],
    [128, 4],
    [20, 4],
    [48, 8],
    [35, 5],
  ] as const;
  const cases: AttentionCase[] = [];
  for (const [width, heads] of shapes)
    for (const T of [1, 7, 63, 65, 200])
      // The long ones once, because the plain operations take their time.
      for (const padding of T === 200 ? (['right'] as const) : paddings)
        cases.push({ B: padding === 'none' ? 1 : 3, T, width, heads, padding });
  const given = ({ B, T, width, padding }: AttentionCase) => ({
    qkv: normals(B * T * 3 * width, 1.5, 1),
    dOut: normals(B * T * width, 1, 2),
    mask: maskOf(B, T, padding),
  });

  test.each(cases)('B $B, T $T, width $width, heads $heads, padding $padding', async (shape) => {
    const { B, T, width, heads } = shape;
    const { qkv, dOut, mask } = given(shape);
    const [value, gradient] = tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((x) =>
        tf.sum(
          tf.mul(attention(x as tf.Tensor2D, tf.tensor2d(mask, [B, T]), heads), tf.tensor2d(dOut, [B * T, width])),
        ),
      )(tf.tensor2d(qkv, [B * T, 3 * width]));
      value.dispose();
      const out = attention(tf.tensor2d(qkv, [B * T, 3 * width]), tf.tensor2d(mask, [B, T]), heads);
      return [out.dataSync<'float32'>(), grad.dataSync<'float32'>()];
    });
    const actual = await attentionKernels(shape, { qkv, dOut, mask }, lanesHere());
    expect(actual.terms.every(Number.isFinite)).toBe(true);
    expect(actual.terms.includes(UNWRITTEN)).toBe(false);
    // The padding of rows is 0 too.
    expect(distance(actual.out.subarray(0, B * T * stride(width)), padded(value, width))).toBeLessThan(1e-5);
    expect(distance(actual.dQkv.subarray(0, B * T * stride(3 * width)), padded(gradient, 3 * width))).toBeLessThan(
      1e-5,
    );
  });

  test('a context of 1100 tokens, and the same bits twice', async () => {
    const shape: AttentionCase = { B: 1, T: 1100, width: 16, heads: 2, padding: 'left' };
    const { T, width, heads } = shape;
    const arrays = given(shape);
    const first = await attentionKernels(shape, arrays, lanesHere());
    expect(await attentionKernels(shape, arrays, lanesHere())).toEqual(first);
    const value = tf.tidy(() =>
      attention(tf.tensor2d(arrays.qkv, [T, 3 * width]), tf.tensor2d(arrays.mask, [1, T]), heads).dataSync<'float32'>(),
    );
    expect(distance(first.out, value)).toBeLessThan(1e-5);
  });

  test('heads that do not divide the width are refused', () => {
    expect(() => attentionForward({ width: 10, heads: 4 })).toThrow('width 10 does not split into 4 heads');
  });
});

describe('attention over a cache', () => {
  test.each([
    [48, 4],
    [128, 2],
    [20, 4],
    [48, 8],
    [35, 5],
  ])('token by token as over the whole sequence: width %i, heads %i', async (width, heads) => {
    const [B, T, context] = [3, 250, 260];
    // Row b's prompt; the cache is filled from a pass over all rows' first `prompted` tokens, padding included.
    const lengths = [1, 170, 40];
    const prompted = 170;
    const qkv = normals(B * T * 3 * width, 1.5, 3);
    const expected = tf.tidy(() =>
      attention(tf.tensor2d(qkv, [B * T, 3 * width]), tf.ones([B, T]), heads).dataSync<'float32'>(),
    );
    const rowsOf = (first: (b: number) => number, count: number): Float32Array =>
      padded(
        Array.from({ length: B }, (_, b) => [
          ...qkv.subarray((b * T + first(b)) * 3 * width, (b * T + first(b) + count) * 3 * width),
        ]).flat(),
        3 * width,
      );
    const generate = async (): Promise<Float32Array[]> => {
      const cache = upload(unwritten(B * context * stride(2 * width)));
      prepare(cacheKeysValues({ width, context }))(B, prompted, upload(rowsOf(() => 0, prompted)), cache);
      const attend = prepare(cachedAttention({ width, heads, context, sums }));
      const outs: Float32Array[] = [];
      for (let i = 0; i < 80; i++) {
        const positions = lengths.map((length) => length + i);
        const out = upload(unwritten(B * stride(width)));
        attend(B, 1, upload(rowsOf((b) => positions[b]!, 1)), cache, upload(new Uint32Array(positions)), out);
        outs.push(await floats(out));
      }
      return outs;
    };
    const outs = await generate();
    outs.forEach((out, i) => {
      const rows = lengths.flatMap((length, b) => [
        ...expected.subarray((b * T + length + i) * width, (b * T + length + i + 1) * width),
      ]);
      expect(distance(out, padded(rows, width)), `token ${i}`).toBeLessThan(1e-5);
    });
    expect(await generate()).toEqual(outs);
  });

  test('a prompt longer than the context is cut off', async () => {
    const [width, context, B, T] = [4, 3, 2, 5];
    const qkv = Float32Array.from({ length: B * T * 3 * width }, (_, i) => i);
    const cache = upload(unwritten(B * context * 2 * width));
    prepare(cacheKeysValues({ width, context }))(B, T, upload(qkv), cache);
    const row = (b: number, t: number): number[] => Array.from({ length: 8 }, (_, i) => (b * T + t) * 12 + 4 + i);
    expect([...(await floats(cache))]).toEqual([0, 1].flatMap((b) => [0, 1, 2].flatMap((t) => row(b, t))));
  });
});

// ---- sampling ----

interface Sampler {
  /** One more token a row from logits [B, V]. */
  step(logits: Float32Array): void;
  read(): Promise<{
    tokens: Uint32Array;
    logprobs: Float32Array;
    next: Uint32Array;
    state: Uint32Array;
    alive: number;
  }>;
}

/** Rows whose prompts have 5 tokens; `filtered` where the options need it. */
function sampler(B: number, V: number, options: SampleOptions): Sampler {
  const filtered = options.topK !== undefined || options.topP !== undefined;
  const sample = prepare(sampleTokens({ vocabulary: V, filtered, sums }));
  const count = prepare(countAlive());
  const [state, tokens] = [new Uint32Array(2 * B).fill(4, 0, B), new Uint32Array(B * options.maxNew)].map(upload);
  const [logprobs, next, alive] = [unwritten(B * options.maxNew), unwritten(B), unwritten(1)].map(upload);
  const bound = upload(sampleOptions(options));
  return {
    step: (logits) => {
      const scores = upload(padded(logits, V));
      sample(B, 1, scores, bound, state!, tokens!, logprobs!, next!);
      count(B, 1, state!, alive!);
    },
    read: async () => ({
      tokens: (await words(tokens!)).subarray(0, B * options.maxNew),
      logprobs: (await floats(logprobs!)).subarray(0, B * options.maxNew),
      next: (await words(next!)).subarray(0, B),
      state: (await words(state!)).subarray(0, 2 * B),
      alive: (await words(alive!))[0]!,
    }),
  };
}

/** log softmax(logits / temperature) at `token`. */
function logprob(logits: Float32Array, token: number, temperature: number): number {
  const scaled = Array.from(logits, (x) => x / (temperature || 1));
  const largest = scaled.reduce((a, b) => Math.max(a, b));
  return scaled[token]! - largest - Math.log(scaled.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}

const never = { seed: 0xdeadbeef, firstRow: 0xfffffff0, stop: 0xfffffffe, pad: 3 };

describe('sampling', () => {
  test.each<[V: number, draws: number, filter: { topK?: number; topP?: number }, temperature: number]>([
    [5, 2000, {}, 1],
    [53, 2000, {}, 0.7],
    [613, 2000, {}, 1.3],
    [50257, 2000, {}, 1],
    [5, 2000, { topK: 2 }, 1],
    [53, 2000, { topK: 7, topP: 0.8 }, 1.2],
    [613, 2000, { topP: 0.9 }, 1],
    [50257, 200, { topK: 50, topP: 0.95 }, 0.8],
  ])('V %i, %i draws, %o, temperature %f: as the host', async (V, draws, filter, temperature) => {
    // Batches of rows, so that a step's logits stay small.
    const B = Math.min(draws, V > 1000 ? 50 : 500);
    const maxNew = draws / B;
    const run = sampler(B, V, { ...never, ...filter, temperature, maxNew });
    const steps = Array.from({ length: maxNew }, (_, i) => normals(B * V, 2, 100 + i));
    steps.forEach((logits) => run.step(logits));
    const { tokens, logprobs, next, state, alive } = await run.read();
    let equal = 0;
    let apart = 0;
    steps.forEach((logits, i) => {
      for (let b = 0; b < B; b++) {
        const row = logits.subarray(b * V, (b + 1) * V);
        const token = tokens[b * maxNew + i]!;
        const host = sampleToken(row, { temperature, ...filter }, never.seed, never.firstRow + b, i);
        equal += Number(host === token);
        apart = Math.max(apart, Math.abs(logprobs[b * maxNew + i]! - logprob(row, token, temperature)));
      }
    });
    // The host scores in f64: two scores may be so close that f32 takes the other.
    expect(equal / draws).toBeGreaterThanOrEqual(0.995);
    expect(apart).toBeLessThan(1e-4);
    expect([...next]).toEqual(Array.from({ length: B }, (_, b) => tokens[(b + 1) * maxNew - 1]));
    expect([...state]).toEqual([...new Array<number>(B).fill(4 + maxNew), ...new Array<number>(B).fill(maxNew)]);
    expect(alive).toBe(B);
  });

  /** Tokens of `count` steps of one row on the same logits. */
  async function draw(logits: number[], count: number, options: Partial<SampleOptions>): Promise<number[]> {
    const run = sampler(1, logits.length, { ...never, temperature: 1, maxNew: count, ...options });
    for (let i = 0; i < count; i++) run.step(Float32Array.from(logits));
    return [...(await run.read()).tokens];
  }

  test.each<[logits: number[], filter: { topK?: number; topP?: number }]>([
    [[1, 3, 3, 3, 2], { topK: 2 }],
    [[1, 3, 3, 3, 2], { topK: 4 }],
    [[0, -0, 0, -0, 0, -1], { topK: 3 }],
    [[2, 2, 2, 2], { topP: 0.5 }],
    [[2, 2, 2, 2], { topP: 0.51 }],
    [[2, 2, 2, 2], { topK: 2, topP: 0.9 }],
    [[-5, 2, 7, -1, 7], { topP: 0 }],
    [[-5, -4, -4, -6, -4], { topK: 1 }],
    [[1, 2, 3], { topK: 9, topP: 1 }],
  ])('ties: of %o, %o keeps what the host keeps', async (logits, filter) => {
    const drawn = await draw(logits, 150, { ...filter, temperature: 4 });
    const host = drawn.map((_, i) => sampleToken(logits, { temperature: 4, ...filter }, never.seed, never.firstRow, i));
    expect(drawn).toEqual(host);
    const kept = keptTokens(
      logits.map((x) => x / 4),
      filter.topK,
      filter.topP,
    );
    expect([...new Set(drawn)].sort()).toEqual(kept.sort());
  });

  test.each([{}, { topK: 3, topP: 0.1 }])('greedy takes the lowest id of ties, %o', async (filter) => {
    expect(await draw([1, 4, -2, 4, 4], 2, { temperature: 0, ...filter })).toEqual([1, 1]);
    expect(await draw([-7, -7, -8], 2, { temperature: 0, ...filter })).toEqual([0, 0]);
  });

  test('rows end with the stop token, stay ended, and are padded', async () => {
    const [B, V, maxNew, stop, pad] = [4, 6, 5, 2, 5];
    const run = sampler(B, V, { seed: 1, firstRow: 0, temperature: 0, stop, pad, maxNew });
    // Row b's most probable tokens, a step each.
    const plan = [
      [1, 2, 3, 3, 3],
      [2, 4, 4, 4, 4],
      [0, 1, 3, 4, 0],
      [0, 1, 3, 4, 2],
    ];
    const alive: number[] = [];
    let nexts: number[][] = [];
    // One step more than there is room for, which changes nothing.
    for (let i = 0; i <= maxNew; i++) {
      const logits = new Float32Array(B * V);
      plan.forEach((row, b) => (logits[b * V + (row[Math.min(i, maxNew - 1)] as number)] = 9));
      run.step(logits);
      const now = await run.read();
      alive.push(now.alive);
      nexts = [...nexts, [...now.next]];
    }
    const { tokens, logprobs, state } = await run.read();
    expect([...tokens]).toEqual([1, 2, 5, 5, 5, 2, 5, 5, 5, 5, 0, 1, 3, 4, 0, 0, 1, 3, 4, 2]);
    const ended = [...logprobs].map((x) => x === 0);
    expect(ended).toEqual([...tokens].map((token) => token === pad));
    expect(alive).toEqual([3, 2, 2, 2, 1, 1]);
    expect(nexts.map((next) => next.join(' '))).toEqual([
      '1 5 0 0',
      '5 5 1 1',
      '5 5 3 3',
      '5 5 4 4',
      '5 5 0 5',
      '5 5 0 5',
    ]);
    expect([...state]).toEqual([6, 5, 9, 9, ENDED + 2, ENDED + 1, 5, ENDED + 5]);
  });

  test('logits without a finite one are reported', async () => {
    expect(await draw([NaN, NaN, NaN], 2, {})).toEqual([NO_TOKEN, never.pad]);
  });

  test('the same bits twice', async () => {
    const once = async () => {
      const run = sampler(20, 613, { ...never, temperature: 1, topK: 40, topP: 0.9, maxNew: 3 });
      for (let i = 0; i < 3; i++) run.step(normals(20 * 613, 2, i));
      return run.read();
    };
    expect(await once()).toEqual(await once());
  });
});
