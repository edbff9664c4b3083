/** Training: what must hold before the first update, what an update may touch, what a saved optimiser continues to. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PromptAndResponse, padRows, responseBatch } from '../../src/core/data/batches.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { SPECIALS } from '../../src/core/world/vocabulary.ts';
import { clippedPolicyLoss } from '../../workers/algorithms/ppo.ts';
import { pairArrays, rankingPairs } from '../../workers/algorithms/reward.ts';
import { type AdamWOptions, warmupCosine } from '../../workers/engine/adamw.ts';
import { type Term, computation } from '../../workers/engine/computation.ts';
import { type Engine, NonFiniteError, type Optimiser } from '../../workers/engine/engine.ts';
import { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { PlainVariables } from '../../workers/engine/plain/variables.ts';
import { RESPONSES, feedOf, lastTokenFeedOf, responseLogprobs } from '../../workers/model/computations.ts';
import { generate } from '../../workers/model/generate.ts';
import { Model } from '../../workers/model/model.ts';
import { languageModelObjective, rewardObjective } from '../../workers/pipeline/objectives.ts';
import { EOS, PAD, maxDifference, open, plainOf, randomPairs, randomRows, tinyConfig, tinyModel } from './setup.ts';

const adamw: AdamWOptions = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 0.1, max_grad_norm: 1 };

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open(backend);
  });

  /** Cross-entropy of the responses. */
  const objective = languageModelObjective(tinyConfig);
  const sft = (pairs: readonly PromptAndResponse[], pad = PAD): Term[] => [
    { computation: objective, feed: feedOf(responseBatch(pairs, pad)) },
  ];
  const logprobsOf = (model: Model, pairs: readonly PromptAndResponse[], temperature = 1): Promise<Float32Array> =>
    model.responseLogprobs(responseBatch(pairs, PAD), temperature);

  it('ratio = 1 before the first update, in minibatches of another padding', async () => {
    const model = tinyModel(engine, 1);
    const prompts = randomRows(4, 8, 1, 12);
    const sampling = { temperature: 0.8, maxNewTokens: 14, stop: EOS, pad: PAD, seed: 3 };
    const generations = await generate(model, prompts, sampling);
    const pairs = generations.map(({ tokens }, b) => ({ prompt: prompts[b]!, response: tokens }));
    const time = Math.max(...pairs.map(({ response }) => response.length));
    const old = await logprobsOf(model, pairs, 0.8);
    const figures = { extent: 'selected', type: 'float' } as const;
    const policy = computation({
      name: 'policy, with its log-probs',
      inputs: { ...RESPONSES, responseMask: figures, oldLogprobs: figures, advantages: figures },
      build: (ops, p, inputs) => {
        const { responseMask: mask, oldLogprobs, advantages } = inputs;
        const logprobs = responseLogprobs(ops, p, tinyConfig, inputs, 0.8);
        const loss = ops.loss(clippedPolicyLoss(0.2), logprobs, { mask, oldLogprobs, advantages });
        return { loss, outputs: { logprobs } };
      },
    });
    for (const rows of [
      [0, 1],
      [2, 3, 4],
      [5, 6, 7],
    ]) {
      const minibatch = responseBatch(
        rows.map((b) => pairs[b]!),
        PAD,
      );
      const oldRows = rows.flatMap((b) => Array.from(old.subarray(b * time, b * time + minibatch.responseTime)));
      const oldLogprobs = Float32Array.from(oldRows);
      const feed = feedOf(minibatch, { oldLogprobs, advantages: oldLogprobs.map(() => 1) });
      const { report } = await engine.gradient(model.variables, [{ computation: policy, feed }]);
      const { metrics, outputs } = report.terms[0]!;
      const inside = (x: number, i: number): number => (minibatch.responseMask[i] ? x : 0);
      expect(maxDifference(outputs['logprobs']!.map(inside), oldLogprobs.map(inside))).toBeLessThan(1e-5);
      expect(metrics['ratio']).toBeCloseTo(1, 5);
      expect(metrics['approxkl']).toBeLessThan(1e-10);
      expect(metrics['clipfrac']).toBe(0);
    }
    model.dispose();
  });

  it('learning rate 0 leaves every log-ratio at exactly 0', async () => {
    const model = tinyModel(engine, 1);
    const pairs = randomPairs(5, 6);
    const [before, weights] = [await logprobsOf(model, pairs), await model.weights()];
    const optimiser = engine.createOptimiser(model.variables, adamw);
    for (let i = 0; i < 3; i++) await engine.step(optimiser, 0, sft(pairs));
    expect(maxDifference(await logprobsOf(model, pairs), before)).toBe(0);
    expect(await model.weights()).toEqual(weights);
    await engine.step(optimiser, 1e-3, sft(pairs));
    expect(maxDifference(await logprobsOf(model, pairs), before)).toBeGreaterThan(1e-4);
    optimiser.dispose();
    model.dispose();
  });

  it('what stands at padding changes neither loss nor gradient', async () => {
    const model = tinyModel(engine, 1);
    const pairs = randomPairs(6, 5);
    const results = [];
    for (const pad of [PAD, 7]) {
      const { gradient, report } = await engine.gradient(model.variables, sft(pairs, pad));
      results.push({ loss: report.loss, gradient });
    }
    expect(results[1]!.loss).toBeCloseTo(results[0]!.loss, 6);
    expect(maxDifference(results[1]!.gradient, results[0]!.gradient)).toBeLessThan(1e-6);
    model.dispose();
  });

  it("a step's loss and gradient are the weighted sum of its terms', each reported without its weight", async () => {
    const model = tinyModel(engine, 1);
    const [first, second] = [sft(randomPairs(1, 4))[0]!, sft(randomPairs(2, 3))[0]!];
    const alone = [
      await engine.gradient(model.variables, [first]),
      await engine.gradient(model.variables, [second]),
    ] as const;
    const { gradient, report } = await engine.gradient(model.variables, [first, { ...second, weight: 0.3 }]);
    expect(report.terms.map(({ loss }) => loss)).toEqual(alone.map(({ report }) => report.loss));
    expect(report.loss).toBeCloseTo(alone[0].report.loss + 0.3 * alone[1].report.loss, 5);
    const sum = alone[0].gradient.map((g, i) => g + 0.3 * alone[1].gradient[i]!);
    expect(maxDifference(gradient, sum)).toBeLessThan(1e-5);
    const short = { ...first, feed: { ...first.feed, arrays: { ...first.feed.arrays, targets: new Int32Array(1) } } };
    await expect(engine.gradient(model.variables, [short])).rejects.toThrow(/input "targets" has 1 entries/);
    model.dispose();
  });

  it('the same seed and data give the same bits twice', async () => {
    const run = async (): Promise<Float32Array> => {
      const model = tinyModel(engine, 1);
      const optimiser = engine.createOptimiser(model.variables, adamw);
      for (let i = 0; i < 5; i++) await engine.step(optimiser, 1e-2, sft(randomPairs(i, 4)));
      const flat = await model.variables.read();
      optimiser.dispose();
      model.dispose();
      return flat;
    };
    expect(maxDifference(await run(), await run())).toBe(0);
  });

  it('an optimiser that was saved continues as if it had not been', async () => {
    const straight = tinyModel(engine, 1);
    const optimiser = engine.createOptimiser(straight.variables, adamw);
    const step = (of: Optimiser, i: number): Promise<unknown> =>
      engine.step(of, 1e-2 * warmupCosine(i, 6, 2), sft(randomPairs(i, 4)));
    for (let i = 0; i < 3; i++) await step(optimiser, i);
    const saved = { weights: await straight.weights(), state: await optimiser.state() };
    const resumed = new Model(engine, tinyConfig, saved.weights);
    const continued = engine.createOptimiser(resumed.variables, adamw, saved.state);
    expect(saved.state.step).toBe(3);
    for (let i = 3; i < 6; i++) {
      await step(optimiser, i);
      await step(continued, i);
    }
    expect(await resumed.weights()).toEqual(await straight.weights());
    expect(await continued.state()).toEqual(await optimiser.state());
    const short = { ...saved.state, m: saved.state.m.slice(1) };
    expect(() => engine.createOptimiser(resumed.variables, adamw, short)).toThrow(/optimiser state/);
    optimiser.dispose();
    continued.dispose();
    straight.dispose();
    resumed.dispose();
  });

  it.each([
    ['loss', (loss: tf.Scalar) => tf.div<tf.Scalar>(loss, 0)],
    ['gradient', (loss: tf.Scalar) => tf.mul<tf.Scalar>(tf.log(tf.exp(tf.mul(loss, -1000))), 0.001)],
  ])('a %s that is not finite stops the step before it changes anything', async (_, broken) => {
    const model = tinyModel(engine, 1);
    const optimiser = engine.createOptimiser(model.variables, adamw);
    await engine.step(optimiser, 1e-2, sft(randomPairs(1, 4)));
    const { variables } = model;
    if (!(variables instanceof PlainVariables)) throw new Error('expected plain variables');
    const [flat, weights, state] = [variables.flat, await model.weights(), await optimiser.state()];
    const tensors = tf.memory().numTensors;
    const { ops } = plainOf(engine);
    const breaking: Engine = new PlainEngine({
      ...ops,
      loss: (...given) => ({ loss: broken(ops.loss(...given).loss as tf.Scalar), metrics: {} }),
    });
    await expect(breaking.step(optimiser, 1e-2, sft(randomPairs(2, 4)))).rejects.toThrow(NonFiniteError);
    expect(variables.flat).toBe(flat);
    expect(await model.weights()).toEqual(weights);
    expect(await optimiser.state()).toEqual(state);
    expect(tf.memory().numTensors).toBe(tensors);
    optimiser.dispose();
    model.dispose();
  });

  it('a step leaves no tensor behind, over 200 steps', async () => {
    const model = tinyModel(engine, 1);
    const optimiser = engine.createOptimiser(model.variables, adamw);
    const step = (i: number): Promise<unknown> => engine.step(optimiser, 1e-3, sft(randomPairs(i, 2)));
    await step(0);
    const { numTensors, numDataBuffers } = tf.memory();
    for (let i = 1; i <= (backend === 'wasm' ? 200 : 20); i++) await step(i);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    optimiser.dispose();
    model.dispose();
  });

  it('a reward model learns to tell better from worse, without a tensor left behind', async () => {
    const model = tinyModel(engine, 3, { scored: true });
    const optimiser = engine.createOptimiser(model.variables, adamw);
    const batch = padRows(randomRows(7, 6, 3, 9), PAD);
    const pairs = rankingPairs([
      [0, 1, 2],
      [2, 0, 0],
    ]);
    const ranking = rewardObjective(tinyConfig, 0.01);
    const feed = lastTokenFeedOf(batch, pairArrays(pairs));
    const losses: number[] = [];
    let tensors = 0;
    for (let i = 0; i < 15; i++) {
      losses.push((await engine.step(optimiser, 1e-2, [{ computation: ranking, feed }])).loss);
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
