/**
 * The micro preset on the compiled engine, from the shipped base model to the judge: it has to learn what the plain
 * engine learns. The numbers are not the same, because rounding takes two runs apart, but the figures are alike.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunRequest } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import { openDawn } from '../../tools/dawn.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';

const stages = ['base', 'sft', 'reward', 'ppo', 'judge'] as const;
const request: RunRequest = { preset: 'micro', seed: 0, stages, base: 'shipped', labels: 'simulated' };

describe('a micro run on WebGPU', () => {
  let report: RunReport | undefined;
  let reason = '';
  beforeAll(async () => {
    const dawn = await openDawn({ software: true });
    if (!dawn.gpu) {
      reason = dawn.reason;
      return;
    }
    const opened = await openNodeEngine('webgpu');
    expect(opened.device.engine).toBe('compiled');
    const run = runPipeline({ request, ...opened, store: memoryStore(), loadShipped, snapshotSeconds: Infinity });
    for await (const event of run) if (event.kind === 'run_done') report = event.run;
  }, 2_400_000);

  test('every stage learns', ({ skip }) => {
    if (reason) return skip(reason);
    const { sft, reward, judge } = report as RunReport;
    expect(sft!.exact_match.mean).toBeGreaterThan(0.7);
    expect(reward!.accuracy.familiar.rate).toBeGreaterThanOrEqual(0.75);
    expect(reward!.probes.clean_over_rude.rate).toBeGreaterThan(0.9);
    const { models, win_rate, kl } = judge!;
    expect(win_rate.ppo_over_sft.rate).toBeGreaterThanOrEqual(0.6);
    expect(models.ppo.fabrication).toBeLessThan(models.sft.fabrication - 0.3);
    expect(models.ppo.rude).toBeLessThanOrEqual(0.04);
    expect(kl).toBeGreaterThan(0.1);
    expect(kl).toBeLessThan(8);
  });

  test('the policy that sampled is the policy that is updated: ratio 1 before the first update', ({ skip }) => {
    if (reason) return skip(reason);
    const metrics = report?.stages.find(({ name }) => name === 'ppo')?.metrics ?? {};
    expect(Math.abs(metrics['val/first_ratio']! - 1)).toBeLessThan(1e-5);
  });
});
