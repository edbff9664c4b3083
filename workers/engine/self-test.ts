/**
 * Does the device compute? A tiny network of every operation, forward and gradient, against tfjs's CPU backend.
 *
 * Some phones return zeros without an error, an invalid pipeline yields loss 0 at absurd speed, and a fused kernel may
 * be wrong on one machine: a check of numbers at start catches all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from './operations.ts';
import { ParameterLayout } from './parameters.ts';
import { plain } from './plain/operations.ts';

/** Largest difference allowed, relative to the largest value of an array; the exponentials of GPUs are a little rough. */
const TOLERANCE = 1e-3;

const BATCH = 2;
const TIME = 5;
const HEADS = 2;
const WIDTH = 8;
const VOCABULARY = 11;

const layout = new ParameterLayout([
  { name: 'tokens', shape: [VOCABULARY, WIDTH] },
  { name: 'positions', shape: [TIME, WIDTH] },
  { name: 'gain', shape: [WIDTH] },
  { name: 'bias', shape: [WIDTH] },
  { name: 'qkv', shape: [WIDTH, 3 * WIDTH] },
  { name: 'qkvBias', shape: [3 * WIDTH] },
]);

/** Loss, and the gradient of every parameter, as computed by `ops` on the current backend. */
async function lossAndGradients(ops: Operations<tf.Tensor>): Promise<Record<string, Float32Array>> {
  const [value, grad] = tf.tidy(() => {
    // No pattern that a wrong kernel could hit by chance.
    const parameters = Float32Array.from({ length: layout.length }, (_, i) => Math.sin(1.7 * i + 0.01 * i * i));
    const indices = (first: number, stride: number, below: number): tf.Tensor1D => {
      const values = Array.from({ length: BATCH * TIME }, (_, i) => (first + stride * i) % below);
      return tf.tensor1d(values, 'int32');
    };
    const ids = indices(3, 4, VOCABULARY);
    const targets = indices(1, 7, VOCABULARY);
    const mask = tf.tensor2d([1, 1, 1, 1, 1, 0, 0, 1, 1, 1], [BATCH, TIME]);
    const loss = (flat: tf.Tensor): tf.Scalar => {
      const views = layout.views(flat as tf.Tensor1D);
      const p = (name: string): tf.Tensor => views[name] as tf.Tensor;
      const x = ops.add(ops.rows(p('tokens'), ids), ops.rows(p('positions'), indices(0, 1, TIME)));
      const qkv = ops.linear(ops.layerNorm(x, p('gain'), p('bias'), 1e-5), p('qkv'), p('qkvBias'));
      const hidden = ops.gelu(ops.add(x, ops.attention(qkv, mask, HEADS)));
      return tf.neg(tf.mean(ops.tokenLogprobs(ops.project(hidden, p('tokens')), targets, 0.8)));
    };
    const { value, grad } = tf.valueAndGrad(loss)(tf.tensor1d(parameters));
    return [value, grad];
  });
  const [loss, gradient] = await Promise.all([value.data<'float32'>(), grad.data<'float32'>()]);
  const arrays = { loss: loss.slice(), ...layout.unpack(gradient) };
  tf.dispose([value, grad]);
  return arrays;
}

/** Whether `actual` has, up to TOLERANCE, the values of `expected`; NaN is never close. */
function close(actual: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return expected.every((x, i) => Math.abs((actual[i] as number) - x) <= TOLERANCE * largest);
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
    const expected = Object.entries(await lossAndGradients(plain));
    return expected.every(([name, array]) => close(actual[name] as Float32Array, array));
  } catch {
    return false;
  } finally {
    await tf.setBackend(backend);
  }
}
