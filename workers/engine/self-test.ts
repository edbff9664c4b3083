/**
 * Does the device compute? A tiny network of every operation, forward and gradient, against tfjs's CPU backend.
 *
 * Some phones return zeros without an error, an invalid pipeline yields loss 0 at absurd speed, and a fused kernel may
 * be wrong on one machine: a check of numbers at start catches all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from './operations.ts';
import { plain } from './plain/operations.ts';

/** Largest difference allowed, relative to the largest value of an array; the exponentials of GPUs are a little rough. */
const TOLERANCE = 1e-3;

const BATCH = 2;
const TIME = 5;
const HEADS = 2;
const WIDTH = 8;
const VOCABULARY = 11;
const SHAPES = {
  tokens: [VOCABULARY, WIDTH],
  positions: [TIME, WIDTH],
  gain: [WIDTH],
  bias: [WIDTH],
  qkv: [WIDTH, 3 * WIDTH],
  qkvBias: [3 * WIDTH],
} as const;

/** Values without a pattern that a wrong kernel could hit by chance, in −1 … 1. */
const values = (size: number, phase: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase + 0.01 * i * i));

/** Loss, then the gradient of every parameter, as computed by `ops` on the current backend. */
async function lossAndGradients(ops: Operations<tf.Tensor>): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const parameters = Object.values(SHAPES).map((shape, i) => {
      const size = shape.reduce<number>((a, b) => a * b, 1);
      return tf.tensor(values(size, i), [...shape]);
    });
    const step = (first: number, stride: number, below: number): tf.Tensor1D =>
      tf.tensor1d(
        Array.from({ length: BATCH * TIME }, (_, i) => (first + stride * i) % below),
        'int32',
      );
    const ids = step(3, 4, VOCABULARY);
    const targets = step(1, 7, VOCABULARY);
    const positions = step(0, 1, TIME);
    const mask = tf.tensor2d([1, 1, 1, 1, 1, 0, 0, 1, 1, 1], [BATCH, TIME]);
    const loss = (...p: tf.Tensor[]): tf.Scalar => {
      const [tokens, place, gain, bias, qkv, qkvBias] = p as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const x = ops.add(ops.rows(tokens, ids), ops.rows(place, positions));
      const mixed = ops.attention(ops.linear(ops.layerNorm(x, gain, bias, 1e-5), qkv, qkvBias), mask, HEADS);
      return tf.neg(tf.mean(ops.tokenLogprobs(ops.project(ops.gelu(ops.add(x, mixed)), tokens), targets, 0.8)));
    };
    const { value, grads } = tf.valueAndGrads(loss)(parameters);
    return [value, ...grads];
  });
  const arrays = await Promise.all(results.map(async (result) => Float32Array.from(await result.data())));
  tf.dispose(results);
  return arrays;
}

/** Whether `actual` has the shape and, up to TOLERANCE, the values of `expected`; NaN is never close. */
function close(actual: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return (
    actual.length === expected.length &&
    actual.every((value, i) => Math.abs(value - (expected[i] as number)) <= TOLERANCE * largest)
  );
}

/**
 * Whether `ops` on the current tfjs backend compute what the plain ones compute on the CPU. The backend is the same
 * afterwards; a kernel that throws has failed the test.
 */
export async function selfTest(ops: Operations<tf.Tensor>): Promise<boolean> {
  const backend = tf.getBackend();
  try {
    const actual = await lossAndGradients(ops);
    await tf.setBackend('cpu');
    const expected = await lossAndGradients(plain);
    return actual.every((array, i) => close(array, expected[i] as Float32Array));
  } catch {
    return false;
  } finally {
    await tf.setBackend(backend);
  }
}
