/** The door of the page's address, and of what the browser remembers in localStorage. */
import fc from 'fast-check';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { KNOBS, allows, findKnob, parseKnob } from '../../src/core/knobs.ts';
import { authorSchema } from '../../src/core/data/json-lines.ts';
import { addressSchemas, formatAddress, parseAddress } from '../../src/session/address.ts';
import { storedSpeedsSchema } from '../../src/session/estimates.svelte.ts';
import { remembered } from '../../src/session/memory.ts';
import { PATIENCE, SOME, anyName, anyText, forAny, jsonOf, nearly, nearlyText } from './fuzz.ts';

afterEach(() => vi.unstubAllGlobals());

const good =
  '#stage=ppo&preset=small&seed=3&base=train&lang=ko&theme=dark&predict=on&ppo.kl_coef=0.2&ppo.kl_target=off';

describe('the address', () => {
  const word = fc.tuple(
    fc.oneof(
      anyName,
      fc.constantFrom(...Object.keys(addressSchemas)),
      fc.constantFrom(...KNOBS.map(({ name }) => name)),
    ),
    fc.oneof(anyText, fc.constantFrom('on', 'off', '1', '0.5', '-0', '1e309', '9'.repeat(4000))),
  );
  const any = fc.oneof(
    nearlyText(good),
    anyText,
    fc.array(word, { maxLength: 8 }).map((words) => `#${words.map((pair) => pair.join('=')).join('&')}`),
  );

  it(
    'is understood word by word, or its words are named; it comes back as it was understood',
    () => {
      const seen = { understood: 0, named: 0 };
      forAny(any, (hash) => {
        const { changes, misunderstood, ...words } = parseAddress(hash);
        seen.understood += Object.keys(words).length;
        seen.named += misunderstood.length;
        expect(misunderstood.length).toBeLessThanOrEqual(10);
        for (const part of misunderstood) expect(part.length).toBeLessThan(1000);
        for (const [name, value] of Object.entries(changes)) {
          const knob = findKnob(name);
          expect(knob !== undefined && allows(knob, value)).toBe(true);
        }
        const texts = Object.fromEntries(Object.entries(words).map(([name, value]) => [name, String(value)]));
        const again = parseAddress(formatAddress(texts, words.preset ?? 'small', changes));
        expect(again).toMatchObject(words);
        expect(again.misunderstood).toEqual([]);
      });
      expect(Math.min(seen.understood, seen.named)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );

  it('is not read when it is too long, and its beginning is named', () => {
    const { misunderstood, ...read } = parseAddress(`#seed=3&${'x=1&'.repeat(1_000_000)}`);
    expect(read).toEqual({ changes: {} });
    expect(misunderstood).toHaveLength(1);
    expect(misunderstood[0]).toMatch(/^#seed=3.*characters\)$/);
  });

  it('takes no number that is written without end', () => {
    for (const knob of KNOBS) expect(parseKnob(knob, `${'1'.repeat(100_000)}x`)).toBeUndefined();
  });
});

describe('what the browser remembers', () => {
  const speeds = { version: 1, devices: { 'wasm SIMD': { micro: { sft: { flop: 5, seconds: 2 } } } } };

  it(
    'is what was written, or nothing',
    () => {
      const any = fc.oneof(
        nearly(speeds).map(jsonOf),
        nearlyText(jsonOf(speeds)),
        anyText,
        fc.constant('x'.repeat(1_000_000)),
      );
      forAny(any, (text) => {
        vi.stubGlobal('localStorage', { getItem: () => text });
        const devices = remembered('x', storedSpeedsSchema)?.devices ?? {};
        for (const device of Object.values(devices))
          for (const stages of Object.values(device))
            for (const { flop } of Object.values(stages)) expect(Number.isFinite(flop)).toBe(true);
        for (const schema of [authorSchema, ...Object.values(addressSchemas), v.picklist(['on', 'off'])])
          remembered('x', schema);
      });
    },
    PATIENCE,
  );

  it('is nothing where it may not be asked', () => {
    vi.stubGlobal('localStorage', undefined);
    expect(remembered('x', v.string())).toBeUndefined();
  });
});
