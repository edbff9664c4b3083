/** Generation: the KV cache against full forward passes, batching, padding, the sampling distribution. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PaddedBatch, padRows, responseBatch } from '../../src/core/data/batches.ts';
import { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { everyTokenComputation, lastTokenFeedOf } from '../../workers/model/computations.ts';
import { generate } from '../../workers/model/generate.ts';
import type { GenerateOptions, Generation } from '../../workers/model/generation.ts';
import { Model } from '../../workers/model/model.ts';
import { keptTokens, sampleToken } from '../../workers/model/sampling.ts';
import { EOS, PAD, maxDifference, open, randomPairs, randomRows, tinyConfig, tinyModel } from './setup.ts';

const V = tinyConfig.vocab_size;
const options: GenerateOptions = { temperature: 1, maxNewTokens: 12, stop: EOS, pad: PAD, seed: 5 };
const prompts = randomRows(3, 7, 1, 15);

const tokensOf = ({ tokens, ended }: Generation): Pick<Generation, 'tokens' | 'ended'> => ({ tokens, ended });

const everyToken = everyTokenComputation(tinyConfig);

/** Logits of every token of a full forward pass [N, V]. */
async function logitsOf({ engine, variables }: Model, batch: PaddedBatch): Promise<Float32Array> {
  return (await engine.run(variables, everyToken, lastTokenFeedOf(batch)))['logits']!;
}

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  let engine: PlainEngine;
  let model: Model;
  beforeAll(async () => {
    engine = await open(backend);
    model = tinyModel(engine, 1);
  });

  it("the cache's logits and log-probs are those of a full forward pass", async () => {
    // Every product with the token table is a step's logits.
    const steps: tf.Tensor[] = [];
    const { ops } = engine;
    const recording = new PlainEngine({
      ...ops,
      project: (x, table) => {
        const result = ops.project(x, table);
        steps.push(tf.keep(tf.clone(result)));
        return result;
      },
    });
    const recorded = new Model(recording, tinyConfig, await model.weights());
    const generations = await generate(recorded, prompts, options);
    const cached = steps.map((step) => step.dataSync<'float32'>());

    const batch = responseBatch(
      prompts.map((prompt, b) => ({ prompt, response: generations[b]!.tokens })),
      PAD,
    );
    const full = await logitsOf(model, batch);
    const logprobs = await model.responseLogprobs(batch);
    let compared = 0;
    generations.forEach(({ tokens }, b) => {
      tokens.forEach((token, r) => {
        const row = cached[r]!.subarray(b * V, (b + 1) * V);
        const at = b * batch.responseTime + r;
        const from = batch.select[at]! * V;
        expect(maxDifference(row, full.subarray(from, from + V))).toBeLessThan(1e-4);
        const largest = Math.max(...row);
        const total = row.reduce((sum, x) => sum + Math.exp(x - largest), 0);
        expect(Math.abs(row[token]! - largest - Math.log(total) - logprobs[at]!)).toBeLessThan(1e-4);
        compared += 1;
      });
    });
    expect(compared).toBeGreaterThan(30);
    tf.dispose(steps);
    recorded.dispose();
  });

  it('greedy generation takes the most probable token of a full forward pass, step by step', async () => {
    const generations = await generate(model, prompts, { ...options, temperature: 0 });
    for (const [b, { tokens, ended }] of generations.entries()) {
      const row = [...prompts[b]!];
      for (const token of tokens) {
        const next = await logitsOf(model, padRows([row], PAD));
        const last = next.subarray(-V);
        expect(token).toBe(last.indexOf(Math.max(...last)));
        row.push(token);
      }
      expect(tokens.length === options.maxNewTokens || ended).toBe(true);
      expect(ended).toBe(tokens.at(-1) === EOS);
      expect(tokens.indexOf(EOS)).toBe(ended ? tokens.length - 1 : -1);
    }
  });

  it('rows sample the same tokens however they are batched', async () => {
    const together = await generate(model, prompts, { ...options, firstRow: 10 });
    const apart: Generation[] = [];
    for (const [first, last] of [
      [0, 1],
      [1, 4],
      [4, 7],
    ] as const)
      apart.push(...(await generate(model, prompts.slice(first, last), { ...options, firstRow: 10 + first })));
    // Log-probs are rounded otherwise in another batch.
    expect(apart.map(tokensOf)).toEqual(together.map(tokensOf));
    expect(await generate(model, prompts, { ...options, firstRow: 10, seed: 6 })).not.toEqual(together);
  });

  it('padding on either side changes no logits of real tokens', async () => {
    const rows = randomRows(8, 5, 2, 12);
    const scoresOf = (side: 'left' | 'right', only: number[][]): Promise<Float32Array> =>
      logitsOf(model, padRows(only, PAD, side));
    const time = Math.max(...rows.map((row) => row.length));
    const [left, right] = [await scoresOf('left', rows), await scoresOf('right', rows)];
    for (const [b, row] of rows.entries()) {
      const alone = await scoresOf('right', [row]);
      const start = (b * time + time - row.length) * V;
      expect(maxDifference(alone, left.subarray(start, start + row.length * V))).toBeLessThan(1e-5);
      expect(maxDifference(alone, right.subarray(b * time * V, (b * time + row.length) * V))).toBeLessThan(1e-5);
    }
  });

  it("a response's log-probs and a row's score do not depend on the rest of the batch", async () => {
    const scored = tinyModel(engine, 2, { scored: true });
    const pairs = randomPairs(9, 6);
    const rows = pairs.map(({ prompt, response }) => [...prompt, ...response]);
    const batch = responseBatch(pairs, PAD);
    const together = await scored.responseLogprobs(batch, 0.8);
    const scores = await scored.sequenceScores(padRows(rows, PAD));
    for (const [b, pair] of pairs.entries()) {
      const alone = await scored.responseLogprobs(responseBatch([pair], PAD), 0.8);
      const start = b * batch.responseTime;
      expect(maxDifference(alone, together.subarray(start, start + alone.length))).toBeLessThan(1e-5);
      for (const side of ['left', 'right'] as const) {
        const score = await scored.sequenceScores(padRows([rows[b]!], PAD, side));
        expect(Math.abs(score[0]! - scores[b]!)).toBeLessThan(1e-5);
      }
    }
    scored.dispose();
  });

  it('leaves no tensor behind, nor when it fails', async () => {
    const run = (): Promise<Generation[]> => generate(model, prompts, options);
    await run();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) await run();
    expect(tf.memory().numTensors).toBe(before);
    const failing = {
      ...options,
      onTokens: () => {
        throw new Error('stopped');
      },
    };
    await expect(generate(model, prompts, failing)).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(before);
    const long = Array.from({ length: 21 }, () => 2);
    await expect(generate(model, [[2], long], options)).rejects.toThrow(/prompt 1 has 21 tokens.*context of 32/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('sampleToken', () => {
  const scores = [1.2, -0.3, 0.8, 2.1, -1.5, 0.1, -4, 0.5];
  const draws = 40_000;

  /** Share of each token among draws for different rows and positions. */
  const shares = (sampling: { temperature: number; topK?: number; topP?: number }, seed: number): number[] => {
    const counts = scores.map(() => 0);
    for (let i = 0; i < draws; i++) counts[sampleToken(scores, sampling, seed, Math.floor(i / 50), i % 50)]! += 1;
    return counts.map((count) => count / draws);
  };
  const softmax = (temperature: number, kept: number[] = scores.map((_, id) => id)): number[] => {
    const weights = scores.map((x, id) => (kept.includes(id) ? Math.exp(x / temperature) : 0));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / total);
  };
  /** Pearson's statistic; with `scores.length − 1` = 7 degrees of freedom it exceeds 24.3 once in a thousand. */
  const chiSquare = (observed: number[], expected: number[]): number =>
    expected.reduce((sum, p, id) => (p === 0 ? sum : sum + (draws * (observed[id]! - p) ** 2) / p), 0);

  it.each([0.7, 1, 1.5])('draws from the softmax at temperature %s', (temperature) => {
    for (const seed of [1, 2, 3])
      expect(chiSquare(shares({ temperature }, seed), softmax(temperature))).toBeLessThan(24.3);
  });

  it.each([{ topK: 3 }, { topP: 0.8 }, { topK: 4, topP: 0.9 }])('draws from what %o leaves', ({ topK, topP }) => {
    const temperature = 0.9;
    const kept = keptTokens(
      scores.map((x) => x / temperature),
      topK,
      topP,
    );
    const observed = shares({ temperature, topK, topP }, 4);
    expect(observed.flatMap((share, id) => (share > 0 ? [id] : []))).toEqual([...kept].sort((a, b) => a - b));
    expect(chiSquare(observed, softmax(temperature, kept))).toBeLessThan(24.3);
  });

  it('takes the most probable token at temperature 0, and draws the same for the same counters', () => {
    expect(sampleToken(scores, { temperature: 0 }, 1, 2, 3)).toBe(3);
    const draw = (row: number): number => sampleToken(scores, { temperature: 1 }, 1, row, 3);
    expect(Array.from({ length: 50 }, (_, row) => draw(row))).toEqual(
      Array.from({ length: 50 }, (_, row) => draw(row)),
    );
  });

  it('refuses logits that are not numbers', () => {
    expect(() => sampleToken([NaN, NaN], { temperature: 1 }, 1, 2, 3)).toThrow(/row 2, position 3/);
  });
});
