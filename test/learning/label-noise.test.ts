/** Noise on the simulated labeller's rankings: so many of them are drawn at random, and the others stay as they were. */
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/core/presets.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { Model } from '../../workers/model/model.ts';
import { Checkpoints } from '../../workers/pipeline/checkpoints.ts';
import { RankingCollection } from '../../workers/pipeline/collect.ts';
import { contextOf } from '../../workers/pipeline/context.ts';
import { figuresOf, pull } from './runs.ts';

describe('label noise', () => {
  it('changes the order of about as many rankings as it says, and no response', async () => {
    const { engine } = await openNodeEngine('wasm');
    const context = contextOf({ preset: 'micro', seed: 4, labels: 'simulated' }, engine);
    const { config, weights } = await new Checkpoints(memoryStore(), loadShipped, 'micro', context.config).shipped(
      'sft',
    );
    const model = new Model(engine, config, weights);
    const collect = async (noise?: number) => {
      const options = { stream: 'reward/collect', prompts: 96, split: 'reward', taste: 'gold' } as const;
      const collection = new RankingCollection(context, { ...options, ...(noise === undefined ? {} : { noise }) });
      const all = [];
      for (let i = 0; i < collection.batches; i++)
        all.push(...(await collection.run(i, model, { tokens: 0, flop: 0 })));
      return all;
    };
    const plain = await collect();
    expect(await collect(0)).toEqual(plain);
    const noisy = await collect(0.5);
    expect(noisy.map(({ responses }) => responses)).toEqual(plain.map(({ responses }) => responses));
    const different = noisy.filter(({ ranks }, i) => ranks.join() !== plain[i]?.ranks.join()).length;
    // Half are drawn; of four answers one in 24 orders is the old one, of fewer different ones more.
    expect(different / plain.length).toBeGreaterThan(0.3);
    expect(different / plain.length).toBeLessThan(0.55);
    model.dispose();
  });

  it('of 0 leaves a run as it is, and its finished stages current', async () => {
    const request = { preset: 'nano', seed: 4, stages: ['base', 'sft', 'reward'], base: 'train' } as const;
    const run = (changes?: { 'reward.label_noise': number }) =>
      pull(memoryStore(), { ...request, labels: 'simulated', ...(changes ? { changes } : {}) });
    const plain = figuresOf((await run())!);
    expect(figuresOf((await run({ 'reward.label_noise': 0 }))!)).toEqual(plain);
    expect(figuresOf((await run({ 'reward.label_noise': 1 }))!)).not.toEqual(plain);
    expect(PRESETS.nano.reward.label_noise).toBe(0);
  });
});
