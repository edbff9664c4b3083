/**
 * Every fused kernel against a plain composition of tfjs operations: values and gradients on odd shapes, the same bits
 * every time, and no tensor left behind.
 *
 * The composition runs on tfjs's 'cpu' backend with tfjs's own gradients, so neither the kernels' arithmetic nor their
 * derivatives are shared with what they are held to.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
// The union package only for the gradients it registers.
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import * as fused from '../../workers/engine/wasm/fused.ts';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Input values with their shape. */
interface Given {
  shape: number[];
  values: Float32Array;
}

interface Case {
  name: string;
  fused: Op;
  plain: Op;
  inputs: Given[];
}

beforeAll(async () => {
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await fused.installFusedKernels();
});

// ---- inputs ----

/** Park and Miller's generator: numbers in (-scale, scale), the same on every run. */
function numbers(shape: number[], scale: number, seed: number): Given {
  let state = seed;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (state * 48271) % 2147483647;
    return scale * ((2 * state) / 2147483647 - 1);
  });
  return { shape, values };
}

function integers(length: number, below: number): number[] {
  return Array.from(numbers([length], 1, 99).values, (x) => Math.floor(((x + 1) / 2) * below));
}

type Padding = 'none' | 'left' | 'right' | 'holes';

/** A [B, T] mask; row b is padded by a different amount from its neighbours. */
function maskOf(B: number, T: number, padding: Padding): number[] {
  return Array.from({ length: B * T }, (_, n) => {
    const t = n % T;
    const pad = Math.floor((T * (1 + Math.floor(n / T))) / (B + 2));
    if (padding === 'left') return t < pad ? 0 : 1;
    if (padding === 'right') return t >= T - pad ? 0 : 1;
    return padding === 'holes' && (n * 7) % 5 < 2 ? 0 : 1;
  });
}

// ---- plain compositions ----

function plainAttention(qkv: tf.Tensor, mask: number[], heads: number): tf.Tensor {
  const [B, T, width] = qkv.shape as [number, number, number];
  const size = width / 3 / heads;
  const [q, k, v] = tf.split(qkv, 3, 2).map((x) => tf.transpose(tf.reshape(x, [B, T, heads, size]), [0, 2, 1, 3])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const bias = new Float32Array(B * T * T);
  for (let n = 0; n < bias.length; n++) {
    const [b, i, j] = [Math.floor(n / T / T), Math.floor(n / T) % T, n % T];
    bias[n] = j <= i && (mask[b * T + j] === 1 || j === i) ? 0 : -1e9;
  }
  const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(size));
  const weights = tf.softmax(tf.add(scores, tf.tensor(bias, [B, 1, T, T])));
  return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [B, T, width / 3]);
}

const plainLayerNorm: Op = (x, gain, bias) => {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), gain), bias);
};

const plainGelu: Op = (x) => {
  const u = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(u)));
};

/** [N] to [N, depth] float32. */
const oneHot = (ids: number[], depth: number): tf.Tensor =>
  tf.cast(tf.oneHot(tf.tensor1d(ids, 'int32'), depth), 'float32');

// ---- cases ----

const cases: Case[] = [];

const attentionShapes: [B: number, T: number, D: number, heads: number, padding: Padding][] = [
  [1, 1, 48, 4, 'none'],
  [3, 1, 96, 4, 'left'],
  [3, 7, 48, 4, 'right'],
  [3, 7, 36, 6, 'left'],
  [1, 63, 96, 4, 'holes'],
  [3, 63, 36, 6, 'holes'],
  [3, 64, 96, 8, 'left'],
  [3, 65, 128, 4, 'left'],
  [1, 65, 20, 4, 'right'],
  [3, 200, 96, 4, 'right'],
  [1, 200, 96, 2, 'none'],
];
for (const [B, T, D, heads, padding] of attentionShapes) {
  const mask = maskOf(B, T, padding);
  cases.push({
    name: `attention B ${B}, T ${T}, D ${D}, heads ${heads}, padding ${padding}`,
    fused: (qkv) => fused.attention(qkv as tf.Tensor3D, tf.tensor2d(mask, [B, T], 'float32'), heads),
    plain: (qkv) => plainAttention(qkv, mask, heads),
    inputs: [numbers([B, T, 3 * D], 3, 11 + T)],
  });
}

for (const [N, D] of [
  [1, 48],
  [7, 96],
  [33, 128],
  [65, 37],
  [613, 96],
] as const) {
  const [rows, gain, bias] = [numbers([N, D], 4, 5), numbers([D], 2, 6), numbers([D], 1, 7)];
  cases.push(
    {
      name: `layerNorm ${N} x ${D}`,
      fused: (x, g, b) => fused.layerNorm(x as tf.Tensor2D, g as tf.Tensor1D, b as tf.Tensor1D, 1e-5),
      plain: plainLayerNorm,
      inputs: [rows, gain, bias],
    },
    {
      name: `gelu ${N} x ${D}`,
      fused: (x) => fused.gelu(x as tf.Tensor2D),
      plain: plainGelu,
      inputs: [numbers([N, D], 8, 8)],
    },
    {
      name: `biasAdd ${N} x ${D}`,
      fused: (x, b) => fused.biasAdd(x as tf.Tensor2D, b as tf.Tensor1D),
      plain: (x, b) => tf.add(x, b),
      inputs: [rows, bias],
    },
  );
}

for (const [N, V] of [
  [1, 53],
  [63, 53],
  [65, 613],
  [200, 613],
  [5, 3],
] as const) {
  const ids = integers(N, V);
  cases.push(
    {
      name: `tokenLogprobs ${N} x ${V}`,
      fused: (logits) => fused.tokenLogprobs(logits as tf.Tensor2D, tf.tensor1d(ids, 'int32'), 0.7),
      plain: (logits) => tf.sum(tf.mul(tf.logSoftmax(tf.div(logits, 0.7)), oneHot(ids, V)), 1),
      inputs: [numbers([N, V], 12, 9)],
    },
    {
      name: `embed ${N} of ${V} x 96`,
      fused: (table) => fused.embed(table as tf.Tensor2D, tf.tensor1d(ids, 'int32')),
      plain: (table) => tf.matMul(oneHot(ids, V), table),
      inputs: [numbers([V, 96], 1, 10)],
    },
  );
}

// ---- what is measured ----

/** The value and the gradients of sum(op · weights), weights fixed. */
function run(op: Op, inputs: Given[]): Float32Array[] {
  const read = tf.tidy(() => {
    const tensors = inputs.map(({ shape, values }) => tf.tensor(values, shape));
    const value = op(...tensors);
    const dy = numbers(value.shape, 1, 3);
    return [value, ...tf.grads(op)(tensors, tf.tensor(dy.values, dy.shape))];
  });
  const arrays = read.map((tensor) => tensor.dataSync<'float32'>());
  tf.dispose(read);
  return arrays;
}

async function on<T>(backend: 'cpu' | 'wasm', body: () => T): Promise<T> {
  await tf.setBackend(backend);
  try {
    return body();
  } finally {
    await tf.setBackend('wasm');
  }
}

/** max |a − b| / max |b|. */
function distance(a: Float32Array, b: Float32Array): number {
  let apart = 0;
  let size = 0;
  for (let n = 0; n < b.length; n++) {
    // Math.max keeps a not-a-number, which no bound then accepts.
    apart = Math.max(apart, Math.abs(a[n]! - b[n]!));
    size = Math.max(size, Math.abs(b[n]!));
  }
  // Where everything is 0 (softmax over one key), the absolute distance.
  return size > 1e-6 ? apart / size : apart;
}

describe('against the plain composition', () => {
  test.each(cases)('$name', async (given) => {
    const expected = await on('cpu', () => run(given.plain, given.inputs));
    const actual = run(given.fused, given.inputs);
    expect(actual.map((array) => array.length)).toEqual(expected.map((array) => array.length));
    actual.forEach((array, n) => {
      expect(distance(array, expected[n]!), n === 0 ? 'value' : `gradient ${n - 1}`).toBeLessThan(5e-6);
    });
  });
});

describe('every operation', () => {
  const oneOfEach = [
    'attention B 3, T 65',
    'layerNorm 65',
    'gelu 65',
    'biasAdd 65',
    'tokenLogprobs 65',
    'embed 65',
  ].map((start) => cases.find(({ name }) => name.startsWith(start))!);

  test.each(oneOfEach)('repeats bit for bit: $name', ({ fused: op, inputs }) => {
    const first = run(op, inputs);
    // Another shape in between, so that scratch memory holds something else.
    for (const other of oneOfEach) run(other.fused, other.inputs);
    expect(run(op, inputs)).toEqual(first);
  });

  test('leaves no tensor behind in 200 calls', () => {
    for (const { fused: op, inputs } of oneOfEach) run(op, inputs);
    const before = tf.memory();
    for (let n = 0; n < 200; n++) {
      const { fused: op, inputs } = oneOfEach[n % oneOfEach.length]!;
      run(op, inputs);
    }
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });

  test.each(oneOfEach)('passes not-a-number on: $name', ({ fused: op, inputs }) => {
    const [first, ...rest] = inputs;
    const values = first!.values.slice().fill(NaN);
    const [value] = run(op, [{ shape: first!.shape, values }, ...rest]);
    expect(value!.every(Number.isNaN)).toBe(true);
  });
});

describe('misuse is named', () => {
  const ids = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

  test.each([
    ['heads that do not divide', () => fused.attention(tf.zeros([1, 2, 10]), tf.ones([1, 2]), 4), /3 x 4 heads/],
    [
      'a mask of another shape',
      () => fused.attention(tf.zeros([1, 2, 12]), tf.ones([1, 3]), 4),
      /mask is float32 \[1, 3\]/,
    ],
    [
      'an id beyond the table',
      () => fused.embed(tf.zeros([4, 8]), ids([0, 4])),
      /id 4 at position 1 is not in \[0, 4\)/,
    ],
    ['a negative id', () => fused.tokenLogprobs(tf.zeros([1, 8]), ids([-1]), 1), /id -1 at position 0/],
    ['float ids', () => fused.embed(tf.zeros([4, 8]), tf.zeros([2])), /expected int32 \[2\]/],
  ] as const)('%s', (_, misuse, message) => {
    expect(() => tf.tidy<tf.Tensor>(misuse)).toThrow(message);
  });
});
