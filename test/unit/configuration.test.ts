import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Circumstances, type Effect, effectOf } from '../../src/configuration/effect.ts';
import { expectedCosts } from '../../src/core/costs.ts';
import { KNOBS, type Knob, findKnob, formatKnob, knobValue, parseKnob } from '../../src/core/knobs.ts';
import { PRESETS } from '../../src/core/presets.ts';
import type { DeviceReport, TrainerEvent } from '../../src/core/protocol.ts';
import type { StageName } from '../../src/core/reports.ts';
import { Estimates } from '../../src/session/estimates.svelte.ts';
import { scaleOf } from '../../src/ui/scale.ts';

describe('a knob takes effect', () => {
  const knob = findKnob('ppo.kl_coef') as Knob;
  const fresh: Circumstances = {
    preset: PRESETS.micro,
    changes: {},
    applied: {},
    begun: false,
    going: false,
    base: 'train',
  };
  it.each<[string, Partial<Circumstances>, Effect]>([
    ['when its stage runs', { changes: { 'ppo.kl_coef': 0 } }, 'next'],
    [
      'once its stage runs with it',
      { changes: { 'ppo.kl_coef': 0 }, applied: { 'ppo.kl_coef': 0 }, begun: true },
      'in_force',
    ],
    ['when its stage is run again', { changes: { 'ppo.kl_coef': 0 }, begun: true }, 'again'],
    ['when it is set back after its stage has begun', { applied: { 'ppo.kl_coef': 0 }, begun: true }, 'again'],
    ['not in the run that is going', { changes: { 'ppo.kl_coef': 0 }, going: true }, 'next_run'],
    [
      'in the run that was started with it',
      { changes: { 'ppo.kl_coef': 0 }, applied: { 'ppo.kl_coef': 0 }, going: true },
      'next',
    ],
  ])('%s', (_, circumstances, effect) => {
    expect(effectOf(knob, { ...fresh, ...circumstances })).toBe(effect);
  });

  it('never, in a base model that is shipped', () => {
    const steps = findKnob('base.steps') as Knob;
    expect(effectOf(steps, { ...fresh, base: 'shipped', changes: { 'base.steps': 5 } })).toBe('shipped');
    expect(effectOf(knob, { ...fresh, base: 'shipped' })).toBe('next');
  });
});

describe('the slider of', () => {
  it.each(KNOBS.map((knob): [string, Knob] => [knob.name, knob]))('%s holds what the knob allows', (_, knob) => {
    const scale = scaleOf(knob);
    let before = -Infinity;
    for (let place = scale.least; place <= scale.most; place++) {
      const value = scale.valueAt(place);
      expect(parseKnob(knob, formatKnob(knob, value)), `place ${place}`).toBe(value);
      expect(value).toBeGreaterThanOrEqual(before);
      before = value;
    }
    for (const usual of knob.usual) {
      const back = scale.valueAt(scale.placeOf(usual));
      expect(Math.abs(back - usual)).toBeLessThanOrEqual(0.06 * (knob.usual[1] - knob.usual[0]) + 0.06 * usual);
    }
  });

  it('kl_coef reaches zero, and shows what lies beyond its end at its end', () => {
    const scale = scaleOf(findKnob('ppo.kl_coef') as Knob);
    expect(scale.valueAt(scale.least)).toBe(0);
    expect(scale.placeOf(0)).toBe(scale.least);
    expect(scale.placeOf(10)).toBe(scale.most);
  });
});

describe('the speed of this device', () => {
  const device = (adapter: string): { report: DeviceReport } => ({
    report: { backend: 'wasm', engine: 'plain', adapter, kernels: 'fused', reason: 'chosen' },
  });
  const stored = new Map<string, string>();
  beforeEach(() => {
    stored.clear();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    });
  });
  const progress = (stage: StageName, step: number, seconds: number, flop: number): TrainerEvent => {
    return { kind: 'progress', stage, step, steps: 10, seconds, tokens: 1, flop, metrics: {} };
  };
  const started = (stage: StageName): TrainerEvent => ({ kind: 'stage_started', stage, resumedAt: 0 });
  const costs = expectedCosts(PRESETS.micro, 'train');

  it('is unknown before anything ran, and measured from the second step on', () => {
    const estimates = new Estimates(device('a'), { preset: 'micro' });
    expect(estimates.of('micro', costs)).toBeNull();
    estimates.hear([started('sft'), progress('sft', 1, 30, 1e6)]);
    expect(estimates.of('micro', costs)).toBeNull();
    estimates.hear([progress('sft', 2, 40, 1e6 + 1e10)]);
    expect(estimates.of('micro', { sft: { tokens: 1, flop: 3e10 } })).toEqual({ seconds: 30, by: 'micro' });
  });

  it('is that of each stage, and of all of them for a stage that never ran', () => {
    const estimates = new Estimates(device('a'), { preset: 'micro' });
    estimates.hear([started('sft'), progress('sft', 1, 0, 0), progress('sft', 2, 10, 1e10)]);
    estimates.hear([started('ppo'), progress('ppo', 1, 0, 0), progress('ppo', 2, 10, 3e10)]);
    const flop = 6e10;
    const of = (stage: StageName) => estimates.of('micro', { [stage]: { tokens: 1, flop } })?.seconds;
    expect([of('sft'), of('ppo'), of('judge')]).toEqual([60, 20, 30]);
  });

  it('is remembered for this device, and stands in for another preset by name', () => {
    new Estimates(device('a'), { preset: 'micro' }).hear([
      started('sft'),
      progress('sft', 1, 0, 0),
      progress('sft', 2, 10, 1e10),
    ]);
    const later = new Estimates(device('a'), { preset: 'micro' });
    expect(later.of('small', { sft: { tokens: 1, flop: 2e10 } })).toEqual({ seconds: 20, by: 'micro' });
    expect(new Estimates(device('b'), { preset: 'micro' }).of('small', costs)).toBeNull();
  });

  it('of nano says nothing about other presets', () => {
    const estimates = new Estimates(device('a'), { preset: 'nano' });
    estimates.hear([started('sft'), progress('sft', 1, 0, 0), progress('sft', 2, 10, 1e10)]);
    expect(estimates.of('nano', { sft: { tokens: 1, flop: 2e10 } })).toEqual({ seconds: 20, by: 'nano' });
    expect(estimates.of('micro', costs)).toBeNull();
  });

  it.each([
    '',
    'not JSON',
    '{"version":2}',
    '{"version":1,"devices":{"wasm a":{"micro":{"sft":{"flop":1,"seconds":0}}}}}',
  ])('is measured again where what is remembered is damaged: %s', (text) => {
    stored.set('rlhf-playground.speeds', text);
    expect(new Estimates(device('a'), { preset: 'micro' }).of('micro', costs)).toBeNull();
  });
});

it('every knob of every preset can be shown and read', () => {
  for (const preset of Object.values(PRESETS))
    for (const knob of KNOBS) {
      const value = knobValue(preset, knob);
      expect(parseKnob(knob, formatKnob(knob, value)), `${preset.name}: ${knob.name}`).toBe(value);
    }
});
