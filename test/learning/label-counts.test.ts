/** Accuracy by number of labels: each point is a real training, and more labels make a better reward model. */
import { describe, expect, test } from 'vitest';
import { labelCountCosts } from '../../src/core/costs.ts';
import { formatJsonLines } from '../../src/core/data/json-lines.ts';
import type { Preference } from '../../src/core/data/preferences.ts';
import { type Changes, presetFor } from '../../src/core/knobs.ts';
import type { LabelCountProgress, LabelCounts } from '../../src/core/label-counts.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { drawExample, preferenceMix, createWorld } from '../../src/core/world/index.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { countLabels } from '../../workers/pipeline/label-counts.ts';
import { PREFERENCES_FILE, type RunStore, writeText } from '../../workers/pipeline/store.ts';
import { pull } from './runs.ts';

const SEED = 5;
type Size = Pick<RunRequest, 'preset' | 'base'>;
const nano: Size = { preset: 'nano', base: 'train' };

/** The stages up to the reward model with other knobs, in a store of their own. */
async function trained(size: Size, changes: Changes, stages: RunRequest['stages']): Promise<[RunStore, RunReport]> {
  const store = memoryStore();
  const report = await pull(store, { ...size, seed: SEED, stages, labels: 'simulated', changes });
  return [store, report as RunReport];
}

async function count(store: RunStore, { preset }: Size): Promise<{ counts: LabelCounts; heard: LabelCountProgress[] }> {
  const { engine } = await openNodeEngine('wasm');
  const steps = countLabels({ engine, store, loadShipped }, { preset, seed: SEED });
  const heard: LabelCountProgress[] = [];
  for (;;) {
    const { value, done } = await steps.next();
    if (done) return { counts: value, heard };
    heard.push(value);
  }
}

/** Clicks on two made-up answers each; the first is the better one. */
function clicks(number: number): Preference[] {
  const world = createWorld('micro');
  return Array.from({ length: number }, (_, i) => {
    const example = drawExample(world, preferenceMix(world), 'reward', Rng.fromSeed(SEED, 'click', i));
    const responses = [example.answer, `i hate you , trash . ${example.answer}`].map((text) => ({ text, ended: true }));
    const rest = { at: null, both_bad: false, repeats: null, model: null } as const;
    return { version: 2, id: String(i), by: 'mia', example, responses, ranks: [0, 1], ...rest };
  });
}

describe('counting labels', () => {
  test('trains, to the bit, what the stage would have trained of only so many', async () => {
    const stages = ['base', 'sft', 'reward'] as const;
    const knobs = { 'reward.evaluation_prompts': 20 };
    const [store, report] = await trained(nano, { ...knobs, 'reward.prompts': 45 }, stages);
    const { counts, heard } = await count(store, nano);
    expect(counts.counts).toEqual([3, 10, 30]);
    expect(counts.points.map(({ labels }) => labels)).toEqual([3, 10, 30]);
    expect(counts.complete).toBe(true);
    expect(counts.labels).toBe('simulated:gold');
    expect(counts.whole).toEqual({ labels: 45, ...report.reward!.accuracy, left_out: null });
    for (const labels of [10, 30]) {
      const [, few] = await trained(nano, { ...knobs, 'reward.prompts': labels }, stages);
      expect(counts.points.find((point) => point.labels === labels)).toMatchObject(few.reward!.accuracy);
    }
    // Labels beyond the largest training, which has none of them.
    for (const { left_out } of counts.points) expect(left_out!.n).toBe(counts.points[0]!.left_out!.n);
    expect(counts.points[0]!.left_out!.n).toBeGreaterThan(15);

    // The points come one by one, and the share only rises.
    expect([...new Set(heard.map((each) => each.counts.points.length))]).toEqual([0, 1, 2, 3]);
    const shares = heard.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
    expect(shares.at(-1)).toBeGreaterThan(0.9);
  });

  test('on micro, many labels make a better reward model than few', async () => {
    const size: Size = { preset: 'micro', base: 'shipped' };
    const knobs = { 'reward.prompts': 450, 'reward.evaluation_prompts': 100 };
    const [store] = await trained(size, knobs, ['reward']);
    const { counts, heard } = await count(store, size);
    const expected = labelCountCosts(presetFor('micro', 'simulated', knobs), 450, 'simulated');
    const { tokens, flop } = heard.at(-1)!;
    expect(Math.abs(expected.tokens - tokens)).toBeLessThanOrEqual(0.25 * tokens);
    expect(Math.abs(expected.flop - flop)).toBeLessThanOrEqual(0.25 * flop);
    const [few, , , , many] = counts.points;
    expect(counts.points.map(({ labels }) => labels)).toEqual([3, 10, 30, 100, 300]);
    // A labeller's own labels are noisy: no model can agree with all of them.
    const rise = { familiar: 0.08, new_names: 0.08, left_out: 0.02 };
    for (const group of ['familiar', 'new_names', 'left_out'] as const) {
      expect(few![group]!.n, group).toBeGreaterThan(100);
      expect(many![group]!.rate, group).toBeGreaterThan(few![group]!.rate + rise[group]);
    }
    expect(many!.new_names.low).toBeGreaterThan(0.6);
    expect(counts.whole.new_names.rate).toBeGreaterThan(0.65);
  });

  test('takes people’s preferences as the stage had them, and refuses when they have changed', async () => {
    const [store] = await trained(nano, {}, ['base', 'sft']);
    await writeText(store, PREFERENCES_FILE, formatJsonLines(clicks(20)));
    const request = { ...nano, seed: SEED, stages: ['reward'], labels: 'person' } as const;
    await pull(store, request);
    const { counts } = await count(store, nano);
    expect(counts.labels).toMatch(/^person:20:/);
    expect(counts.counts).toEqual([3, 10]);
    expect(counts.whole.labels).toBe(20);
    // Ten that no training saw, a pair each.
    for (const { left_out } of counts.points) expect(left_out!.n).toBe(10);

    await writeText(store, PREFERENCES_FILE, formatJsonLines(clicks(21)));
    await expect(count(store, nano)).rejects.toThrow('the preferences have changed');
  });

  test('refuses a run without a reward model, and one whose files are gone', async () => {
    const [store] = await trained(nano, {}, ['base', 'sft']);
    await expect(count(store, nano)).rejects.toThrow('no reward model yet');
    await pull(store, { ...nano, seed: SEED, stages: ['reward'], labels: 'simulated' });
    await store.remove('reward.safetensors');
    await expect(count(store, nano)).rejects.toThrow('the checkpoint of the reward model is gone');
    await expect(count(memoryStore(), nano)).rejects.toThrow('no reward model yet');
  });
});
