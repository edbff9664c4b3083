/**
 * Each trap, put back in alone, raises the alarm that names it; the same runs without it raise none at any step. Micro on
 * WASM, from the shipped models: what is shortened is shortened for all.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Alarm, type AlarmId, type Watched, alarmsOf } from '../../src/core/alarms.ts';
import { type Changes, presetFor } from '../../src/core/knobs.ts';
import type { ProgressEvent } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import { type TrapId, TRAPS } from '../../src/core/traps.ts';
import { Curves } from '../../src/session/curves.svelte.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { pull } from './runs.ts';

/** The symptoms of tuning show within 300 steps; what the stage reports of exact match is of no use here. */
const SHORT_TUNING: Changes = { 'sft.steps': 300, 'sft.evaluation_prompts': 2 };

interface Seen {
  report: RunReport;
  curves: Curves;
  /** After every step that measured something. */
  ever: ReadonlySet<AlarmId>;
  /** At the end. */
  last: readonly Alarm[];
}

/** Runs one stage, with what comes before it as shipped, and looks for alarms after every step, as the page does. */
async function watch(stage: Watched, seed: number, changes: Changes = {}): Promise<Seen> {
  const curves = new Curves();
  const preset = presetFor('micro', 'simulated', changes);
  const look = (report: RunReport | null): Alarm[] =>
    alarmsOf({
      stage,
      history: { steps: curves.steps, column: (metric) => curves.column(metric) },
      preset,
      labels: 'simulated:gold',
      report: report?.reward ?? null,
      failure: null,
    });
  const ever = new Set<AlarmId>();
  const request = { preset: 'micro', seed, stages: [stage], base: 'shipped', labels: 'simulated', changes } as const;
  const hear = (event: ProgressEvent): void => {
    curves.add([event]);
    for (const { id } of look(null)) ever.add(id);
  };
  const report = (await pull(memoryStore(), request, {
    stop: (event) => {
      if (event.kind === 'progress' && event.stage === stage) hear(event);
      return false;
    },
  })) as RunReport;
  const last = look(report);
  for (const { id } of last) ever.add(id);
  return { report, curves, ever, last };
}

/** The trap's own changes, with more of its run's. */
function trap(id: TrapId, changes: Changes = {}): Changes {
  const { changes: own } = TRAPS.find((each) => each.id === id)!;
  return { ...own, ...changes };
}
const idsOf = ({ last }: Seen): AlarmId[] => last.map(({ id }) => id);
const column = ({ curves }: Seen, metric: string): number[] => curves.column(metric)!.filter((each) => each !== null);
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('without a trap', () => {
  test.each([1, 2])('instruction tuning raises no alarm, seed %i', async (seed) => {
    const seen = await watch('sft', seed, SHORT_TUNING);
    expect([...seen.ever]).toEqual([]);
    expect(column(seen, 'eos_rate')).toHaveLength(9);
  });

  test('the reward model raises none', async () => {
    expect([...(await watch('reward', 1)).ever]).toEqual([]);
  });

  test.each([1, 2])('PPO raises none, seed %i', async (seed) => {
    const seen = await watch('ppo', seed);
    expect([...seen.ever]).toEqual([]);
    expect(column(seen, 'objective/kl')).toHaveLength(15);
    // What the limits stand on: here nothing is off at all.
    expect(Math.max(...column(seen, 'val/first_log_ratio'))).toBeLessThan(1e-5);
    expect(Math.max(...column(seen, 'val/advantage_mean').map(Math.abs))).toBeLessThan(1e-6);
    expect(Math.max(...column(seen, 'val/advantage_std').map((std) => Math.abs(std - 1)))).toBeLessThan(1e-5);
  });
});

describe('a trap is named by its alarm', () => {
  test('padding by the end token: answers do not end', async () => {
    const seen = await watch('sft', 1, trap('pad_is_eos', SHORT_TUNING));
    expect(idsOf(seen)).toEqual(['no_end']);
    expect(column(seen, 'eos_rate').at(-1)).toBeLessThan(0.1);
  });

  test('no replay: the corpus is forgotten', async () => {
    const seen = await watch('sft', 1, trap('no_replay', SHORT_TUNING));
    expect(idsOf(seen)).toEqual(['forgotten']);
    const [base, tuned] = [column(seen, 'corpus_loss/base')[0]!, column(seen, 'corpus_loss').at(-1)!];
    expect(tuned).toBeGreaterThan(base + 1);
  });

  test('sixty pairs: few labels, and learnt by heart', async () => {
    const seen = await watch('reward', 1, trap('few_pairs'));
    expect(idsOf(seen)).toEqual(expect.arrayContaining(['by_heart', 'few_labels']));
    expect(seen.report.reward!.accuracy.familiar.rate).toBeLessThan(0.7);
  });

  test('whitening over padding: advantages are not white', async () => {
    const seen = await watch('ppo', 1, trap('whiten_pads', { 'ppo.iterations': 3 }));
    expect(idsOf(seen)).toEqual(['advantages']);
  });

  test('old log-probs at another temperature: the ratio is not 1, the KL is negative', async () => {
    const seen = await watch('ppo', 1, trap('other_temperature', { 'ppo.iterations': 4 }));
    expect(idsOf(seen)).toEqual(['ratio', 'negative_kl']);
  });

  describe('no price on KL', () => {
    let seen: Seen;
    beforeAll(async () => {
      seen = await watch('ppo', 1, trap('no_kl'));
    });

    test('gold falls while the reward rises', () => {
      expect([...seen.ever]).toContain('gold_falls');
      expect(idsOf(seen)).toContain('gold_falls');
    });

    test('for it really does: over-optimisation', () => {
      const [gold, scores] = [column(seen, 'objective/gold'), column(seen, 'objective/scores')];
      const best = Math.max(...gold.slice(3).map((_, i) => average(gold.slice(i, i + 4))));
      expect(average(gold.slice(-4))).toBeLessThan(best - 0.3);
      expect(average(scores.slice(-4))).toBeGreaterThan(average(scores.slice(0, 4)) + 0.5);
    });
  });
});
