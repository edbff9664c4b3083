/** Each alarm's rule on made-up figures: what raises it, what just does not, and what is no number. */
import { describe, expect, it } from 'vitest';
import { type AlarmId, type Examined, WATCHED, alarmsOf, remediesOf } from '../../src/core/alarms.ts';
import { KNOBS, findKnob, withChanges } from '../../src/core/knobs.ts';
import { PRESETS } from '../../src/core/presets.ts';
import type { RewardReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { rate } from '../../src/core/stats.ts';
import { en } from '../../src/i18n/en.ts';
import { TRAPS, isTrapSet, mendingOf } from '../../src/core/traps.ts';

type Columns = Readonly<Record<string, readonly (number | null)[]>>;

/** A stage whose metrics are these columns, a point at every step from 1. */
function examined(stage: Examined['stage'], columns: Columns, more: Partial<Examined> = {}): Examined {
  const length = Math.max(0, ...Object.values(columns).map((column) => column.length));
  return {
    stage,
    history: { steps: Array.from({ length }, (_, i) => i + 1), column: (metric) => columns[metric] },
    preset: PRESETS.micro,
    labels: 'simulated:gold',
    report: null,
    failure: null,
    ...more,
  };
}

const idsOf = (...of: Parameters<typeof examined>): AlarmId[] => alarmsOf(examined(...of)).map(({ id }) => id);
const repeat = (n: number, value: number): number[] => new Array<number>(n).fill(value);

/** Of 64 answers of gold .7 ± .6 each: as noisy as a real iteration. */
function noisy(seed: number, values: readonly number[]): number[] {
  const rng = Rng.fromSeed(seed, 'noise');
  return values.map((value) => value + 0.09 * rng.normal());
}

const reward = (familiar: number, newNames = familiar): RewardReport => ({
  accuracy: { familiar: rate(familiar * 900, 900), new_names: rate(newNames * 900, 900) },
  probes: {
    clean_over_rude: rate(1, 1),
    refusal_over_made_up: rate(1, 1),
    right_over_refusal: rate(1, 1),
    polite_over_plain: rate(1, 1),
    plain_over_verbose: rate(1, 1),
  },
});

describe('nothing is raised', () => {
  it.each(WATCHED)('by %s before there is anything', (stage) => {
    expect(alarmsOf(examined(stage, {}))).toEqual([]);
  });

  it('by figures of records from before they were measured', () => {
    const old = { 'objective/kl': [0, 0.2, 0.5, 1], 'val/ratio': [1, 1, 1, 1], 'val/num_eos_tokens': repeat(4, 64) };
    expect(idsOf('ppo', old)).toEqual([]);
    expect(idsOf('sft', { loss: [3, 2, 1], exact_match: [null, 0.2, 0.3] })).toEqual([]);
  });

  it('by one stage of what another may raise', () => {
    expect(idsOf('sft', { 'val/first_log_ratio': [1], 'objective/kl': repeat(9, -5) })).toEqual([]);
  });
});

describe('instruction tuning', () => {
  it.each([
    ['no end from the beginning', [null, 0, null, 0.1, 0], ['no_end'], 2],
    ['an end that is learnt late', [0, 0, 0, 0.9], [], null],
    ['too few measurements', [0, 0], [], null],
    ['an end that is lost again', [1, 1, 0.4, 0.2, 0.1], ['no_end'], 3],
    ['just enough ends', [0.5, 0.5, 0.5], [], null],
  ] as const)('%s', (_, share, ids, since) => {
    const alarms = alarmsOf(examined('sft', { eos_rate: share }));
    expect(alarms.map(({ id }) => id)).toEqual(ids);
    expect(alarms[0]?.since ?? null).toBe(since);
  });

  it.each([
    ['as healthy runs do', [0.88, 0.91, 0.86, 0.75], []],
    ['for a moment', [0.88, 1.3, 0.9], []],
    ['and it stays so', [0.9, 1.1, 1.8], ['forgotten']],
  ] as const)('corpus loss rises %s', (_, corpus_loss, ids) => {
    expect(idsOf('sft', { corpus_loss, 'corpus_loss/base': corpus_loss.map(() => 0.78) })).toEqual(ids);
  });

  it('says how many times as large the perplexity is', () => {
    const columns = { corpus_loss: [2, 2], 'corpus_loss/base': [1, 1] };
    expect(alarmsOf(examined('sft', columns))[0]?.numbers).toEqual({ loss: 2, base: 1, times: Math.E });
  });
});

describe('the reward model', () => {
  const steps = { accuracy: repeat(12, 0.8) };
  it.each([
    [{}, []],
    [{ 'reward.prompts': 10 }, ['few_labels']],
    [{ 'reward.prompts': 50 }, []],
    [{ 'reward.prompts': 60, 'reward.responses': 2 }, ['few_labels']],
  ] as const)('of %j', (changes, ids) => {
    expect(idsOf('reward', steps, { preset: withChanges(PRESETS.micro, changes) })).toEqual(ids);
  });

  it('of a person is no fault for being of thirty clicks, nor for another taste', () => {
    const preset = withChanges(PRESETS.micro, { 'reward.prompts': 10 });
    const person = { preset, labels: 'person:30:abc', report: reward(0.5) };
    expect(idsOf('reward', { accuracy: repeat(12, 1) }, person)).toEqual([]);
    expect(idsOf('reward', { accuracy: repeat(12, 1) }, { labels: 'simulated:polite', report: reward(0.5) })).toEqual(
      [],
    );
  });

  it.each([
    [0.8, 0.8, []],
    [0.8, 0.52, ['coin_toss']],
    [0.54, 0.54, []],
  ] as const)('with accuracies %d and %d on held-out answers', (familiar, newNames, ids) => {
    expect(idsOf('reward', { accuracy: repeat(12, 0.7) }, { report: reward(familiar, newNames) })).toEqual(ids);
  });

  it('knows its pairs by heart', () => {
    expect(idsOf('reward', { accuracy: repeat(12, 0.98) }, { report: reward(0.6) })).toEqual(['by_heart']);
    expect(idsOf('reward', { accuracy: repeat(12, 0.9) }, { report: reward(0.8) })).toEqual([]);
  });
});

describe('PPO', () => {
  it.each([
    ['exactly 1', [0, 0], []],
    ['off by rounding', [1e-6, 3e-6], []],
    ['off', [1e-6, 2e-4], ['ratio']],
    ['off once, and mended since', [0.2, 0], []],
    ['no number', [NaN], []],
  ] as const)('the first ratio is %s', (_, off, ids) => {
    expect(idsOf('ppo', { 'val/first_log_ratio': off })).toEqual(ids);
  });

  it.each([
    ['white', 1e-9, 1 + 1e-8, []],
    ['shifted', 0.02, 1, ['advantages']],
    ['too wide', 0, 1.6, ['advantages']],
    ['too narrow', 0, 0.7, ['advantages']],
  ] as const)('advantages are %s', (_, mean, std, ids) => {
    expect(idsOf('ppo', { 'val/advantage_mean': [mean], 'val/advantage_std': [std] })).toEqual(ids);
  });

  it.each([
    ['as a sample may be', [0, -0.03, 0.1], []],
    ['twice', [-0.4, -0.3], []],
    ['three times', [0, -0.4, -0.3, -0.2], ['negative_kl']],
    ['not any more', [-0.4, -0.3, -0.2, 0.3], []],
  ] as const)('KL is negative %s', (_, kl, ids) => {
    expect(idsOf('ppo', { 'objective/kl': kl })).toEqual(ids);
  });

  it.each([
    [[2, 5, 9.9, 9.9], []],
    [[2, 11, 9], []],
    [[2, 11, 14], ['far']],
  ] as const)('KL of %j', (kl, ids) => {
    expect(idsOf('ppo', { 'objective/kl': kl, 'objective/kl_coef': kl.map(() => 0) })).toEqual(ids);
  });

  it('says always the same', () => {
    const response_length = repeat(5, 8);
    expect(idsOf('ppo', { response_length, 'objective/entropy': [4, 2, 0.3, 0.2, 0.1] })).toEqual(['entropy']);
    expect(idsOf('ppo', { response_length, 'objective/entropy': [4, 2, 1.6, 1.5, 1.6] })).toEqual([]);
    // Longer answers of the same uncertainty have more in all.
    expect(idsOf('ppo', { response_length: [80, 8, 8, 8], 'objective/entropy': [40, 4, 4, 4] })).toEqual([]);
  });

  it('does not end', () => {
    expect(idsOf('ppo', { 'val/num_eos_tokens': [64, 63, 64] })).toEqual([]);
    expect(idsOf('ppo', { 'val/num_eos_tokens': [64, 30, 20, 10] })).toEqual(['unended']);
    const preset = withChanges(PRESETS.micro, { 'ppo.rollouts': 10 });
    expect(idsOf('ppo', { 'val/num_eos_tokens': repeat(3, 10) }, { preset })).toEqual([]);
  });

  it('has a critic that explains nothing', () => {
    expect(idsOf('ppo', { 'val/explained_variance': [0, ...repeat(6, 0)] })).toEqual([]);
    expect(idsOf('ppo', { 'val/explained_variance': repeat(8, -0.1) })).toEqual(['critic']);
    expect(idsOf('ppo', { 'val/explained_variance': [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5] })).toEqual([]);
  });
});

describe('gold falls while the score rises', () => {
  const iterations = Array.from({ length: 30 }, (_, i) => i);
  const rising = iterations.map((i) => 1 - Math.exp(-i / 8));
  const SEEDS = 100;
  const raised = (gold: readonly number[], score: readonly number[]): number => {
    let count = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const columns = { 'objective/gold': noisy(seed, gold), 'objective/scores': noisy(seed + SEEDS, score) };
      // Whether it was ever on while the stage ran.
      const ever = iterations.some((i) => {
        const so = Object.fromEntries(Object.entries(columns).map(([name, all]) => [name, all.slice(0, i + 1)]));
        return idsOf('ppo', so).includes('gold_falls');
      });
      if (ever) count += 1;
    }
    return count;
  };

  it('is seen in runs that over-optimise, whatever the noise', () => {
    const hump = iterations.map((i) => 0.6 - ((i - 10) / 18) ** 2 * 0.7);
    expect(raised(hump, rising)).toBeGreaterThanOrEqual(0.95 * SEEDS);
  });

  it('is hardly ever seen where gold rises, or stays', () => {
    expect(raised(rising, rising)).toBe(0);
    expect(raised(repeat(30, 0.6), rising)).toBeLessThanOrEqual(1);
  });

  it('is not said where both fall: that is another trouble', () => {
    const falling = rising.map((value) => 1 - value);
    expect(raised(falling, falling)).toBe(0);
  });

  it('stays on at the bottom, and names the best and the present', () => {
    const gold = [...repeat(6, 0.2), ...repeat(6, 0.7), ...repeat(12, -0.1)];
    const score = gold.map((_, i) => i / 20);
    const alarm = alarmsOf(examined('ppo', { 'objective/gold': gold, 'objective/scores': score }))[0];
    expect(alarm).toMatchObject({ id: 'gold_falls', severity: 'bad' });
    expect(alarm?.since).toBeLessThanOrEqual(16);
    expect(alarm?.numbers['best']).toBeCloseTo(0.7, 6);
    expect(alarm?.numbers['now']).toBeCloseTo(-0.1, 6);
  });
});

it('a loss that is no number is an alarm of every stage', () => {
  for (const stage of WATCHED)
    expect(alarmsOf(examined(stage, {}, { failure: { step: 7 } }))).toEqual([
      { id: 'not_finite', stage, severity: 'bad', since: 7, numbers: {} },
    ]);
});

it('figures that are no numbers raise nothing else, and nothing is thrown', () => {
  const names = ['val/first_log_ratio', 'val/advantage_mean', 'val/advantage_std', 'objective/kl', 'objective/gold'];
  const more = ['objective/scores', 'objective/entropy', 'response_length', 'val/num_eos_tokens', 'corpus_loss'];
  for (const value of [NaN, Infinity]) {
    const columns = Object.fromEntries([...names, ...more, 'eos_rate'].map((name) => [name, repeat(12, value)]));
    expect(() => WATCHED.map((stage) => alarmsOf(examined(stage, columns)))).not.toThrow();
  }
});

it('every remedy is a knob', () => {
  for (const id of Object.keys(en.alarms.by) as AlarmId[])
    for (const stage of WATCHED) {
      const names = remediesOf({ id, stage });
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(findKnob(name), `${id}: ${name}`).toBeDefined();
    }
});

describe('a trap', () => {
  it.each(TRAPS.map((trap) => [trap.id, trap] as const))('%s is off in every preset, and mended exactly', (_, trap) => {
    for (const preset of Object.values(PRESETS)) {
      expect(isTrapSet(trap, preset)).toBe(false);
      const broken = withChanges(preset, trap.changes);
      expect(isTrapSet(trap, broken)).toBe(true);
      expect(withChanges(broken, mendingOf(trap, preset))).toEqual(preset);
    }
  });

  it('is a handful of knobs that allow what it sets', () => {
    for (const { changes } of TRAPS)
      for (const name of Object.keys(changes)) expect(KNOBS.some((knob) => knob.name === name)).toBe(true);
  });

  it('of few labels has sixty pairs', () => {
    const trap = TRAPS.find(({ id }) => id === 'few_pairs')!;
    const { prompts, responses } = withChanges(PRESETS.small, trap.changes).reward;
    expect((prompts * responses * (responses - 1)) / 2).toBe(60);
  });
});
