import { describe, expect, it } from 'vitest';
import { bytes } from '../../src/i18n/format.ts';

describe('bytes', () => {
  it.each([
    [0, '0 kB'],
    [480, '0.5 kB'],
    [9_949, '9.9 kB'],
    [9_950, '10 kB'],
    [16_384, '16 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [5_240_000, '5.2 MB'],
    [57_000_000, '57 MB'],
    [999_499_999, '999 MB'],
    [999_500_000, '1.0 GB'],
    [4_040_000_000, '4.0 GB'],
  ])('writes %d as %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});
