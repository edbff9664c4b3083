/** The page's address: what it holds is found again, and nothing in it is trusted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KNOBS, type Changes, knobValue } from '../../src/core/knobs.ts';
import { PRESETS, PRESET_NAMES } from '../../src/core/presets.ts';
import { formatAddress, parseAddress } from '../../src/session/address.ts';

/** A value that a knob allows. */
const valueOf = ({ range: [least, most], kind, optional }: (typeof KNOBS)[number]): fc.Arbitrary<number | null> => {
  const number =
    kind !== 'number' ? fc.integer({ min: least, max: most }) : fc.double({ min: least, max: most, noNaN: true });
  return optional ? fc.option(number) : number;
};

describe('the address', () => {
  it('holds place, preset, seed and changed knobs', () => {
    expect(parseAddress('#stage=ppo&preset=small&seed=3&base=train&ppo.kl_coef=0.2&ppo.kl_target=6')).toEqual({
      stage: 'ppo',
      preset: 'small',
      seed: 3,
      base: 'train',
      changes: { 'ppo.kl_coef': 0.2, 'ppo.kl_target': 6 },
      misunderstood: [],
    });
    expect(formatAddress({ stage: 'ppo', seed: '3' }, 'small', { 'ppo.kl_coef': 0.2, 'sft.steps': 50 })).toBe(
      '#stage=ppo&seed=3&sft.steps=50&ppo.kl_coef=0.2',
    );
  });

  it('leaves out what is as in the preset, and says "off" for what is off', () => {
    const { kl_coef } = PRESETS.micro.ppo;
    expect(formatAddress({}, 'micro', { 'ppo.kl_coef': kl_coef, 'ppo.kl_target': null })).toBe('#');
    expect(parseAddress('ppo.cliprange_value=off').changes).toEqual({ 'ppo.cliprange_value': null });
    expect(parseAddress('ppo.kl_coef=off').misunderstood).toEqual(['ppo.kl_coef=off']);
    expect(formatAddress({}, 'micro', { 'sft.pad_is_eos': 1, 'ppo.whiten_pads': 0 })).toBe('#sft.pad_is_eos=on');
    expect(parseAddress('sft.pad_is_eos=on').changes).toEqual({ 'sft.pad_is_eos': 1 });
    expect(parseAddress('sft.pad_is_eos=1').misunderstood).toEqual(['sft.pad_is_eos=1']);
  });

  it('gives back every allowed change, bit for bit', () => {
    const change = fc.constantFrom(...KNOBS).chain((knob) => valueOf(knob).map((value) => [knob, value] as const));
    fc.assert(
      fc.property(fc.constantFrom(...PRESET_NAMES), fc.array(change), (preset, list) => {
        const changes = Object.fromEntries(list.map(([{ name }, value]) => [name, value])) as Changes;
        const kept = Object.entries(changes).filter(
          ([name, value]) =>
            value !==
            knobValue(
              PRESETS[preset],
              KNOBS.find((knob) => knob.name === name)!,
            ),
        );
        const read = parseAddress(formatAddress({ preset }, preset, changes));
        expect(read).toEqual({ preset, changes: Object.fromEntries(kept), misunderstood: [] });
      }),
    );
  });

  it.each([
    'preset=huge',
    'seed=-1',
    'seed=1e99',
    'seed=',
    'stage=attic',
    'lang=xx',
    'sft.steps=0',
    'sft.steps=1.5',
    'sft.steps=0x10',
    'ppo.kl_coef=NaN',
    'ppo.kl_coef=Infinity',
    'ppo.attic=1',
    'constructor=1',
    '__proto__=1',
    'toString=1',
  ])('names %s as not understood, and uses the rest', (word) => {
    const read = parseAddress(`#seed=7&${word}&lang=ko`);
    expect(read.misunderstood).toEqual([word]);
    expect(read.lang).toBe('ko');
    expect(read.changes).toEqual({});
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => void parseAddress(text)),
      { numRuns: 1000 },
    );
  });
});
