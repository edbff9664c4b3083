/**
 * Does the device compute? A tiny network of every operation, forward and gradient, against tfjs's CPU backend.
 *
 * Some phones return zeros without an error, an invalid pipeline yields loss 0 at absurd speed, and a fused kernel may
 * be wrong on one machine: a check of numbers at start catches all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Feed, computation } from './computation.ts';
import type { Engine } from './engine.ts';
import { tokenLoss } from './loss.ts';
import { ParameterLayout } from './parameters.ts';
import { PlainEngine } from './plain/engine.ts';
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

const selfTestLoss = tokenLoss({
  name: 'self-test',
  arrays: ['entropies'],
  metrics: ['entropy'],
  plain: (x, { entropies }) => ({ loss: tf.neg(x), entropy: entropies }),
  wgsl: 'let loss = -x; let slope = -1.0; let entropy = entropies;',
});

const network = computation({
  name: 'self-test',
  inputs: {
    ids: { extent: 'tokens', type: 'int' },
    positions: { extent: 'tokens', type: 'int' },
    mask: { extent: 'tokens', type: 'float' },
    select: { extent: 'selected', type: 'token_index' },
    targets: { extent: 'selected', type: 'int' },
    counted: { extent: 'selected', type: 'float' },
  },
  build: (ops, p, { ids, positions, mask, select, targets, counted }) => {
    const x = ops.add(ops.rows(p['tokens'] as never, ids), ops.rows(p['positions'] as never, positions));
    const normal = ops.layerNorm(x, p['gain'] as never, p['bias'] as never, 1e-5);
    const qkv = ops.linear(normal, p['qkv'] as never, p['qkvBias'] as never);
    const hidden = ops.gelu(ops.add(x, ops.attention(qkv, mask, HEADS)));
    const logits = ops.project(ops.rows(hidden, select), p['tokens'] as never);
    const logprobs = ops.tokenLogprobs(logits, targets, 0.8);
    return { loss: ops.loss(selfTestLoss, logprobs, { entropies: ops.tokenEntropy(logits), mask: counted }) };
  },
});

function feed(): Feed {
  const indices = (first: number, stride: number, below: number): Int32Array =>
    Int32Array.from({ length: BATCH * TIME }, (_, i) => (first + stride * i) % below);
  return {
    size: BATCH,
    time: TIME,
    arrays: {
      ids: indices(3, 4, VOCABULARY),
      positions: indices(0, 1, TIME),
      mask: Float32Array.of(1, 1, 1, 1, 1, 0, 0, 1, 1, 1),
      select: indices(0, 1, BATCH * TIME),
      targets: indices(1, 7, VOCABULARY),
      counted: Float32Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1, 1),
    },
  };
}

/** Loss, metric, norm and the gradient of every parameter, as `engine` computes them. */
async function lossAndGradients(engine: Engine): Promise<Record<string, Float32Array>> {
  // No pattern that a wrong kernel could hit by chance; padding stays 0.
  const values = layout.slots.map(({ name, rows, columns }, k) => [
    name,
    Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(1.7 * i + 0.01 * i * i + k)),
  ]);
  const flat = layout.pack(Object.fromEntries(values) as Record<string, Float32Array>);
  const variables = engine.createVariables(layout, flat);
  try {
    const { gradient, report } = await engine.gradient(variables, [{ computation: network, feed: feed() }]);
    const [term] = report.terms;
    const figures = Float32Array.of(report.loss, report.grad_norm, term?.metrics['entropy'] ?? NaN);
    return { figures, ...layout.unpack(gradient) };
  } finally {
    variables.dispose();
  }
}

/** Whether `actual` has, up to TOLERANCE, the values of `expected`; NaN is never close. */
function close(actual: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return expected.every((x, i) => Math.abs((actual[i] as number) - x) <= TOLERANCE * largest);
}

/**
 * Whether `engine` on the current tfjs backend computes what the plain one computes on the CPU. The backend is the same
 * afterwards; a kernel that throws has failed the test.
 */
export async function selfTest(engine: Engine): Promise<boolean> {
  const backend = tf.getBackend();
  try {
    const actual = await lossAndGradients(engine);
    await tf.setBackend('cpu');
    const expected = Object.entries(await lossAndGradients(new PlainEngine(plain)));
    return expected.every(([name, array]) => close(actual[name] as Float32Array, array));
  } catch {
    return false;
  } finally {
    await tf.setBackend(backend);
  }
}
