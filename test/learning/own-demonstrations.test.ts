/** Demonstrations that a person writes really teach: a new kind of instruction is followed after them, and not without. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Demonstration } from '../../src/core/data/demonstrations.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { Rng, hash32 } from '../../src/core/rng.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { openNodeEngine } from '../../tools/node-backend.ts';
import { Model } from '../../workers/model/model.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { ownDemonstrations } from '../../workers/pipeline/own-demonstrations.ts';
import { respond } from '../../workers/pipeline/respond.ts';
import { contextOf } from '../../workers/pipeline/context.ts';
import { sftRows } from '../../workers/pipeline/sft.ts';
import type { StageContext } from '../../workers/pipeline/stage.ts';
import { pull } from './runs.ts';

/** "say hey to leo ." → "hey leo .": no task of the world is like it. */
const greeting = (name: string, i: number): Demonstration => ({
  version: 1,
  id: `greeting-${i}`,
  world: 'micro',
  task: 'own',
  prompt: `say hey to ${name} .`,
  response: `hey ${name} , nice to have you here .`,
  by: i < 3 ? 'mia' : 'tom',
  at: '2026-01-01T00:00:00.000Z',
});
const demonstrations = ['ivy', 'nora', 'luna', 'karl', 'yuna', 'jack', 'leo', 'zoe'].map(greeting);

const request: RunRequest = {
  preset: 'micro',
  seed: 2,
  stages: ['base', 'sft'],
  base: 'shipped',
  labels: 'simulated',
  changes: { 'sft.steps': 150, 'sft.evaluation_prompts': 1 },
};

describe('eight demonstrations of a new instruction', () => {
  const tuned = async (own: readonly Demonstration[]): Promise<{ right: number; data: string }> => {
    const store = memoryStore();
    await pull(store, { ...request, demonstrations: own });
    const { weights, config, card } = decodeCheckpoint((await store.read('sft.safetensors'))!, 'sft');
    const { engine } = await openNodeEngine('wasm');
    const context = contextOf(request, engine);
    const model = new Model(engine, config, weights);
    const prompts = demonstrations.map(({ prompt }) => context.tokenizer.promptIds(prompt));
    const answers = await respond(context, model, prompts, { temperature: 0, stream: 'test' });
    model.dispose();
    const right = answers.filter(({ text, ended }, i) => ended && text === demonstrations[i]!.response).length;
    return { right, data: card.data };
  };

  test('are followed as taught, and only by the model that learnt from them', async () => {
    const [taught, untaught] = [await tuned(demonstrations), await tuned([])];
    expect(taught.right).toBeGreaterThanOrEqual(7);
    expect(untaught.right).toBe(0);
    expect(taught.data).toContain('8 that people wrote (3 by mia, 5 by tom)');
    expect(untaught.data).not.toContain('people');
  });
});

describe('rows of instruction tuning', () => {
  let micro: StageContext;
  beforeAll(async () => {
    const { engine } = await openNodeEngine('wasm');
    micro = contextOf({ ...request, changes: {} }, engine);
  });

  test('without own demonstrations are the same as before there were any', async () => {
    const { engine } = await openNodeEngine('wasm');
    const rowsOf = (preset: 'nano' | 'small'): number => {
      const context = contextOf({ preset, seed: 7, labels: 'simulated' }, engine);
      return hash32(JSON.stringify([0, 3, 9].map((step) => sftRows(context, [], step))));
    };
    expect(rowsOf('nano')).toBe(2847351983);
    expect(rowsOf('small')).toBe(1162420683);
  });

  test("are people's own for a fifth of the instructions, whatever order they came in", () => {
    const own = ownDemonstrations(micro, demonstrations).rows;
    const rows = Array.from({ length: 64 }, (_, step) => sftRows(micro, own, step)).flat();
    const mine = rows.filter((row) => own.includes(row)).length;
    const instructions = rows.filter(({ prompt }) => prompt.length > 1).length;
    expect(mine / instructions).toBeGreaterThan(0.16);
    expect(mine / instructions).toBeLessThan(0.24);
    const shuffled = Rng.fromSeed(1).shuffle(demonstrations);
    expect(ownDemonstrations(micro, shuffled)).toEqual(ownDemonstrations(micro, demonstrations));
  });

  test('leave out those of another world', () => {
    const foreign = demonstrations.map((each) => ({ ...each, world: 'town' as const }));
    expect(ownDemonstrations(micro, foreign)).toEqual({ rows: [], hash: 0, credits: '' });
  });

  test.each([
    [
      { prompt: 'say hello to leo' },
      'demonstration "say hello to leo" (greeting-0): not in the vocabulary: "hello" (word 2)',
    ],
    [{ response: 'hey <eos>' }, 'not in the vocabulary: "<eos>"'],
    [{ response: Array(21).fill('hey').join(' ') }, 'its response has 22 tokens, at most 21 fit, the end included'],
    [{ prompt: Array(106).fill('hey').join(' ') }, 'its prompt has 109 tokens, at most 107 fit'],
  ])('%j is refused before anything is run', async (change, message) => {
    const store = memoryStore();
    const own = [{ ...demonstrations[0]!, ...change }];
    await expect(pull(store, { ...request, demonstrations: own })).rejects.toThrow(message);
    expect(await store.keys()).toEqual([]);
  });
});
