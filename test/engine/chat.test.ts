/** Chat: the next token against `generate`, answers token by token, and the checkpoints that stay loaded. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../src/core/protocol.ts';
import type { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { generate } from '../../workers/model/generate.ts';
import { nextTokenLogits } from '../../workers/model/next-token.ts';
import { Answer, type Speaker, Speakers, openSpeaker } from '../../workers/pipeline/chat.ts';
import { hash32 } from '../../src/core/rng.ts';
import { EOS, PAD, maxDifference, open, openCompiled, randomRows, tinyConfig, tinyModel } from './setup.ts';

const shipped = async (stage: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(`public/checkpoints/micro.${stage}.safetensors`));
const request = { prompt: 'where does mia live ?', temperature: 0, topP: 1, seed: 3 } satisfies Partial<ChatRequest>;

/** The whole answer of a speaker. */
async function answerOf(speaker: Speaker, asked: Omit<ChatRequest, 'checkpoint'>): Promise<Answer> {
  const answer = new Answer(asked);
  while (answer.ending === null) await answer.next(speaker);
  return answer;
}

/** Tokens that are the most probable ones of `nextTokenLogits`, one after another. */
async function greedy(engine: Engine, prompt: readonly number[], time?: number): Promise<number[]> {
  const model = tinyModel(engine, 1);
  const row = [...prompt];
  for (let i = 0; i < 12 && row.at(-1) !== EOS; i++) {
    const logits = await nextTokenLogits(model, row, time);
    row.push(logits.indexOf(Math.max(...logits)));
  }
  model.dispose();
  return row.slice(prompt.length);
}

const prompts = randomRows(3, 4, 1, 15);
const options = { temperature: 0, maxNewTokens: 12, stop: EOS, pad: PAD, seed: 5 };

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open(backend);
  });

  it('the next token is the one that greedy generation takes, however far the pass goes on', async () => {
    const model = tinyModel(engine, 1);
    const generations = await generate(model, prompts, options);
    for (const [b, { tokens }] of generations.entries()) {
      expect(await greedy(engine, prompts[b]!)).toEqual(tokens);
      expect(await greedy(engine, prompts[b]!, tinyConfig.n_positions)).toEqual(tokens);
    }
    model.dispose();
  });

  it('refuses a row that does not fit', async () => {
    const model = tinyModel(engine, 1);
    await expect(nextTokenLogits(model, [])).rejects.toThrow('a row of 0 tokens');
    await expect(nextTokenLogits(model, [2, 3], 1)).rejects.toThrow('a row of 2 tokens in 1');
    await expect(nextTokenLogits(model, [2], 33)).rejects.toThrow('expected 1 … 32');
    model.dispose();
  });
});

describe('on the compiled engine', () => {
  let engine: CompiledEngine;
  beforeAll(async () => {
    engine = await openCompiled();
  });
  afterAll(() => engine.dispose());

  it('the next token is the one that greedy generation takes, and the plain engine agrees', async () => {
    const model = tinyModel(engine, 1);
    const generations = await generate(model, prompts, options);
    for (const [b, { tokens }] of generations.entries())
      expect(await greedy(engine, prompts[b]!, tinyConfig.n_positions)).toEqual(tokens);
    const logits = await nextTokenLogits(model, prompts[0]!, 20);
    model.dispose();
    const plain = tinyModel(await open('cpu'), 1);
    expect(maxDifference(logits, await nextTokenLogits(plain, prompts[0]!))).toBeLessThan(1e-4);
    plain.dispose();
  });
});

describe('an answer', () => {
  let engine: Engine;
  let sft: Speaker;
  beforeAll(async () => {
    engine = await open('wasm');
    sft = openSpeaker(engine, await shipped('sft'), 'micro.sft');
  });
  afterAll(() => {
    sft.model.dispose();
  });

  it.each([
    [0, 1],
    [1, 1],
    [1.3, 0.8],
  ])('at temperature %s and top-p %s is that of `generate`', async (temperature, topP) => {
    const answer = await answerOf(sft, { ...request, temperature, topP });
    const { tokenizer, model, maxNewTokens } = sft;
    const [whole] = await generate(model, [tokenizer.promptIds(request.prompt)], {
      ...{ temperature, topP, maxNewTokens, seed: hash32('3/chat') },
      ...{ stop: tokenizer.eos, pad: tokenizer.pad },
    });
    expect(answer.tokens.map(({ text }) => text).join(' ')).toBe(tokenizer.decode(whole!.tokens));
    expect(answer.ending).toBe(whole!.ended ? 'ended' : 'full');
    // Only at temperature 1 and without top-p are the sampler's probabilities the model's own.
    if (temperature <= 1)
      expect(
        maxDifference(
          answer.tokens.map(({ logprob }) => logprob),
          whole!.logprobs,
        ),
      ).toBeLessThan(1e-3);
  });

  it('tells the five most probable tokens of each place, in order', async () => {
    const { tokens } = await answerOf(sft, request);
    expect(tokens.at(-1)?.text).toBe('<eos>');
    for (const { text, logprob, top } of tokens) {
      expect(top).toHaveLength(5);
      expect(top.map(({ probability }) => probability)).toEqual(
        top.map(({ probability }) => probability).sort((a, b) => b - a),
      );
      expect(top.reduce((sum, { probability }) => sum + probability, 0)).toBeLessThanOrEqual(1 + 1e-6);
      // Greedy: the token is the first of them.
      expect(top[0]?.text).toBe(text);
      expect(top[0]?.probability).toBeCloseTo(Math.exp(logprob), 6);
    }
  });

  it('of a base model goes on with the bare text to its first full stop', async () => {
    const base = openSpeaker(engine, await shipped('base'), 'micro.base');
    const answer = await answerOf(base, { ...request, prompt: 'mia lives in' });
    expect(answer.tokens.at(-1)?.text).toBe('.');
    expect(answer.tokens.slice(0, -1).map(({ text }) => text)).not.toContain('.');
    base.model.dispose();
  });

  it('is refused for unknown words, for prompts without room, and by reward models', async () => {
    await expect(new Answer({ ...request, prompt: 'where is xyzzy ?' }).next(sft)).rejects.toThrow('"xyzzy"');
    const long = Array<string>(120).fill('mia').join(' ');
    await expect(new Answer({ ...request, prompt: long }).next(sft)).rejects.toThrow(
      /micro\.sft: a prompt of 123 tokens; with \d+ new ones/,
    );
    const reward = await shipped('reward');
    expect(() => openSpeaker(engine, reward, 'micro.reward')).toThrow('a reward model gives scores, not answers');
  });

  it('is not half there when it fails: it goes on where it was', async () => {
    const whole = await answerOf(sft, { ...request, temperature: 1 });
    const answer = new Answer({ ...request, temperature: 1 });
    await answer.next(sft);
    await expect(answer.next({ ...sft, maxNewTokens: 500 })).rejects.toThrow(RangeError);
    while (answer.ending === null) await answer.next(sft);
    expect(answer.tokens).toEqual(whole.tokens);
  });
});

describe('the speakers', () => {
  it('stay loaded, the last four of them, until their file changes or the engine is another one', async () => {
    const engine = await open('wasm');
    const bytes = await shipped('sft');
    let loads = 0;
    const load = (): Promise<Uint8Array> => {
      loads += 1;
      return Promise.resolve(bytes);
    };
    const speakers = new Speakers();
    const before = tf.memory().numTensors;
    const ask = (key: string, version = '1'): Promise<Speaker> => speakers.get(engine, key, version, load);
    const first = await ask('a');
    const one = tf.memory().numTensors - before;
    expect(one).toBeGreaterThan(0);
    for (const key of ['b', 'c', 'd']) await ask(key);
    expect(await ask('a')).toBe(first);
    expect(loads).toBe(4);

    // The fifth takes the place of the one that was asked longest ago.
    await ask('e');
    expect(tf.memory().numTensors - before).toBe(4 * one);
    expect([speakers.has('a', '1'), speakers.has('b', '1')]).toEqual([true, false]);
    expect(await ask('a', '2')).not.toBe(first);
    expect(loads).toBe(6);
    expect(tf.memory().numTensors - before).toBe(4 * one);

    await speakers.get(await open('cpu'), 'a', '2', load);
    expect(loads).toBe(7);
    expect(speakers.has('c', '1')).toBe(false);
  });

  it('keep what they have when a file cannot be loaded', async () => {
    const engine = await open('wasm');
    const speakers = new Speakers();
    await speakers.get(engine, 'a', '1', () => shipped('sft'));
    await expect(speakers.get(engine, 'a', '2', () => Promise.reject(new Error('no such file')))).rejects.toThrow(
      'no such file',
    );
    await expect(speakers.get(engine, 'b', '1', () => shipped('reward'))).rejects.toThrow('b: a reward model');
    expect(speakers.has('a', '1')).toBe(true);
  });
});
