/** Training: what must hold before the first update, what an update may touch, what a saved optimiser continues to. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PromptAndResponse, padRows, responseBatch } from '../../src/core/data/batches.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { SPECIALS } from '../../src/core/world/vocabulary.ts';
import { policyObjective } from '../../workers/algorithms/ppo.ts';
import { rankingLoss, rankingPairs } from '../../workers/algorithms/reward.ts';
import { crossEntropy } from '../../workers/algorithms/sft.ts';
import { AdamW, type AdamWOptions, warmupCosine } from '../../workers/engine/adamw.ts';
import type { Parameters } from '../../workers/engine/parameters.ts';
import { NonFiniteError, type Objective, gradientOf, trainStep } from '../../workers/engine/train.ts';
import { generate } from '../../workers/model/generate.ts';
import { Model, responseLogprobs, sequenceScores } from '../../workers/model/model.ts';
import {
  EOS,
  type Ops,
  PAD,
  maxDifference,
  open,
  randomPairs,
  randomRows,
  tinyConfig,
  tinyModel,
  valuesOf,
} from './setup.ts';

const adamw: AdamWOptions = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 0.1, max_grad_norm: 1 };

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  let ops: Ops;
  beforeAll(async () => {
    ops = await open(backend);
  });

  /** Cross-entropy of the responses. */
  const sft =
    (pairs: readonly PromptAndResponse[], pad = PAD) =>
    (p: Parameters<tf.Tensor>): Objective => {
      const batch = responseBatch(pairs, pad);
      const mask = tf.tensor2d(batch.responseMask, [batch.size, batch.responseTime]);
      return { loss: crossEntropy(responseLogprobs(ops, p, tinyConfig, batch), mask) };
    };
  const logprobsOf = (model: Model, pairs: readonly PromptAndResponse[], temperature = 1): Promise<Float32Array> =>
    valuesOf(() =>
      responseLogprobs(ops, model.layout.views(model.flat), tinyConfig, responseBatch(pairs, PAD), temperature),
    );

  it('ratio = 1 before the first update, in minibatches of another padding', async () => {
    const model = tinyModel(1);
    const prompts = randomRows(4, 8, 1, 12);
    const sampling = { temperature: 0.8, maxNewTokens: 14, stop: EOS, pad: PAD, seed: 3 };
    const generations = await generate(ops, model, prompts, sampling);
    const pairs = generations.map(({ tokens }, b) => ({ prompt: prompts[b]!, response: tokens }));
    const time = Math.max(...pairs.map(({ response }) => response.length));
    const old = await logprobsOf(model, pairs, 0.8);
    for (const rows of [
      [0, 1],
      [2, 3, 4],
      [5, 6, 7],
    ]) {
      const minibatch = responseBatch(
        rows.map((b) => pairs[b]!),
        PAD,
      );
      const shape: [number, number] = [minibatch.size, minibatch.responseTime];
      const oldRows = rows.flatMap((b) => Array.from(old.subarray(b * time, b * time + minibatch.responseTime)));
      const { gradient, norm, report } = await gradientOf(model, (p) => {
        const logprobs = responseLogprobs(ops, p, tinyConfig, minibatch, 0.8);
        const mask = tf.tensor2d(minibatch.responseMask, shape);
        const before = tf.tensor2d(oldRows, shape);
        const { loss, ratio, approxkl, clipfrac } = policyObjective(logprobs, before, tf.ones(shape), mask, 0.2);
        const largest = tf.max<tf.Scalar>(tf.mul(tf.abs(tf.sub(logprobs, before)), mask));
        return { loss, metrics: { ratio, approxkl, clipfrac, largest } };
      });
      expect(report.metrics['largest']).toBeLessThan(1e-5);
      expect(report.metrics['ratio']).toBeCloseTo(1, 5);
      expect(report.metrics['approxkl']).toBeLessThan(1e-10);
      expect(report.metrics['clipfrac']).toBe(0);
      tf.dispose([gradient, norm]);
    }
    model.dispose();
  });

  it('learning rate 0 leaves every log-ratio at exactly 0', async () => {
    const model = tinyModel(1);
    const pairs = randomPairs(5, 6);
    const [before, weights] = [await logprobsOf(model, pairs), await model.weights()];
    const optimiser = new AdamW(model.layout, adamw);
    for (let i = 0; i < 3; i++) await trainStep(model, optimiser, 0, sft(pairs));
    expect(maxDifference(await logprobsOf(model, pairs), before)).toBe(0);
    expect(await model.weights()).toEqual(weights);
    await trainStep(model, optimiser, 1e-3, sft(pairs));
    expect(maxDifference(await logprobsOf(model, pairs), before)).toBeGreaterThan(1e-4);
    optimiser.dispose();
    model.dispose();
  });

  it('what stands at padding changes neither loss nor gradient', async () => {
    const model = tinyModel(1);
    const pairs = randomPairs(6, 5);
    const results = [];
    for (const pad of [PAD, 7]) {
      const { gradient, norm, report } = await gradientOf(model, sft(pairs, pad));
      results.push({ loss: report.loss, gradient: Float32Array.from(await gradient.data()) });
      tf.dispose([gradient, norm]);
    }
    expect(results[1]!.loss).toBeCloseTo(results[0]!.loss, 6);
    expect(maxDifference(results[1]!.gradient, results[0]!.gradient)).toBeLessThan(1e-6);
    model.dispose();
  });

  it('the same seed and data give the same bits twice', async () => {
    const run = async (): Promise<Float32Array> => {
      const model = tinyModel(1);
      const optimiser = new AdamW(model.layout, adamw);
      for (let i = 0; i < 5; i++) await trainStep(model, optimiser, 1e-2, sft(randomPairs(i, 4)));
      const flat = Float32Array.from(await model.flat.data());
      optimiser.dispose();
      model.dispose();
      return flat;
    };
    expect(maxDifference(await run(), await run())).toBe(0);
  });

  it('an optimiser that was saved continues as if it had not been', async () => {
    const straight = tinyModel(1);
    const optimiser = new AdamW(straight.layout, adamw);
    const step = (model: Model, of: AdamW, i: number): Promise<unknown> =>
      trainStep(model, of, 1e-2 * warmupCosine(i, 6, 2), sft(randomPairs(i, 4)));
    for (let i = 0; i < 3; i++) await step(straight, optimiser, i);
    const saved = { weights: await straight.weights(), state: await optimiser.state() };
    const resumed = new Model(tinyConfig, saved.weights);
    const continued = new AdamW(resumed.layout, adamw, saved.state);
    expect(saved.state.step).toBe(3);
    for (let i = 3; i < 6; i++) {
      await step(straight, optimiser, i);
      await step(resumed, continued, i);
    }
    expect(await resumed.weights()).toEqual(await straight.weights());
    expect(await continued.state()).toEqual(await optimiser.state());
    const short = { ...saved.state, m: saved.state.m.slice(1) };
    expect(() => new AdamW(resumed.layout, adamw, short)).toThrow(/optimiser state/);
    optimiser.dispose();
    continued.dispose();
    straight.dispose();
    resumed.dispose();
  });

  it.each([
    ['loss', (loss: tf.Scalar) => tf.div<tf.Scalar>(loss, 0)],
    ['gradient', (loss: tf.Scalar) => tf.mul<tf.Scalar>(tf.log(tf.exp(tf.mul(loss, -1000))), 0.001)],
  ])('a %s that is not finite stops the step before it changes anything', async (_, broken) => {
    const model = tinyModel(1);
    const optimiser = new AdamW(model.layout, adamw);
    await trainStep(model, optimiser, 1e-2, sft(randomPairs(1, 4)));
    const [flat, weights, state] = [model.flat, await model.weights(), await optimiser.state()];
    const tensors = tf.memory().numTensors;
    const step = trainStep(model, optimiser, 1e-2, (p) => ({ loss: broken(sft(randomPairs(2, 4))(p).loss) }));
    await expect(step).rejects.toThrow(NonFiniteError);
    expect(model.flat).toBe(flat);
    expect(await model.weights()).toEqual(weights);
    expect(await optimiser.state()).toEqual(state);
    expect(tf.memory().numTensors).toBe(tensors);
    optimiser.dispose();
    model.dispose();
  });

  it('a step leaves no tensor behind, over 200 steps', async () => {
    const model = tinyModel(1);
    const optimiser = new AdamW(model.layout, adamw);
    const step = (i: number): Promise<unknown> => trainStep(model, optimiser, 1e-3, sft(randomPairs(i, 2)));
    await step(0);
    const { numTensors, numDataBuffers } = tf.memory();
    for (let i = 1; i <= (backend === 'wasm' ? 200 : 20); i++) await step(i);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    optimiser.dispose();
    model.dispose();
  });

  it('a reward model learns to tell better from worse, without a tensor left behind', async () => {
    const model = tinyModel(3, { scored: true });
    const optimiser = new AdamW(model.layout, adamw);
    const batch = padRows(randomRows(7, 6, 3, 9), PAD);
    const pairs = rankingPairs([
      [0, 1, 2],
      [2, 0, 0],
    ]);
    const losses: number[] = [];
    let tensors = 0;
    for (let i = 0; i < 15; i++) {
      const objective = (p: Parameters<tf.Tensor>): Objective => ({
        loss: rankingLoss(sequenceScores(ops, p, tinyConfig, batch), pairs, 0.01),
      });
      losses.push((await trainStep(model, optimiser, 1e-2, objective)).loss);
      if (i === 0) tensors = tf.memory().numTensors;
    }
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
    expect(tf.memory().numTensors).toBe(tensors);
    optimiser.dispose();
    model.dispose();
  });
});

describe('the end token', () => {
  it('is not the padding', () => {
    const tokenizer = new Tokenizer(SPECIALS);
    expect(tokenizer.pad).not.toBe(tokenizer.eos);
  });

  it('is predicted as part of the response, and is where a reward model reads', () => {
    const batch = responseBatch(
      [
        { prompt: [5, 6], response: [7, EOS] },
        { prompt: [5], response: [8, 9, 10, EOS] },
      ],
      PAD,
    );
    const at = (row: number): number => row * batch.responseTime + (row === 0 ? 1 : 3);
    for (const row of [0, 1]) {
      expect(batch.targets[at(row)]).toBe(EOS);
      expect(batch.responseMask[at(row)]).toBe(1);
      expect(batch.ids[batch.last[row]!]).toBe(EOS);
    }
    expect([...batch.responseMask]).toEqual([1, 1, 0, 0, 1, 1, 1, 1]);
  });
});

it('the learning rate warms up, then falls along a cosine to a tenth', () => {
  const rates = Array.from({ length: 101 }, (_, step) => warmupCosine(step, 100, 10));
  expect(rates[0]).toBeCloseTo(0.1, 2);
  expect(Math.max(...rates)).toBeLessThanOrEqual(1);
  expect(rates.indexOf(Math.max(...rates))).toBe(9);
  expect(rates[100]).toBeCloseTo(0.1, 10);
  expect(rates.slice(10)).toEqual([...rates.slice(10)].sort((a, b) => b - a));
});
