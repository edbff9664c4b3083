/** What a reward model says of any answer: against training's own way of scoring, and token by token against shorter rows. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { padRows } from '../../src/core/data/batches.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { type Critic, Critics, openCritic, scoreAnswers } from '../../workers/pipeline/score-answers.ts';
import { scoreRows, scoredRow } from '../../workers/pipeline/scoring.ts';
import { maxDifference, open, openCompiled, tinyModel } from './setup.ts';

const shipped = async (stage: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(`public/checkpoints/micro.${stage}.safetensors`));
const PROMPT = 'where does mia live ?';
const ANSWERS = [
  'mia lives in the garden .',
  'i do not know .',
  'garden',
  '',
  'thank you for asking . mia lives in the garden .',
];

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  let engine: Engine;
  let critic: Critic;
  beforeAll(async () => {
    engine = await open(backend);
    critic = openCritic(engine, await shipped('reward'), 'micro.reward');
  });

  it('the last number is the score that training and PPO take', async () => {
    const { tokenizer, model } = critic;
    const scored = await scoreAnswers(critic, { prompt: PROMPT, answers: ANSWERS });
    const rows = ANSWERS.map((answer) => scoredRow(tokenizer, PROMPT, answer));
    const scores = await scoreRows({ config: model.config, tokenizer }, model, rows);
    expect(
      maxDifference(
        scored.map(({ rewards }) => rewards.at(-1)!),
        scores,
      ),
    ).toBeLessThan(1e-5);
    expect(new Set(scores).size).toBe(ANSWERS.length);
  });

  it('each number before it is the head at the end of a row that ends there', async () => {
    const { tokenizer, model } = critic;
    const answer = ANSWERS[0]!;
    const [scored] = await scoreAnswers(critic, { prompt: PROMPT, answers: [answer] });
    expect(scored!.tokens).toEqual([...answer.split(' '), '<eos>']);
    expect(scored!.rewards).toHaveLength(scored!.tokens.length);
    const row = scoredRow(tokenizer, PROMPT, answer);
    const start = tokenizer.promptIds(PROMPT).length;
    const alone = [];
    for (let length = start; length <= row.length; length++)
      alone.push((await model.sequenceScores(padRows([row.slice(0, length)], tokenizer.pad)))[0]!);
    expect(maxDifference([scored!.before, ...scored!.rewards], alone)).toBeLessThan(1e-5);
  });

  it('an answer is scored the same alone and among others, and in whatever form it is typed', async () => {
    const together = await scoreAnswers(critic, { prompt: PROMPT, answers: ANSWERS });
    const [alone] = await scoreAnswers(critic, {
      prompt: ` Where does  Mia live?`,
      answers: ['Mia lives in the garden.'],
    });
    expect(alone!.tokens).toEqual(together[0]!.tokens);
    expect(maxDifference(alone!.rewards, together[0]!.rewards)).toBeLessThan(1e-5);
    expect(await scoreAnswers(critic, { prompt: PROMPT, answers: [] })).toEqual([]);
  });

  it('unknown words, rows without room and other models are refused', async () => {
    await expect(scoreAnswers(critic, { prompt: PROMPT, answers: ['xyzzy'] })).rejects.toThrow('"xyzzy"');
    await expect(scoreAnswers(critic, { prompt: PROMPT, answers: [Array(130).fill('mia').join(' ')] })).rejects.toThrow(
      'micro.reward: prompt and answer have 139 tokens, more than the context of 128',
    );
    const sft = await shipped('sft');
    expect(() => openCritic(engine, sft, 'micro.sft')).toThrow('micro.sft: a model of the sft stage gives no scores');
  });
});

describe('the critics', () => {
  it('stay loaded, and are loaded again when their file has changed', async () => {
    const engine = await open('wasm');
    const bytes = await shipped('reward');
    let loads = 0;
    const load = (): Promise<Uint8Array> => Promise.resolve(((loads += 1), bytes));
    const critics = new Critics();
    const first = await critics.get(engine, 'a', '1', load);
    expect(await critics.get(engine, 'a', '1', load)).toBe(first);
    expect(await critics.get(engine, 'a', '2', load)).not.toBe(first);
    expect(loads).toBe(2);
    expect([critics.has('a', '1'), critics.has('a', '2')]).toEqual([false, true]);
  });
});

it('the compiled engine gives the same at every token', async () => {
  const rows = [[2, 3, 4, 5, 6, 7], [3, 4, 9], [11]];
  const batch = padRows(rows, 0);
  const real = (scores: Float32Array): number[] => [...scores].filter((_, i) => batch.mask[i] === 1);
  const compiled = await openCompiled();
  const plain = await open('cpu');
  const [a, b] = [tinyModel(compiled, 3, { scored: true }), tinyModel(plain, 3, { scored: true })];
  expect(maxDifference(real(await a.tokenScores(batch)), real(await b.tokenScores(batch)))).toBeLessThan(1e-4);
  for (const model of [a, b]) model.dispose();
});
