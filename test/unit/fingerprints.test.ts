import { describe, expect, it } from 'vitest';
import { type Ingredients, fingerprintsOf, firstStale } from '../../src/core/fingerprints.ts';
import { PRESETS } from '../../src/core/presets.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { type RunRecord, forget, madeOf, reopen } from '../../workers/pipeline/record.ts';

const today: Ingredients = {
  preset: 'micro',
  base: 'train',
  labels: 'simulated:gold',
  changes: {},
  demonstrations: 0,
};

/** Which stages' fingerprints differ between two runs. */
const differing = (a: Ingredients, b: Ingredients): StageName[] => {
  const [x, y] = [fingerprintsOf(a), fingerprintsOf(b)];
  return STAGES.filter((stage) => x[stage] !== y[stage]);
};

describe('fingerprints', () => {
  it('are those of records from before there were knobs', () => {
    const small = [448362353, 3842433673, 1925916009, 3891964610, 3983010677];
    const labelled = [448362353, 3842433673, 803213203, 2434894089, 3983010677];
    const nano = [986129650, 2785046777, 1509455436, 2176511769, 636873185];
    expect(Object.values(fingerprintsOf({ ...today, preset: 'small' }))).toEqual(small);
    expect(Object.values(fingerprintsOf({ ...today, preset: 'small', labels: 'person:30' }))).toEqual(labelled);
    expect(Object.values(fingerprintsOf({ ...today, preset: 'nano', base: 'shipped' }))).toEqual(nano);
  });

  it('differ where a knob was turned', () => {
    expect(differing(today, { ...today, changes: { 'ppo.kl_coef': 0.2 } })).toEqual(['ppo']);
    expect(differing(today, { ...today, changes: { 'base.steps': 7, 'sft.replay': 0 } })).toEqual(['base', 'sft']);
    const same = PRESETS.micro.ppo.kl_coef;
    expect(differing(today, { ...today, changes: { 'ppo.kl_coef': same } })).toEqual([]);
    expect(differing(today, { ...today, changes: { 'sft.pad_is_eos': 1 } })).toEqual(['sft']);
    expect(differing(today, { ...today, changes: { 'ppo.whiten_pads': 0 } })).toEqual([]);
  });

  it("leave a shipped base model alone, whatever the base stage's knobs say", () => {
    const shipped: Ingredients = { ...today, base: 'shipped' };
    expect(differing(shipped, { ...shipped, changes: { 'base.steps': 7 } })).toEqual([]);
  });

  it("of instruction tuning depend on people's own demonstrations", () => {
    expect(differing(today, { ...today, demonstrations: 5 })).toEqual(['sft']);
    expect(differing({ ...today, demonstrations: 4 }, { ...today, demonstrations: 5 })).toEqual(['sft']);
  });
});

describe('firstStale', () => {
  const made = { base: 'train', labels: 'simulated:gold', fingerprints: fingerprintsOf(today) } as const;

  it.each<[string, Partial<Ingredients>, StageName | null]>([
    ['nothing', {}, null],
    ['a knob of the last stage', { changes: { 'judge.known': 5 } }, 'judge'],
    ['knobs of two stages', { changes: { 'ppo.gamma': 0.9, 'reward.margin': 1 } }, 'reward'],
    ['the base model', { base: 'shipped' }, 'base'],
    ['the labels', { labels: 'person:30' }, 'reward'],
    ['demonstrations', { demonstrations: 9 }, 'sft'],
  ])('after %s changed', (_what, change, stage) => {
    expect(firstStale(made, { ...today, ...change })).toBe(stage);
  });

  it('says nothing of stages that are not finished', () => {
    const { base, sft } = made.fingerprints;
    const change: Ingredients = { ...today, labels: 'person:30', changes: { 'ppo.gamma': 0.9 } };
    expect(firstStale({ ...made, fingerprints: { base, sft } }, change)).toBeNull();
  });
});

describe('a record', () => {
  const stage = (name: StageName): RunRecord['report']['stages'][number] => ({
    name,
    seconds: 1,
    tokens: 1,
    flop: 1,
    metrics: {},
  });
  const record: RunRecord = {
    version: 1,
    settings: fingerprintsOf(today),
    labels: 'simulated:gold',
    report: { preset: 'micro', seed: 1, base: 'train', backend: 'wasm', adapter: '', stages: STAGES.map(stage) },
  };
  const request: RunRequest = { preset: 'micro', seed: 1, stages: STAGES, base: 'train', labels: 'simulated' };
  const names = ({ report }: RunRecord): StageName[] => report.stages.map(({ name }) => name);

  it('stands as it is where nothing is stale', () => {
    expect(reopen(record, request, today)).toEqual(record);
  });

  it('stands up to the first stale stage, with what is asked for now', () => {
    const kept = reopen(record, request, { ...today, labels: 'person:3', changes: { 'ppo.gamma': 0.9 } });
    expect(names(kept)).toEqual(['base', 'sft']);
    expect(kept.labels).toBe('person:3');
    expect(reopen(record, request, { ...today, base: 'shipped' }).report).toMatchObject({
      base: 'shipped',
      stages: [],
    });
  });

  it('is left alone by who asks for nothing that is stale', () => {
    const change: Ingredients = { ...today, changes: { 'sft.steps': 9 } };
    expect(reopen(record, { ...request, stages: ['base'] }, change)).toBe(record);
  });

  it('is no ground for a stage after a stale one', () => {
    const change: Ingredients = { ...today, changes: { 'sft.steps': 9 } };
    expect(() => reopen(record, { ...request, stages: ['reward'] }, change)).toThrow(
      'run.json: the sft stage was run with other settings of micro',
    );
  });

  it('of another preset or seed is another run', () => {
    expect(() => reopen(record, { ...request, seed: 2 }, today)).toThrow('seed 1, not 2');
    expect(() => reopen(record, { ...request, preset: 'nano' }, today)).toThrow('preset micro, not nano');
  });

  it('says what is made of the stages that it has not forgotten', () => {
    const { base, sft } = record.settings;
    expect(madeOf(forget(record, 'reward')).fingerprints).toEqual({ base, sft });
  });
});
