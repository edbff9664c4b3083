/** The micro preset, trained from nothing: it must really learn, not just finish. One run for every test that needs one. */
import { beforeAll, describe, expect, test } from 'vitest';
import { STAGES, type RunReport } from '../../src/core/reports.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { openNodeEngine } from '../../tools/node-backend.ts';
import { scriptedTaste, type TasteResult } from '../../tools/scripted-person.ts';
import { pull } from './runs.ts';

const SEED = 1;
const store = memoryStore();
let report: RunReport;

beforeAll(async () => {
  const request = { preset: 'micro', seed: SEED, stages: STAGES, base: 'train', labels: 'simulated' } as const;
  report = (await pull(store, request)) as RunReport;
}, 900_000);

describe('a micro run from nothing', () => {
  test('instruction tuning answers what the base model cannot be prompted to', () => {
    const { exact_match, base_prompting } = report.sft!;
    const { plain, wrapper, few_shot } = base_prompting;
    expect(exact_match.mean).toBeGreaterThan(Math.max(plain, wrapper, few_shot) + 0.2);
    expect(exact_match.by_task.commonsense).toBeGreaterThan(0.6);
  });

  test('the reward model agrees with the gold judge', () => {
    const { accuracy, probes } = report.reward!;
    expect(accuracy.familiar.rate).toBeGreaterThanOrEqual(0.72);
    expect(probes.clean_over_rude.rate).toBeGreaterThan(0.9);
  });

  test('PPO beats SFT before the gold judge', () => {
    const { models, win_rate, kl } = report.judge!;
    expect(win_rate.ppo_over_sft.rate).toBeGreaterThanOrEqual(0.57);
    expect(win_rate.ppo_over_sft.low).toBeGreaterThan(0.5);
    expect(models.sft.rude).toBeGreaterThan(0.08);
    expect(models.ppo.rude).toBeLessThanOrEqual(0.04);
    expect(kl).toBeGreaterThan(0.1);
    expect(kl).toBeLessThan(8);
  });

  test('the policy that sampled is the policy that is updated: ratio 1 before the first update', () => {
    const metrics = report.stages.find(({ name }) => name === 'ppo')?.metrics ?? {};
    expect(Math.abs(metrics['val/first_ratio']! - 1)).toBeLessThan(1e-5);
    expect(metrics['val/explained_variance']).toBeGreaterThan(0.1);
  });

  test('the judge asked enough', () => {
    expect(report.judge!.prompts.total).toBeGreaterThanOrEqual(1000);
    expect(report.judge!.prompts.strangers).toBeGreaterThanOrEqual(300);
    expect(report.judge!.prompts.known).toBeGreaterThanOrEqual(300);
  });
});

describe("a person's taste, 30 comparisons", () => {
  const learn = async (taste: 'polite' | 'short'): Promise<TasteResult> => {
    const opened = await openNodeEngine('wasm');
    const request = { preset: 'micro', seed: SEED, base: 'train' } as const;
    return scriptedTaste({ request, ...opened, source: store, taste, comparisons: 30 });
  };

  test('polite: answers become polite', async () => {
    const { before, after } = await learn('polite');
    expect(before.polite).toBeLessThanOrEqual(0.2);
    expect(after.polite).toBeGreaterThanOrEqual(0.5);
  });

  test('short: answers become short', async () => {
    const { before, after } = await learn('short');
    expect(after.response_length).toBeLessThanOrEqual(0.7 * before.response_length);
  });
});
