/** What the token microscope records is what the update used: its sums are the stage's own figures, on both engines. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type IterationRecord, spanOf, tokenAt, whiteningOf } from '../../src/core/microscope.ts';
import { ROUNDING, agrees, sumsOf } from '../../src/core/microscope-sums.ts';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { mean, std } from '../../src/core/stats.ts';
import { openDawn } from '../../tools/dawn.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { contextOf } from '../../workers/pipeline/context.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';
import type { RunStore } from '../../workers/pipeline/store.ts';

/** Enough updates, fast enough, that tokens are clipped; the last minibatch of a pass is smaller than the others. */
const request: RunRequest = {
  preset: 'nano',
  seed: 5,
  stages: ['base', 'sft', 'reward', 'ppo'],
  base: 'train',
  labels: 'simulated',
  changes: {
    'ppo.iterations': 4,
    'ppo.rollouts': 14,
    'ppo.epochs': 3,
    'ppo.minibatch_size': 4,
    'ppo.learning_rate': 2e-2,
    'ppo.value_learning_rate': 2e-2,
    'ppo.cliprange_value': 0.1,
    'ppo.kl_target': 1,
    'ppo.kl_horizon': 100,
    'ppo.gamma': 0.97,
  },
};

interface Heard {
  records: IterationRecord[];
  /** Metrics of PPO by step. */
  metrics: Map<number, Record<string, number>>;
}

/** Runs until `stop` says so. */
async function run(
  backend: 'wasm' | 'webgpu',
  store: RunStore = memoryStore(),
  stop: (event: PipelineEvent) => boolean = () => false,
): Promise<Heard> {
  const opened = await openNodeEngine(backend);
  expect(opened.device.engine).toBe(backend === 'webgpu' ? 'compiled' : 'plain');
  const heard: Heard = { records: [], metrics: new Map() };
  const options = { request, ...opened, store, loadShipped, snapshotSeconds: Infinity, sampleEvery: { ppo: 1 } };
  for await (const event of runPipeline(options)) {
    if (event.kind === 'recorded') heard.records.push(event.record);
    if (event.kind === 'progress' && event.stage === 'ppo') heard.metrics.set(event.step, event.metrics);
    if (stop(event)) break;
  }
  return heard;
}

const { tokenizer } = contextOf(request, undefined as never);
const decode = (ids: readonly number[]): string => tokenizer.decode(ids);

describe.each(['wasm', 'webgpu'] as const)('a run on %s', (backend) => {
  let heard: Heard;
  let reason = '';
  beforeAll(async () => {
    const dawn = backend === 'webgpu' ? await openDawn({ software: true }) : null;
    if (dawn && !dawn.gpu) reason = dawn.reason;
    else heard = await run(backend);
  }, 900_000);

  test('the sums over the recorded tokens are the points of the curves', ({ skip }) => {
    if (reason) return skip(reason);
    expect(heard.records.map(({ iteration, step }) => [iteration, step])).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    for (const record of heard.records) {
      const metrics = heard.metrics.get(record.step) ?? {};
      for (const sum of sumsOf(record, decode)) {
        const curve = metrics[sum.metric] as number;
        expect(agrees(sum, curve), `${sum.metric} of iteration ${record.iteration}: ${sum.value}, not ${curve}`).toBe(
          true,
        );
      }
      expect(record.settings.kl_coef).toBe(metrics['objective/kl_coef']);
    }
    // Not because there was nothing to add up.
    const last = heard.metrics.get(5) ?? {};
    for (const name of ['policy/clipfrac_avg', 'policy/approxkl_avg', 'val/clipfrac_avg', 'loss/value_avg'])
      expect(last[name], name).toBeGreaterThan(0.01);
  });

  test('the first minibatch is as it was sampled; the others have moved', ({ skip }) => {
    if (reason) return skip(reason);
    for (const record of heard.records) {
      const ratios = record.epochs.map(({ minibatch }, epoch) =>
        record.asked.flatMap((_, b) => {
          const [start, end] = spanOf(record, b);
          return Array.from({ length: end - start }, (_, i) => ({
            part: minibatch[b],
            away: Math.abs(tokenAt(record, start + i, epoch).ratio - 1),
          }));
        }),
      );
      const most = (epoch: number, first: boolean): number =>
        Math.max(...ratios[epoch]!.filter(({ part }) => (part === 0) === first).map(({ away }) => away));
      expect(most(0, true)).toBeLessThan(1e-5);
      expect(most(0, false)).toBeGreaterThan(1e-3);
      expect(most(1, true)).toBeGreaterThan(1e-3);
      expect(record.epochs[0]!.minibatch.filter((part) => part === 0)).toHaveLength(4);
      expect(record.epochs[0]!.minibatch.filter((part) => part === 3)).toHaveLength(2);
    }
  });

  test('advantages follow from rewards and values, and are whitened over the tokens of the rollout', ({ skip }) => {
    if (reason) return skip(reason);
    for (const record of heard.records) {
      const { gamma, lambda, kl_coef } = record.settings;
      record.asked.forEach((_, b) => {
        const [start, end] = spanOf(record, b);
        // A sum of surprises, not the recursion.
        const next = (i: number): number => (i + 1 < end ? record.values[i + 1]! : 0);
        for (let t = start; t < end; t++) {
          let advantage = 0;
          for (let k = t; k < end; k++)
            advantage += (gamma * lambda) ** (k - t) * (record.rewards[k]! + gamma * next(k) - record.values[k]!);
          expect(Math.abs(record.advantages[t]! - advantage)).toBeLessThan(1e-5);
          const penalty = -kl_coef * (record.oldLogprobs[t]! - record.refLogprobs[t]!);
          if (t < end - 1) expect(Math.abs(record.rewards[t]! - penalty)).toBeLessThan(1e-6);
        }
        const { std: unit, mean: zero } = record.settings.calibration;
        expect(Math.abs(record.scores[b]! - (record.rawScores[b]! - zero) / unit)).toBeLessThan(1e-5);
      });
      const whitening = whiteningOf(record)!;
      expect(Math.abs(whitening.mean - mean(record.advantages))).toBeLessThan(1e-5);
      expect(Math.abs(whitening.std / std(record.advantages, { unbiased: true }) - 1)).toBeLessThan(ROUNDING);
    }
  });

  test('what comes after is what the next iteration starts from', ({ skip }) => {
    if (reason) return skip(reason);
    const [first, second] = heard.records;
    expect([...first!.after.logprobs]).not.toEqual([...first!.epochs[2]!.logprobs]);
    expect(second!.settings.kl_coef).not.toBe(first!.settings.kl_coef);
  });
});

test('a run that was cut off goes on recording where it was', async () => {
  const unbroken = await run('wasm');
  const store = memoryStore();
  const before = await run('wasm', store, ({ kind }) => kind === 'recorded');
  expect(before.records.map(({ iteration }) => iteration)).toEqual([1]);
  const rest = await run('wasm', store);
  expect([...before.records, ...rest.records]).toEqual(unbroken.records);
});
