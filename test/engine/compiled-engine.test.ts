/** The compiled engine as a whole: training and generation against the plain one, what a step costs, and its faults. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { responseBatch } from '../../src/core/data/batches.ts';
import { Counters } from '../../workers/benchmark/counters.ts';
import { relativeError } from '../../tools/reference/measure.ts';
import type { AdamWOptions } from '../../workers/engine/adamw.ts';
import { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import { Gpu } from '../../workers/engine/compiled/gpu.ts';
import type { Term } from '../../workers/engine/computation.ts';
import { type Engine, NonFiniteError } from '../../workers/engine/engine.ts';
import { DeviceLostError, OutOfMemoryError } from '../../workers/engine/errors.ts';
import { decoderOf } from '../../workers/model/compiled-generate.ts';
import { feedOf } from '../../workers/model/computations.ts';
import { generate } from '../../workers/model/generate.ts';
import type { GenerateOptions } from '../../workers/model/generation.ts';
import type { Model } from '../../workers/model/model.ts';
import {
  languageModelObjective,
  policyObjective,
  sftObjective,
  valueObjective,
} from '../../workers/pipeline/objectives.ts';
import {
  EOS,
  PAD,
  maxDifference,
  openCompiled,
  openPlainCpu,
  randomPairs,
  randomRows,
  tinyConfig,
  tinyModel,
} from './setup.ts';

const ADAMW: AdamWOptions = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1 };
const sft = sftObjective(tinyConfig);
const text = languageModelObjective(tinyConfig);
const policy = policyObjective(tinyConfig, 0.2, 1);
const value = valueObjective(tinyConfig, 0.2);

/** Batches of changing sizes. */
const sftTerm = (step: number): Term => ({
  computation: sft,
  feed: feedOf(responseBatch(randomPairs(100 + step, 2 + (step % 5)), PAD)),
});

/** A policy update with a language-model term, as PPO makes it. */
function ppoTerms(step: number): Term[] {
  const batch = responseBatch(randomPairs(200 + step, 3 + (step % 3)), PAD);
  const wave = (scale: number): Float32Array =>
    batch.responseMask.map((inside, i) => inside * scale * Math.sin(i + step));
  const arrays = { oldLogprobs: wave(0.3).map((x) => x - 3), advantages: wave(1) };
  return [
    { computation: policy, feed: feedOf(batch, arrays) },
    { computation: text, feed: feedOf(responseBatch(randomPairs(300 + step, 2), PAD)), weight: 0.5 },
  ];
}

function valueTerm(step: number): Term {
  const batch = responseBatch(randomPairs(200 + step, 3 + (step % 3)), PAD);
  const wave = (scale: number): Float32Array => batch.responseMask.map((_, i) => scale * Math.sin(i + step));
  return { computation: value, feed: feedOf(batch, { oldValues: wave(0.5), returns: wave(1) }) };
}

/** Losses and norms of `steps` steps, and the parameters after them. */
async function train(
  engine: Engine,
  model: Model,
  steps: number,
  termsOf: (step: number) => Term[],
): Promise<{ trace: number[]; parameters: Float32Array }> {
  const optimiser = engine.createOptimiser(model.variables, ADAMW);
  const trace: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss, grad_norm, terms } = await engine.step(optimiser, 3e-3, termsOf(step));
    trace.push(loss, grad_norm, ...terms.flatMap(({ metrics }) => Object.values(metrics)));
  }
  const parameters = await model.variables.read();
  optimiser.dispose();
  return { trace, parameters };
}

const counters = new Counters();
let engine: CompiledEngine;
let plain: Engine;
beforeAll(async () => {
  [engine, plain] = [await openCompiled(), await openPlainCpu()];
});
afterAll(() => {
  engine.dispose();
});

describe('training', () => {
  it.each([
    { name: 'instruction tuning', scored: false, termsOf: (step: number) => [sftTerm(step)] },
    { name: 'a policy with its language-model term', scored: false, termsOf: ppoTerms },
    { name: 'a critic', scored: true, termsOf: (step: number) => [valueTerm(step)] },
    {
      name: 'accumulated micro-batches',
      scored: false,
      termsOf: (step: number) => [sftTerm(step), sftTerm(step + 50)],
    },
  ])('$name: twelve steps are those of the plain engine', async ({ scored, termsOf }) => {
    const [ours, oracle] = [tinyModel(engine, 1, { scored }), tinyModel(plain, 1, { scored })];
    const [actual, expected] = [await train(engine, ours, 12, termsOf), await train(plain, oracle, 12, termsOf)];
    // Adam's first steps are the sign of the gradient, so rounding grows where a gradient is all but 0.
    expect(relativeError(actual.trace.slice(0, 2), expected.trace.slice(0, 2))).toBeLessThan(1e-5);
    expect(relativeError(actual.trace, expected.trace)).toBeLessThan(2e-3);
    expect(relativeError(actual.parameters, expected.parameters)).toBeLessThan(5e-3);
    ours.dispose();
    oracle.dispose();
  });

  it('the same steps twice give the same bits', async () => {
    const run = async (): Promise<Awaited<ReturnType<typeof train>>> => {
      const model = tinyModel(engine, 2);
      const result = await train(engine, model, 5, ppoTerms);
      model.dispose();
      return result;
    };
    expect(await run()).toEqual(await run());
  });

  it('optimiser state goes to another engine and back without a bit changed', async () => {
    const model = tinyModel(engine, 3);
    const optimiser = engine.createOptimiser(model.variables, ADAMW);
    for (let step = 0; step < 3; step++) await engine.step(optimiser, 1e-3, [sftTerm(step)]);
    const state = await optimiser.state();
    expect(state.step).toBe(3);
    expect(await engine.createOptimiser(model.variables, ADAMW, state).state()).toEqual(state);
    expect(await plain.createOptimiser(tinyModel(plain, 3).variables, ADAMW, state).state()).toEqual(state);
    model.dispose();
  });

  it('a loss that is not a number changes nothing', async () => {
    const model = tinyModel(engine, 4);
    const optimiser = engine.createOptimiser(model.variables, ADAMW);
    await engine.step(optimiser, 1e-3, [sftTerm(0)]);
    const before = [await model.variables.read(), await optimiser.state()];
    const [term] = ppoTerms(0) as [Term];
    const broken = { ...term.feed.arrays, oldLogprobs: term.feed.arrays['oldLogprobs']!.map(() => -1e30) };
    const terms = [{ ...term, feed: { ...term.feed, arrays: broken } }];
    await expect(engine.step(optimiser, 1e-3, terms)).rejects.toThrow(NonFiniteError);
    expect([await model.variables.read(), await optimiser.state()]).toEqual(before);
    await engine.step(optimiser, 1e-3, [sftTerm(1)]);
    expect((await optimiser.state()).step).toBe(2);
    model.dispose();
  });

  it('a feed that does not fit is refused by name', async () => {
    const model = tinyModel(engine, 5);
    const { computation, feed } = sftTerm(0);
    const { targets, ...rest } = feed.arrays;
    await expect(engine.gradient(model.variables, [{ computation, feed: { ...feed, arrays: rest } }])).rejects.toThrow(
      /"targets" is missing/,
    );
    const short = { ...rest, targets: targets!.slice(1) };
    await expect(engine.gradient(model.variables, [{ computation, feed: { ...feed, arrays: short } }])).rejects.toThrow(
      /"targets" has \d+ entries, expected \d+/,
    );
    model.dispose();
  });
});

describe('what a step costs', () => {
  beforeEach(() => {
    counters.reset();
  });

  it('one submit, 15 dispatches a layer and 15 more, and nothing created for a size seen before', async () => {
    const model = tinyModel(engine, 6);
    const optimiser = engine.createOptimiser(model.variables, ADAMW);
    const steps = async (): Promise<void> => {
      for (let step = 0; step < 10; step++) await engine.step(optimiser, 1e-3, [sftTerm(step)]);
    };
    await steps();
    counters.start();
    await steps();
    counters.stop();
    const { dispatches, submits, buffers, bind_groups, pipelines } = counters.counts;
    expect({ submits, buffers, bind_groups, pipelines }).toEqual({
      submits: 10,
      buffers: 0,
      bind_groups: 0,
      pipelines: 0,
    });
    expect(dispatches / 10).toBeLessThanOrEqual(15 * tinyConfig.n_layer + 15);
    model.dispose();
  });

  it('a thousand steps of SFT, and of PPO with its rollouts, leave memory as it was', async () => {
    const [actor, critic] = [tinyModel(engine, 7), tinyModel(engine, 8, { scored: true })];
    const optimisers = [actor, critic].map(({ variables }) => engine.createOptimiser(variables, ADAMW));
    const prompts = randomRows(9, 4, 2, 8);
    const step = async (i: number): Promise<void> => {
      await engine.step(optimisers[0]!, 1e-4, [sftTerm(i % 20)]);
      await engine.step(optimisers[0]!, 1e-4, ppoTerms(i % 20));
      await engine.step(optimisers[1]!, 1e-4, [valueTerm(i % 20)]);
      if (i % 50 === 0) await generate(actor, prompts, { ...rollout, seed: i });
    };
    // What the process holds beside V8's heap, which breathes by itself.
    const native = (): number => process.memoryUsage().rss - process.memoryUsage().heapTotal;
    for (let i = 0; i < 200; i++) await step(i);
    const [tensors, { bytes }, held] = [tf.memory().numTensors, engine.memory, native()];
    counters.start();
    for (let i = 0; i < 1000; i++) await step(i);
    counters.stop();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(engine.memory.bytes).toBe(bytes);
    expect(counters.counts).toMatchObject({ buffers: 0, bind_groups: 0, pipelines: 0 });
    expect(native() - held).toBeLessThan(32 * 2 ** 20);
    for (const each of [...optimisers, actor, critic]) each.dispose();
  }, 900_000);

  it('what is disposed is given back', async () => {
    const before = engine.memory.bytes;
    const model = tinyModel(engine, 9);
    const optimiser = engine.createOptimiser(model.variables, ADAMW);
    await engine.step(optimiser, 1e-3, [sftTerm(0)]);
    await generate(model, randomRows(1, 3, 2, 5), rollout);
    expect(engine.memory.bytes).toBeGreaterThan(before);
    optimiser.dispose();
    model.dispose();
    // Results are read through a buffer that is kept.
    expect(engine.memory.bytes - before).toBeLessThanOrEqual(16384);
  });

  it('a step in several submits is the same step', async () => {
    const chunked = new CompiledEngine(engine.gpu, { tiling: engine.tiling, dispatchesPerSubmit: 7 });
    const results = [];
    for (const each of [engine, chunked]) {
      const model = tinyModel(each, 10);
      results.push(await train(each, model, 3, ppoTerms));
      model.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  });
});

const rollout: GenerateOptions = { temperature: 1, maxNewTokens: 12, stop: EOS, pad: PAD, seed: 5 };

describe('generation', () => {
  const prompts = randomRows(3, 7, 1, 15);

  it.each<[string, Partial<GenerateOptions>]>([
    ['greedy', { temperature: 0 }],
    ['sampled', {}],
    ['sampled, cold, top-k and top-p', { temperature: 0.7, topK: 9, topP: 0.9 }],
    ['as long as the context allows', { maxNewTokens: tinyConfig.n_positions - 15 }],
    ['one token', { maxNewTokens: 1 }],
  ])('%s: the tokens of the plain engine', async (_, more) => {
    const [ours, oracle] = [tinyModel(engine, 1), tinyModel(plain, 1)];
    const options = { ...rollout, ...more };
    const [actual, expected] = [await generate(ours, prompts, options), await generate(oracle, prompts, options)];
    expect(actual.map(({ tokens, ended }) => ({ tokens, ended }))).toEqual(
      expected.map(({ tokens, ended }) => ({ tokens, ended })),
    );
    const logprobs = (all: typeof actual): number[] => all.flatMap((each) => each.logprobs);
    expect(maxDifference(logprobs(actual), logprobs(expected))).toBeLessThan(1e-4);
    ours.dispose();
    oracle.dispose();
  });

  it('log-probs of the cache are those of a full forward pass', async () => {
    const model = tinyModel(engine, 1);
    const generations = await generate(model, prompts, rollout);
    const batch = responseBatch(
      prompts.map((prompt, b) => ({ prompt, response: generations[b]!.tokens })),
      PAD,
    );
    const full = await model.responseLogprobs(batch);
    generations.forEach(({ logprobs }, b) => {
      const row = full.subarray(b * batch.responseTime, b * batch.responseTime + logprobs.length);
      expect(maxDifference(logprobs, row)).toBeLessThan(1e-4);
    });
    model.dispose();
  });

  it('a row is the same alone and in any batch', async () => {
    const model = tinyModel(engine, 1);
    const together = await generate(model, prompts, rollout);
    for (const b of [0, 3, 6]) {
      const [alone] = await generate(model, [prompts[b]!], { ...rollout, firstRow: b });
      expect(alone!.tokens).toEqual(together[b]!.tokens);
    }
    model.dispose();
  });

  it('tells of tokens as they come, each once, in order', async () => {
    const model = tinyModel(engine, 1);
    const told: { tokens: readonly number[]; ended: readonly boolean[] }[] = [];
    const generations = await generate(model, prompts, {
      ...rollout,
      onTokens: (tokens, ended) => told.push({ tokens, ended }),
    });
    generations.forEach(({ tokens }, b) => {
      expect(told.filter(({ ended }) => !ended[b]).map((each) => each.tokens[b])).toEqual(tokens);
    });
    model.dispose();
  });

  it('one readback of tokens, 8 dispatches a layer and 8 more a token at most', async () => {
    const model = tinyModel(engine, 1);
    // No token ends it.
    const options = { ...rollout, stop: tinyConfig.vocab_size, maxNewTokens: 16 };
    await generate(model, prompts, options);
    counters.reset();
    counters.start();
    await generate(model, prompts, options);
    counters.stop();
    const { buffers, bind_groups, dispatches, maps, mapped_bytes } = counters.counts;
    expect({ buffers, bind_groups }).toEqual({ buffers: 0, bind_groups: 0 });
    expect(dispatches / 16).toBeLessThanOrEqual(8 * tinyConfig.n_layer + 8);
    expect(decoderOf(model).kernelsOf().length).toBeLessThanOrEqual(8 * tinyConfig.n_layer + 8);
    // Two chunks: one flag of 4 bytes in between, then everything.
    expect(maps).toBe(2);
    expect(mapped_bytes).toBeLessThan(4 + prompts.length * 16 * 8 + 1024);
    model.dispose();
  });
});

describe('memory', () => {
  it('what does not fit is refused before anything is allocated', async () => {
    const small = new CompiledEngine(new Gpu(engine.gpu.device, 300_000), { tiling: engine.tiling });
    const model = tinyModel(small, 1);
    const optimiser = small.createOptimiser(model.variables, ADAMW);
    const before = small.memory.bytes;
    counters.reset();
    counters.start();
    await expect(
      small.step(optimiser, 1e-3, [{ ...sftTerm(0), feed: feedOf(responseBatch(randomPairs(1, 200), PAD)) }]),
    ).rejects.toThrow(OutOfMemoryError);
    counters.stop();
    expect(counters.counts.buffers).toBe(0);
    expect(small.memory.bytes).toBe(before);
    // A batch that fits goes on.
    await small.step(optimiser, 1e-3, [sftTerm(0)]);
    small.dispose();
  });
});

describe('a device that is lost', () => {
  it('in the middle of a step is told by its type, and then at once', async () => {
    const doomed = await openCompiled();
    const model = tinyModel(doomed, 1);
    const optimiser = doomed.createOptimiser(model.variables, ADAMW);
    await doomed.step(optimiser, 1e-3, [sftTerm(0)]);
    const step = doomed.step(optimiser, 1e-3, [sftTerm(1)]);
    doomed.gpu.device.destroy();
    await expect(step).rejects.toThrow(DeviceLostError);
    await expect(doomed.step(optimiser, 1e-3, [sftTerm(2)])).rejects.toThrow(DeviceLostError);
    await expect(model.weights()).rejects.toThrow(DeviceLostError);
    await expect(generate(model, [[2, 3]], rollout)).rejects.toThrow(DeviceLostError);
  });
});
