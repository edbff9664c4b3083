import { describe, expect, it } from 'vitest';
import { countsOf, expectedCosts, parametersOf, totalCosts } from '../../src/core/costs.ts';
import { PRESETS, PRESET_NAMES, type PresetName } from '../../src/core/presets.ts';
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { parameterShapes } from '../../workers/model/gpt2.ts';
import { modelConfig } from '../../workers/pipeline/configuration.ts';

/**
 * Of `npm run pipeline -- --preset … --json …`: tokens and FLOP a stage, seed 0 (small: 1) on WASM. The judge of small
 * judged the shipped checkpoints.
 */
const MEASURED: readonly {
  preset: PresetName;
  base: 'shipped' | 'train';
  stages: Record<StageName, readonly [tokens: number, flop: number]>;
}[] = [
  {
    preset: 'nano',
    base: 'train',
    stages: {
      base: [3072, 168394752],
      sft: [8894, 203586624],
      reward: [59408, 1140028416],
      ppo: [5722, 161732544],
      judge: [14136, 258292992],
    },
  },
  {
    preset: 'micro',
    base: 'train',
    stages: {
      base: [599040, 443500462080],
      sft: [495048, 320765894656],
      reward: [627819, 286758364288],
      ppo: [344056, 158219214848],
      judge: [528240, 130361180160],
    },
  },
  {
    preset: 'small',
    base: 'shipped',
    stages: {
      base: [0, 0],
      sft: [2520356, 7271367857664],
      reward: [989196, 2143777304832],
      ppo: [450784, 860217563136],
      judge: [535600, 543175526400],
    },
  },
];

describe('parameters', () => {
  it.each(PRESET_NAMES)('of %s are those of the shapes that the workers train', (name) => {
    const preset = PRESETS[name];
    const shapes = parameterShapes(modelConfig(preset, countsOf(preset.world).vocabulary));
    const count = shapes.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(parametersOf(preset)).toBe(count);
  });

  it('of small are those that the README names', () => {
    expect(parametersOf(PRESETS.small)).toBe(507_072);
  });
});

describe('expected costs', () => {
  it.each(MEASURED)('of $preset are within a quarter of a real run', ({ preset, base, stages }) => {
    const expected = expectedCosts(PRESETS[preset], base);
    for (const stage of STAGES) {
      const [tokens, flop] = stages[stage];
      expect(Math.abs(expected[stage].tokens - tokens), `${stage}: tokens`).toBeLessThanOrEqual(0.25 * tokens);
      expect(Math.abs(expected[stage].flop - flop), `${stage}: FLOP`).toBeLessThanOrEqual(0.25 * flop);
    }
  });

  it('follow the knobs', () => {
    const { micro } = PRESETS;
    const costs = expectedCosts(micro, 'train');
    const longer = expectedCosts({ ...micro, ppo: { ...micro.ppo, iterations: 2 * micro.ppo.iterations } }, 'train');
    expect(longer.ppo.flop).toBeGreaterThan(1.8 * costs.ppo.flop);
    expect(longer.sft).toEqual(costs.sft);
    expect(totalCosts(longer).flop - totalCosts(costs).flop).toBeCloseTo(longer.ppo.flop - costs.ppo.flop, -3);
  });

  it('of a shipped base model are none', () => {
    expect(expectedCosts(PRESETS.micro, 'shipped').base).toEqual({ tokens: 0, flop: 0 });
  });

  it.each(PRESET_NAMES)('are finite and positive at the ends of the knobs of %s', (name) => {
    const preset = PRESETS[name];
    const least = {
      ...preset,
      reward: { ...preset.reward, prompts: 2, responses: 2, batch_size: 1, evaluation_prompts: 1 },
      ppo: { ...preset.ppo, rollouts: 1, minibatch_size: 1, ptx_rows: 0, calibration_prompts: 2 },
      judge: { known: 1, strangers: 1, others: 1 },
    };
    for (const { tokens, flop } of Object.values(expectedCosts(least, 'train'))) {
      expect(tokens).toBeGreaterThan(0);
      expect(Number.isFinite(flop)).toBe(true);
    }
  });
});
