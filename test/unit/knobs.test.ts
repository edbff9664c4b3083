import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  KNOBS,
  allows,
  changesSchema,
  describeRange,
  findKnob,
  formatKnob,
  knobValue,
  parseKnob,
  presetFor,
  problemsOf,
  withChanges,
} from '../../src/core/knobs.ts';
import { PRESETS, PRESET_NAMES } from '../../src/core/presets.ts';
import { STAGES } from '../../src/core/reports.ts';

describe('the knobs', () => {
  it('are all the numbers of all stages', () => {
    const numbers = STAGES.flatMap((stage) =>
      Object.entries(PRESETS.small[stage])
        .filter(([, value]) => typeof value === 'number' || value === null)
        .map(([field]) => `${stage}.${field}`),
    );
    expect(KNOBS.map(({ name }) => name).sort()).toEqual(numbers.sort());
  });

  it.each(PRESET_NAMES)('allow what %s has, whoever labels', (name) => {
    for (const labels of ['simulated', 'person'] as const)
      for (const knob of KNOBS) {
        const value = knobValue(presetFor(name, labels), knob);
        expect(allows(knob, value), `${knob.name} = ${value}`).toBe(true);
        expect(parseKnob(knob, formatKnob(knob, value))).toBe(value);
      }
  });

  it.each([
    ['ppo.kl_coef', '0.2', 0.2],
    ['ppo.kl_coef', '1e-1', 0.1],
    ['ppo.kl_coef', '10.1', undefined],
    ['ppo.kl_coef', '-1', undefined],
    ['ppo.kl_coef', 'off', undefined],
    ['ppo.kl_coef', '0x1', undefined],
    ['ppo.kl_coef', '', undefined],
    ['ppo.kl_target', 'off', null],
    ['sft.steps', '300', 300],
    ['sft.steps', '3.5', undefined],
    ['sft.steps', '0', undefined],
    ['sft.pad_is_eos', 'on', 1],
    ['sft.pad_is_eos', 'off', 0],
    ['sft.pad_is_eos', '1', undefined],
  ])('%s from "%s"', (name, text, value) => {
    expect(parseKnob(findKnob(name)!, text)).toBe(value);
  });

  it('say what they allow', () => {
    expect(describeRange(findKnob('ppo.kl_target')!)).toBe('0.01 … 1000, or off');
    expect(describeRange(findKnob('sft.steps')!)).toBe('1 … 100000, whole');
    expect(describeRange(findKnob('sft.pad_is_eos')!)).toBe('on or off');
  });

  it('change a preset where they are turned, and nowhere else', () => {
    const changed = withChanges(PRESETS.micro, { 'ppo.kl_coef': 0.5, 'ppo.kl_target': 6 });
    expect(changed).toEqual({ ...PRESETS.micro, ppo: { ...PRESETS.micro.ppo, kl_coef: 0.5, kl_target: 6 } });
    expect(withChanges(PRESETS.micro, {})).toEqual(PRESETS.micro);
  });

  it("win over what a person's labels suggest", () => {
    expect(presetFor('small', 'person').ppo.iterations).toBe(PRESETS.small.person.ppo.iterations);
    expect(presetFor('small', 'person', { 'ppo.iterations': 3 }).ppo.iterations).toBe(3);
  });

  it.each([
    [{ 'ppo.klcoef': 1 }, '"ppo.klcoef" is no knob'],
    [{ 'ppo.kl_coef': 11 }, '"ppo.kl_coef" is 11, expected 0 … 10'],
    [{ 'ppo.kl_coef': null }, '"ppo.kl_coef" is null'],
    [{ 'sft.steps': 'many' }, 'Expected number'],
  ])('%j from a file is refused', (changes, message) => {
    expect(v.safeParse(changesSchema, changes).issues?.[0].message).toContain(message);
  });
});

describe('problemsOf', () => {
  it.each(PRESET_NAMES)('finds none in %s as it is', (name) => {
    expect(problemsOf(presetFor(name, 'simulated'))).toEqual([]);
    expect(problemsOf(presetFor(name, 'person'))).toEqual([]);
  });

  it.each([
    [{ 'sft.steps': 20 }, 'sft.warmup', 'warmup_to_the_end'],
    [{ 'base.warmup': 1170 }, 'base.warmup', 'warmup_to_the_end'],
    [{ 'reward.prompts': 24, 'reward.epochs': 1, 'reward.min_steps': 10 }, 'reward.warmup', 'warmup_to_the_end'],
    [{ 'base.step_tokens': 127 }, 'base.step_tokens', 'row_above_step'],
    [{ 'reward.prompts': 10, 'reward.epochs': 20 }, 'reward.prompts', 'batch_above_prompts'],
    [{ 'ppo.rollouts': 31 }, 'ppo.minibatch_size', 'minibatch_above_rollouts'],
    [{ 'ppo.ptx_rows': 0 }, 'ppo.ptx_rows', 'mix_without_rows'],
  ])('%j: %s', (changes, knob, code) => {
    expect(problemsOf(presetFor('micro', 'simulated', changes))).toEqual([{ knob, code }]);
  });

  it('finds none where the second knob follows the first', () => {
    const changes = { 'ppo.rollouts': 31, 'ppo.minibatch_size': 31, 'ppo.ptx_rows': 0, 'ppo.ptx_coef': 0 };
    expect(problemsOf(presetFor('micro', 'simulated', changes))).toEqual([]);
  });
});
