/** Best-of-n, groups, and the traps of masked means: what the reference cases do not say. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { bestOfGroups, expectedBestOfN } from '../../workers/algorithms/best-of-n.ts';
import { sequenceLogprobs } from '../../workers/algorithms/dpo.ts';
import { gae, whiten } from '../../workers/algorithms/gae.ts';
import { grpoAdvantages, grpoLoss, rlooAdvantages } from '../../workers/algorithms/grpo.ts';
import { advantageMoments, clippedPolicyLoss, estimate, valueLoss } from '../../workers/algorithms/ppo.ts';
import { rankingPairs } from '../../workers/algorithms/reward.ts';
import { evaluateLoss } from '../../tools/reference/loss.ts';
import { download } from '../../tools/reference/measure.ts';
import type { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { maxDifference, open } from './setup.ts';

let engine: PlainEngine;
beforeAll(async () => {
  engine = await open('cpu');
});

describe('best-of-n', () => {
  it("finds each prompt's best response, the first of equals", () => {
    expect(bestOfGroups([1, 3, 3, -2, -5, -2], 3)).toEqual([1, 3]);
    expect(bestOfGroups([4, 5], 1)).toEqual([0, 1]);
    expect(() => bestOfGroups([1, 2, 3], 2)).toThrow(RangeError);
  });

  it('expects what the mean over all subsets is', () => {
    const rng = Rng.fromSeed(1);
    const scores = Array.from({ length: 6 }, () => rng.normal());
    const judged = scores.map((score) => score + rng.normal());
    for (let n = 1; n <= 6; n++) {
      let sum = 0;
      let subsets = 0;
      for (let bits = 0; bits < 2 ** 6; bits++) {
        const members = scores.map((_, i) => i).filter((i) => bits & (1 << i));
        if (members.length !== n) continue;
        sum += judged[members.reduce((a, b) => (scores[b]! > scores[a]! ? b : a))]!;
        subsets += 1;
      }
      expect(expectedBestOfN(scores, judged, n)).toBeCloseTo(sum / subsets, 10);
    }
    expect(() => expectedBestOfN(scores, judged, 7)).toThrow(RangeError);
  });

  it('stays finite for many samples', () => {
    const scores = Array.from({ length: 2000 }, (_, i) => i);
    expect(expectedBestOfN(scores, scores, 1)).toBeCloseTo(999.5, 6);
    expect(expectedBestOfN(scores, scores, 1000)).toBeCloseTo((1000 * 2001) / 1001 - 1, 6);
  });
});

describe('group advantages', () => {
  it('are relative to the group alone, and 0 in a group of equals', () => {
    const scores = Float32Array.of(1, 2, 3, 5, 5, 5);
    const grpo = grpoAdvantages(scores, 3);
    expect(grpo[0]).toBeCloseTo(-1, 3);
    expect([...grpo.subarray(3)]).toEqual([0, 0, 0]);
    expect([...rlooAdvantages(scores, 3)]).toEqual([-1.5, 0, 1.5, 0, 0, 0]);
    const shifted = scores.map((score, i) => (i < 3 ? score + 100 : score));
    expect([...rlooAdvantages(shifted, 3)]).toEqual([-1.5, 0, 1.5, 0, 0, 0]);
  });

  it.each([1, 4, 2.5])('need groups of at least two: not %s of 6', (group) => {
    expect(() => grpoAdvantages(new Float32Array(6), group)).toThrow(/groups of/);
  });
});

describe('tokens outside the mask', () => {
  const shape: [number, number] = [2, 4];
  const mask = [1, 1, 0, 0, 1, 1, 1, 0];
  const rng = Rng.fromSeed(2);
  const numbers = (): number[] => mask.map(() => 0.3 * rng.normal());
  const [logprobs, old, ref, advantages, values] = [numbers(), numbers(), numbers(), numbers(), numbers()];
  /** The same numbers inside the mask, garbage outside, other in each array: their differences overflow an exponential. */
  const spoilt = (x: number[], array: number): number[] =>
    x.map((value, i) => (mask[i] ? value : 1e4 * (array + 1) * (array % 2 === 0 ? 1 : -1)));
  const clean = (x: number[]): number[] => x;

  /** Loss, then gradient, of x with two more arrays. */
  type Evaluate = (x: Float32Array, y: Float32Array, z: Float32Array, mask: Float32Array) => Promise<number[]>;
  const given = Float32Array.from(advantages);

  it.each<[string, Evaluate]>([
    [
      'policy',
      async (x, oldLogprobs, _, mask) => {
        const arrays = { oldLogprobs, advantages: given, mask };
        const { loss, gradient } = await evaluateLoss(engine, clippedPolicyLoss(0.2), x, arrays);
        return [loss, ...gradient];
      },
    ],
    [
      'value',
      async (x, oldValues, returns, mask) => {
        const { loss, gradient } = await evaluateLoss(engine, valueLoss(0.2), x, { oldValues, returns, mask });
        return [loss, ...gradient];
      },
    ],
    [
      'GRPO',
      async (x, oldLogprobs, refLogprobs, mask) => {
        const advantages = mask.map((_, i) => (i < shape[1] ? 1 : -1));
        const arrays = { oldLogprobs, refLogprobs, advantages, mask };
        const { loss, gradient } = await evaluateLoss(engine, grpoLoss(0.2, 0.04), x, arrays);
        return [loss, ...gradient];
      },
    ],
    [
      'DPO',
      async (x, _y, _z, mask) => {
        const { value, grad } = await download(() =>
          tf.valueAndGrad((x: tf.Tensor): tf.Scalar => {
            const sums = sequenceLogprobs(x as tf.Tensor2D, tf.tensor2d(mask, shape));
            return tf.sum(tf.square(sums));
          })(tf.tensor2d(x, shape)),
        );
        return [...value, ...grad];
      },
    ],
  ])('count for nothing in the %s loss and its gradient', async (_, evaluate) => {
    const of = (change: (x: number[], array: number) => number[]): Promise<number[]> => {
      const [x, y, z] = [logprobs, old, ref].map((x, i) => Float32Array.from(change(x, i))) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      return evaluate(x, y, z, Float32Array.from(mask));
    };
    const result = await of(spoilt);
    expect(maxDifference(result, await of(clean))).toBe(0);
    mask.forEach((inside, i) => {
      if (!inside) expect(Math.abs(result[i + 1]!)).toBe(0);
    });
  });

  it('count for nothing in advantages and whitening', () => {
    const m = Float32Array.from(mask);
    const of = (change: (x: number[], array: number) => number[]) => {
      const estimates = gae(Float32Array.from(change(ref, 0)), Float32Array.from(change(values, 1)), m, 4, 0.99, 0.95);
      return { ...estimates, whitened: whiten(Float32Array.from(change(advantages, 2)), m) };
    };
    const expected = of(clean);
    for (const [name, x] of Object.entries(of(spoilt)))
      expect(maxDifference(x, expected[name as keyof typeof expected])).toBe(0);
    const { whitened } = of(spoilt);
    expect(whitened.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 5);
  });
});

it('whitened advantages have mean 0 and deviation 1; over padding, what its zeros make of them', () => {
  const rollout = {
    time: 3,
    mask: Float32Array.of(1, 1, 0, 1, 1, 1, 1, 0, 0),
    oldLogprobs: new Float32Array(9),
    refLogprobs: new Float32Array(9),
    oldValues: Float32Array.of(0.5, -1, 9, 0.2, 0.7, -0.3, 2, 9, 9),
    scores: Float32Array.of(2, 3, -1),
    ended: [true, true, true],
  };
  const options = { kl_coef: 0, missing_eos_penalty: 0, gamma: 1, lambda: 0.9 };
  const right = advantageMoments(estimate(rollout, options), rollout);
  expect(Math.abs(right.mean)).toBeLessThan(1e-6);
  expect(Math.abs(right.std - 1)).toBeLessThan(1e-6);

  const wrong = estimate(rollout, { ...options, whiten_pads: 1 });
  // By hand: mean and deviation of all nine entries, of which three are 0.
  const all = [...wrong.advantages];
  const mean = all.reduce((a, b) => a + b, 0) / 9;
  const deviation = Math.sqrt(all.reduce((sum, a) => sum + (a - mean) ** 2, 0) / 8);
  const expected = all.map((a, i) => (rollout.mask[i] ? (a - mean) / deviation : 0));
  expect(maxDifference(wrong.whitened, expected)).toBeLessThan(1e-6);
  expect(Math.abs(advantageMoments(wrong, rollout).mean)).toBeGreaterThan(0.1);
});

it("a response's score stands on its last real token, penalised when it did not end", () => {
  const rollout = {
    time: 3,
    mask: Float32Array.of(1, 1, 0, 1, 1, 1),
    oldLogprobs: new Float32Array(6),
    refLogprobs: new Float32Array(6),
    oldValues: new Float32Array(6),
    scores: Float32Array.of(2, 3),
    ended: [true, false],
  };
  const options = { kl_coef: 0.1, missing_eos_penalty: 1, gamma: 1, lambda: 1 };
  const { rewards, finalScores } = estimate(rollout, options);
  expect(maxDifference(rewards, [0, 2, 0, 0, 0, 2])).toBe(0);
  expect([...finalScores]).toEqual([2, 2]);
  expect(() => estimate({ ...rollout, mask: Float32Array.of(0, 0, 0, 1, 1, 1) }, options)).toThrow(
    /response 0 has no token/,
  );
});

it('pairs of a ranking weigh as a mean within a prompt, then over prompts; ties give none', () => {
  const pairs = rankingPairs(
    [
      [0, 1, 2],
      [1, 1],
      [0, 0, 1],
    ],
    0.5,
  );
  expect(pairs).toHaveLength(5);
  expect(pairs.map(({ better, worse }) => [better, worse])).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
    [5, 7],
    [6, 7],
  ]);
  expect(pairs.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  expect(pairs[3]).toMatchObject({ weight: 1 / 4, margin: 0.5 });
});
