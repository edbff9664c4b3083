/**
 * Every gradient against finite differences of its own forward pass, on the CPU; then values and gradients of the
 * model's operations on WASM (plain and fused) against the CPU.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { relativeError } from '../../tools/reference/measure.ts';
import { plain } from '../../workers/engine/plain/operations.ts';
import { type LossDefinition } from '../../workers/engine/loss.ts';
import { clippedPolicyLoss, valueLoss } from '../../workers/algorithms/ppo.ts';
import { grpoLoss } from '../../workers/algorithms/grpo.ts';
import { pairArrays, rankingLoss, rankingPairs } from '../../workers/algorithms/reward.ts';
import { crossEntropy, crossEntropyWithMetrics } from '../../workers/algorithms/sft.ts';
import { type Ops, open } from './setup.ts';

interface Case {
  name: string;
  /** Shapes of the differentiable inputs. */
  shapes: number[][];
  op: (ops: Ops, ...inputs: tf.Tensor[]) => tf.Tensor;
  /** Draws one value of an input; default normal. */
  draw?: (rng: Rng) => number;
}

const ids = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');
/** Right and left padding, and a row without. */
const mask = (): tf.Tensor2D => tf.tensor2d([1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1], [3, 4]);

/** Every operation of `Operations` that has a gradient of its own. */
const operations: Case[] = [
  { name: 'rows, with repeats and unused rows', shapes: [[5, 3]], op: (ops, t) => ops.rows(t, ids([4, 0, 4, 2, 4])) },
  {
    name: 'add',
    shapes: [
      [3, 4],
      [3, 4],
    ],
    op: (ops, a, b) => ops.add(a, b),
  },
  {
    name: 'layerNorm',
    shapes: [[4, 6], [6], [6]],
    op: (ops, x, gain, bias) => ops.layerNorm(x, gain, bias, 1e-5),
  },
  { name: 'linear', shapes: [[5, 3], [3, 4], [4]], op: (ops, x, w, b) => ops.linear(x, w, b) },
  {
    name: 'project',
    shapes: [
      [5, 3],
      [7, 3],
    ],
    op: (ops, x, t) => ops.project(x, t),
  },
  {
    name: 'project to one score',
    shapes: [
      [5, 3],
      [1, 3],
    ],
    op: (ops, x, t) => ops.project(x, t),
  },
  { name: 'gelu', shapes: [[4, 5]], op: (ops, x) => ops.gelu(x), draw: (rng) => 2 * rng.normal() },
  { name: 'attention', shapes: [[12, 12]], op: (ops, qkv) => ops.attention(qkv, mask(), 2) },
  { name: 'tokenLogprobs', shapes: [[4, 6]], op: (ops, x) => ops.tokenLogprobs(x, ids([0, 5, 2, 2]), 0.7) },
];

/** Away from 0 and from the bounds of clips and maxima, where a difference would straddle the kink. */
const kinked = (rng: Rng): number =>
  (rng.chance(0.5) ? 1 : -1) * (0.2 + 0.5 * rng.uniform()) + (rng.chance(0.3) ? 1 : 0);

/** Every gradient of plain/gradients.ts, with the broadcasts and axes that losses use. */
const registered: Case[] = [
  { name: 'Add, broadcast', shapes: [[3, 4], [4]], op: (_, a, b) => tf.add(a, b) },
  {
    name: 'Sub, broadcast',
    shapes: [
      [3, 1],
      [3, 4],
    ],
    op: (_, a, b) => tf.sub(a, b),
  },
  {
    name: 'Multiply, broadcast',
    shapes: [
      [2, 3, 4],
      [3, 1],
    ],
    op: (_, a, b) => tf.mul(a, b),
  },
  {
    name: 'RealDiv, broadcast',
    shapes: [[3, 4], []],
    op: (_, a, b) => tf.div(a, b),
    draw: (rng) => 0.5 + rng.uniform(),
  },
  { name: 'Maximum', shapes: [[3, 4]], op: (_, a) => tf.maximum(a, tf.scalar(0.05)), draw: kinked },
  { name: 'Minimum', shapes: [[3, 4]], op: (_, a) => tf.minimum(tf.neg(a), tf.scalar(0.05)), draw: kinked },
  { name: 'Neg and Exp', shapes: [[5]], op: (_, a) => tf.exp(tf.neg(a)) },
  { name: 'Log', shapes: [[5]], op: (_, a) => tf.log(a), draw: (rng) => 0.5 + rng.uniform() },
  { name: 'Square', shapes: [[5]], op: (_, a) => tf.square(a) },
  { name: 'Softplus', shapes: [[9]], op: (_, a) => tf.softplus(a), draw: (rng) => 4 * rng.normal() },
  {
    name: 'Identity, Cast and Reshape',
    shapes: [[2, 6]],
    op: (_, a) => tf.reshape(tf.clone(tf.cast(a, 'float32')), [3, 4]),
  },
  { name: 'ClipByValue', shapes: [[20]], op: (_, a) => tf.clipByValue(a, -0.45, 0.85), draw: kinked },
  { name: 'Sum over an axis', shapes: [[2, 3, 4]], op: (_, a) => tf.sum(a, [0, 2]) },
  { name: 'Mean over an axis', shapes: [[3, 4]], op: (_, a) => tf.mean(a, 1, true) },
  { name: 'Slice', shapes: [[4, 5]], op: (_, a) => tf.slice(a, [1, 2], [2, 3]) },
  {
    name: 'SplitV',
    shapes: [[3, 6]],
    op: (_, a) => tf.mul(...(tf.split(a, [2, 2, 2], 1).slice(1) as [tf.Tensor, tf.Tensor])),
  },
];

/** A loss of 8 numbers, the last two outside the mask. */
function lossCase<Name extends string>(name: string, definition: LossDefinition<Name>, draw?: Case['draw']): Case {
  const rng = Rng.fromSeed(3, name);
  const given: Record<string, ArrayLike<number>> = {
    mask: [1, 1, 1, 1, 1, 1, 0, 0],
    ...pairArrays(
      rankingPairs(
        [
          [0, 1, 2],
          [1, 0, 0, 1],
        ],
        0.3,
      ),
    ),
  };
  return {
    name,
    shapes: [[8]],
    op: (ops, x) => {
      const arrays = Object.entries<'float' | 'int'>(definition.arrays).map(([array, type]) => {
        const near = /^old/.test(array) ? new Float32Array(8) : null;
        const values = (given[array] ??= near ?? Float32Array.from({ length: 8 }, () => rng.normal()));
        return [array, tf.tensor1d([...Array.from(values)], type === 'int' ? 'int32' : 'float32')] as const;
      });
      return ops.loss(definition, x, Object.fromEntries(arrays) as Record<Name, tf.Tensor>).loss;
    },
    draw,
  };
}

/** Inside the clip of .1 around 0, or well outside of it. */
const clipped = (rng: Rng): number => (rng.chance(0.5) ? kinked(rng) : 0.08 * (rng.uniform() - 0.5));

const losses: Case[] = [
  lossCase('cross-entropy', crossEntropy),
  lossCase('cross-entropy with metrics', crossEntropyWithMetrics),
  lossCase('clipped policy loss', clippedPolicyLoss(0.1), clipped),
  lossCase('value loss', valueLoss(null)),
  lossCase('clipped value loss', valueLoss(0.1), clipped),
  lossCase('GRPO loss', grpoLoss(0.1, 0.4), clipped),
  lossCase('ranking loss', rankingLoss()),
  lossCase('ranking loss, centred', rankingLoss(0.2)),
];

interface Evaluated {
  value: Float32Array;
  /** Of Σ weights · value, one an input. */
  gradients: Float32Array[];
}

const size = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

function inputsOf({ name, shapes, draw = (rng) => rng.normal() }: Case): Float32Array[] {
  const rng = Rng.fromSeed(1, name);
  return shapes.map((shape) => Float32Array.from({ length: size(shape) }, () => draw(rng)));
}

const weightsOf = ({ name }: Case, length: number): Float32Array => {
  const rng = Rng.fromSeed(2, name);
  return Float32Array.from({ length }, () => rng.normal());
};

function forward(ops: Ops, { shapes, op }: Case, inputs: Float32Array[]): Float32Array {
  return tf.tidy(() =>
    op(ops, ...inputs.map((x, i) => tf.tensor(x, shapes[i])))
      .dataSync<'float32'>()
      .slice(),
  );
}

function evaluate(ops: Ops, test: Case): Evaluated {
  const inputs = inputsOf(test);
  const value = forward(ops, test, inputs);
  const gradients = tf.tidy(() => {
    const weighted = (...x: tf.Tensor[]): tf.Scalar => {
      const y = test.op(ops, ...x);
      return tf.sum(tf.mul(y, tf.tensor(weightsOf(test, y.size), y.shape)));
    };
    return tf
      .grads(weighted)(inputs.map((x, i) => tf.tensor(x, test.shapes[i])))
      .map((gradient) => gradient.dataSync<'float32'>().slice());
  });
  return { value, gradients };
}

/** Fourth-order central differences of Σ weights · value, summed in double precision. */
function differences(ops: Ops, test: Case, step: number): Float32Array[] {
  const inputs = inputsOf(test);
  const objective = (): number => {
    const value = forward(ops, test, inputs);
    const weights = weightsOf(test, value.length);
    return value.reduce((sum, y, i) => sum + y * (weights[i] as number), 0);
  };
  return inputs.map((x) =>
    x.map((at, i) => {
      const shifted = (by: number): number => {
        x[i] = at + by;
        const result = objective();
        x[i] = at;
        return result;
      };
      return (8 * (shifted(step) - shifted(-step)) - (shifted(2 * step) - shifted(-2 * step))) / (12 * step);
    }),
  );
}

describe('against finite differences', () => {
  beforeAll(() => open('cpu'));

  it.each([...operations, ...registered, ...losses])('$name', (test) => {
    const { gradients } = evaluate(plain, test);
    const expected = differences(plain, test, 0.02);
    gradients.forEach((gradient, i) => {
      expect(relativeError(gradient, expected[i]!), `input ${i}`).toBeLessThan(1e-3);
    });
  });
});

describe('WASM against the CPU', () => {
  const cpu = new Map<string, Evaluated>();
  let fused: Ops;

  beforeAll(async () => {
    await open('cpu');
    for (const test of [...operations, ...registered, ...losses]) cpu.set(test.name, evaluate(plain, test));
    fused = (await open('wasm')).ops;
    expect(fused).not.toBe(plain);
  });

  const agrees = (ops: Ops, test: Case): void => {
    const { value, gradients } = evaluate(ops, test);
    const expected = cpu.get(test.name)!;
    expect(relativeError(value, expected.value)).toBeLessThan(1e-5);
    gradients.forEach((gradient, i) => {
      expect(relativeError(gradient, expected.gradients[i]!), `input ${i}`).toBeLessThan(1e-5);
    });
  };

  it.each([...operations, ...registered, ...losses])('plain $name', (test) => {
    agrees(plain, test);
  });

  it.each(operations)('fused $name', (test) => {
    agrees(fused, test);
  });
});
