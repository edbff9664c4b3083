/**
 * Each trap, put back in alone, raises the alarm that names it; the same run without it raises none at any step. Micro on
 * WASM, from the shipped base model; every trap goes on from the one healthy run.
 */
import { describe, expect, test } from 'vitest';
import { type Alarm, type AlarmId, type Watched, alarmsOf } from '../../src/core/alarms.ts';
import { type Changes, presetFor } from '../../src/core/knobs.ts';
import type { ProgressEvent } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import { type TrapId, TRAPS } from '../../src/core/traps.ts';
import { Curves } from '../../src/session/curves.svelte.ts';
import { memoryStore } from '../../tools/node-store.ts';
import type { RunStore } from '../../workers/pipeline/store.ts';
import { pull } from './runs.ts';

const SEED = 1;
/** The symptoms of tuning show within 300 steps; what the stage reports of exact match is of no use here. */
const SHORT_TUNING: Changes = { 'sft.steps': 300, 'sft.evaluation_prompts': 2 };

/** The healthy run: instruction tuning, reward model and PPO as the preset has them. It is only read. */
const healthy = memoryStore();

interface Seen {
  report: RunReport;
  curves: Curves;
  /** After every step that measured something. */
  ever: ReadonlySet<AlarmId>;
  /** At the end. */
  last: readonly Alarm[];
}

/** Runs one stage, with what there is of those before it, and looks for alarms after every step, as the page does. */
async function watch(store: RunStore, stage: Watched, changes: Changes = {}, seed = SEED): Promise<Seen> {
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
  const report = (await pull(store, request, {
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

/** A copy of the healthy run, to go on with. */
async function copy(): Promise<RunStore> {
  const store = memoryStore();
  for (const key of await healthy.keys()) await store.write(key, (await healthy.read(key))!);
  return store;
}

describe('without a trap', () => {
  test.each(['sft', 'reward', 'ppo'] as const)('%s raises no alarm at any step', async (stage) => {
    // In this order: each goes on from the one before.
    const seen = await watch(healthy, stage);
    expect([...seen.ever]).toEqual([]);
    if (stage === 'sft') expect(column(seen, 'eos_rate')).toHaveLength(9);
    if (stage !== 'ppo') return;
    // What the limits stand on: here nothing is off at all.
    expect(column(seen, 'objective/kl')).toHaveLength(15);
    expect(Math.max(...column(seen, 'val/first_log_ratio'))).toBeLessThan(1e-5);
    expect(Math.max(...column(seen, 'val/advantage_mean').map(Math.abs))).toBeLessThan(1e-6);
    expect(Math.max(...column(seen, 'val/advantage_std').map((std) => Math.abs(std - 1)))).toBeLessThan(1e-5);
  });

  test('nor does another seed, tuned for fewer steps, or PPO on the shipped models', async () => {
    expect([...(await watch(memoryStore(), 'sft', SHORT_TUNING, 2)).ever]).toEqual([]);
    expect([...(await watch(memoryStore(), 'ppo', {}, 2)).ever]).toEqual([]);
  });
});

describe('a trap is named by its alarm', () => {
  test('padding by the end token: answers do not end', async () => {
    const seen = await watch(memoryStore(), 'sft', trap('pad_is_eos', SHORT_TUNING));
    expect(idsOf(seen)).toEqual(['no_end']);
    expect(column(seen, 'eos_rate').at(-1)).toBeLessThan(0.1);
  });

  test('no replay: the corpus is forgotten', async () => {
    const seen = await watch(memoryStore(), 'sft', trap('no_replay', SHORT_TUNING));
    expect(idsOf(seen)).toEqual(['forgotten']);
    const [base, tuned] = [column(seen, 'corpus_loss/base')[0]!, column(seen, 'corpus_loss').at(-1)!];
    expect(tuned).toBeGreaterThan(base + 1);
  });

  test('sixty pairs: few labels, and learnt by heart', async () => {
    const seen = await watch(await copy(), 'reward', trap('few_pairs'));
    expect(idsOf(seen)).toEqual(expect.arrayContaining(['by_heart', 'few_labels']));
    expect(seen.report.reward!.accuracy.familiar.rate).toBeLessThan(0.7);
  });

  test('whitening over padding: advantages are not white', async () => {
    const seen = await watch(await copy(), 'ppo', trap('whiten_pads', { 'ppo.iterations': 3 }));
    expect(idsOf(seen)).toEqual(['advantages']);
  });

  test('old log-probs at another temperature: the ratio is not 1, the KL is negative', async () => {
    const seen = await watch(await copy(), 'ppo', trap('other_temperature', { 'ppo.iterations': 4 }));
    expect(idsOf(seen)).toEqual(['ratio', 'negative_kl']);
  });

  test('no price on KL: gold falls while the reward rises, and it really does', async () => {
    const seen = await watch(await copy(), 'ppo', trap('no_kl'));
    expect(idsOf(seen)).toContain('gold_falls');
    const [gold, scores] = [column(seen, 'objective/gold'), column(seen, 'objective/scores')];
    const best = Math.max(...gold.slice(3).map((_, i) => average(gold.slice(i, i + 4))));
    expect(average(gold.slice(-4))).toBeLessThan(best - 0.3);
    expect(average(scores.slice(-4))).toBeGreaterThan(average(scores.slice(0, 4)) + 0.5);
  });
});
