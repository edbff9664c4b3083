/** Names from outside in sentences: isolated where they would turn them round, untouched otherwise. */
import { expect, it } from 'vitest';
import { isolated } from '../../src/i18n/isolate.ts';

it.each(['שרה כהן', 'سارة', 'run 7 \u202eexe.piz', '\u{1e900}'])('%s stands in an isolate', (name) => {
  expect(isolated(name)).toBe(`\u2068${name}\u2069`);
});

it.each(['', 'mia', '김민지', 'Zoë (2)', 'Instruction tuning · nano, seed 5', '🦊 — №1'])(
  '%s stays as it is',
  (name) => {
    expect(isolated(name)).toBe(name);
  },
);

it('cannot be left from within', () => {
  expect(isolated('tom \u2069\u2067 mia')).toBe('\u2068tom  mia\u2069');
});
