/**
 * The plain backend: every operation composed of tfjs operations, with the gradient written out.
 *
 * It runs wherever tfjs runs (WebGPU, WASM, CPU) and is the oracle for every faster kernel. Gradients are spelled
 * out because tfjs's own lack kernels on WASM (UnsortedSegmentSum) or use transposed products that are ten times
 * slower there (1.4 against 15 GFLOP/s): `matMul` below transposes first on that backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LossDefinition } from '../loss.ts';
import type { LossValue, Operations } from '../operations.ts';
import { attention } from './attention.ts';
import { columnSums, matMul, withGradient } from './differentiable.ts';

/** [N] int32 → [N, depth] float32. Cast afterwards: asked for float32, the WASM kernel of tfjs 4.22 writes int32 bits. */
function oneHot(indices: tf.Tensor1D, depth: number): tf.Tensor2D {
  // tfjs refuses a depth of 1: the only token of a batch.
  if (depth === 1) return tf.ones([indices.shape[0], 1]);
  return tf.cast(tf.oneHot(indices, depth) as tf.Tensor2D, 'float32');
}

/** A product with a one-hot matrix: no scatter with float atomics, so that a seed gives the same run twice. */
function rows(table: tf.Tensor2D, indices: tf.Tensor1D): tf.Tensor2D {
  return withGradient(
    [table],
    ([t]) => {
      const picked = oneHot(indices, t.shape[0]);
      return { value: tf.matMul(picked, t), saved: [picked] };
    },
    (dy, [picked]) => [matMul(picked, dy, true, false)],
  );
}

function layerNorm(x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  return withGradient(
    [x, gain, bias],
    ([x, gain, bias]) => {
      const centred = tf.sub(x, tf.mean(x, 1, true));
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
      const normal = tf.mul(centred, inverse);
      return { value: tf.add<tf.Tensor2D>(tf.mul(normal, gain), bias), saved: [normal, inverse, gain] };
    },
    (dy, [normal, inverse, gain]) => {
      const d = tf.mul(dy, gain);
      const along = tf.mul(normal, tf.mean(tf.mul(d, normal), 1, true));
      return [
        tf.mul(inverse, tf.sub(tf.sub(d, tf.mean(d, 1, true)), along)),
        columnSums(tf.mul(dy, normal)),
        columnSums(dy),
      ];
    },
  );
}

function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  return withGradient(
    [x, weight, bias],
    ([x, weight, bias]) => ({ value: tf.add<tf.Tensor2D>(tf.matMul(x, weight), bias), saved: [x, weight] }),
    (dy, [x, weight]) => [matMul(dy, weight, false, true), matMul(x, dy, true, false), columnSums(dy)],
  );
}

function project(x: tf.Tensor2D, table: tf.Tensor2D): tf.Tensor2D {
  return withGradient(
    [x, table],
    ([x, table]) => ({ value: matMul(x, table, false, true), saved: [x, table] }),
    (dy, [x, table]) => [tf.matMul(dy, table), matMul(dy, x, true, false)],
  );
}

/** .5·(1 + tanh u) = σ(2u), and the logistic function is the faster kernel on WASM. */
function gelu(x: tf.Tensor2D): tf.Tensor2D {
  const c = 2 * Math.sqrt(2 / Math.PI);
  return withGradient(
    [x],
    ([x]) => {
      const gate = tf.sigmoid(tf.mul(x, tf.add(tf.mul(tf.square(x), 0.044715 * c), c)));
      return { value: tf.mul<tf.Tensor2D>(x, gate), saved: [x, gate] };
    },
    (dy, [x, gate]) => {
      const slope = tf.mul(x, tf.add(tf.mul(tf.square(x), 3 * 0.044715 * c), c));
      return [tf.mul(dy, tf.mul(gate, tf.add(tf.mul(slope, tf.sub(1, gate)), 1)))];
    },
  );
}

function tokenLogprobs(logits: tf.Tensor2D, ids: tf.Tensor1D, temperature: number): tf.Tensor1D {
  return withGradient(
    [logits],
    ([logits]) => {
      const logprobs = tf.logSoftmax(tf.div<tf.Tensor2D>(logits, temperature));
      const chosen = oneHot(ids, logits.shape[1]);
      return { value: tf.sum<tf.Tensor1D>(tf.mul(logprobs, chosen), 1), saved: [logprobs, chosen] };
    },
    (dy, [logprobs, chosen]) => [tf.mul(tf.expandDims(tf.div(dy, temperature), 1), tf.sub(chosen, tf.exp(logprobs)))],
  );
}

function tokenEntropy(logits: tf.Tensor2D): tf.Tensor1D {
  const logprobs = tf.logSoftmax(logits);
  return tf.neg(tf.sum(tf.mul(tf.exp(logprobs), logprobs), 1));
}

function loss<Name extends string>(
  definition: LossDefinition<Name>,
  x: tf.Tensor,
  arrays: Readonly<Record<Name, tf.Tensor>>,
): LossValue<tf.Tensor> {
  const entries = Object.entries<tf.Tensor>(arrays).map(([name, array]) => [name, tf.reshape(array, [-1])]);
  return definition.plain(tf.reshape(x, [-1]), Object.fromEntries(entries) as Record<Name, tf.Tensor1D>);
}

export const plain: Operations<tf.Tensor> = {
  rows: (table, indices) => rows(table as tf.Tensor2D, indices as tf.Tensor1D),
  add: (a, b) => tf.add(a, b),
  layerNorm: (x, gain, bias, epsilon) => layerNorm(x as tf.Tensor2D, gain as tf.Tensor1D, bias as tf.Tensor1D, epsilon),
  linear: (x, weight, bias) => linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D),
  project: (x, table) => project(x as tf.Tensor2D, table as tf.Tensor2D),
  gelu: (x) => gelu(x as tf.Tensor2D),
  attention: (qkv, mask, heads) => attention(qkv as tf.Tensor2D, mask as tf.Tensor2D, heads),
  tokenLogprobs: (logits, ids, temperature) => tokenLogprobs(logits as tf.Tensor2D, ids as tf.Tensor1D, temperature),
  tokenEntropy: (logits) => tokenEntropy(logits as tf.Tensor2D),
  tokenHits: (logits, ids) => tf.cast(tf.equal(tf.argMax(logits, 1), ids), 'float32'),
  loss,
};
