/** Calibration against the definition written out pair by pair, and on predictions that are right by construction. */
import { describe, expect, it } from 'vitest';
import { type PredictedPair, calibrationOf, sigmoid } from '../../src/core/calibration.ts';
import { Rng } from '../../src/core/rng.ts';
import { wilson } from '../../src/core/stats.ts';

/** Pairs of which a share `rightly(p)` of those with prediction p is preferred. */
function drawn(count: number, rightly: (predicted: number) => number): PredictedPair[] {
  const rng = Rng.fromSeed(7, 'calibration', count);
  return Array.from({ length: count }, () => {
    const predicted = rng.uniform();
    return { predicted, preferred: rng.chance(rightly(predicted)) };
  });
}

describe('calibrationOf', () => {
  it('agrees with the sums written out', () => {
    const pairs = drawn(500, (p) => p ** 2);
    const { bins, error } = calibrationOf(pairs);
    let expected = 0;
    for (let b = 0; b < 10; b++) {
      const inside = pairs.filter(({ predicted: p }) => p >= b / 10 && (b === 9 ? p <= 1 : p < (b + 1) / 10));
      const n = inside.length;
      const p = inside.reduce((sum, pair) => sum + pair.predicted, 0) / n;
      const wins = inside.filter(({ preferred }) => preferred).length;
      const bin = bins[b]!;
      expect(bin.predicted).toBeCloseTo(p, 12);
      expect(bin.preferred).toEqual({ rate: wins / n, ...wilson(wins, n), n });
      expected += (n / pairs.length) * Math.abs(p - wins / n);
    }
    expect(error).toBeCloseTo(expected, 12);
    expect(bins.reduce((sum, { preferred }) => sum + preferred.n, 0)).toBe(pairs.length);
  });

  it('is near 0 for predictions that are true, and large for overconfident ones', () => {
    expect(calibrationOf(drawn(20_000, (p) => p)).error).toBeLessThan(0.02);
    expect(calibrationOf(drawn(20_000, () => 0.5)).error).toBeGreaterThan(0.2);
  });

  it('does not depend on which of the two comes first', () => {
    const pairs = drawn(1000, (p) => p ** 2);
    const turned = pairs.map(({ predicted, preferred }) => ({ predicted: 1 - predicted, preferred: !preferred }));
    expect(calibrationOf(turned).error).toBeCloseTo(calibrationOf(pairs).error, 10);
  });

  it('leaves empty bins out, takes both ends in, and refuses what is no probability', () => {
    const ends = calibrationOf([
      { predicted: 0, preferred: false },
      { predicted: 1, preferred: true },
    ]);
    expect(ends.bins.map(({ predicted }) => predicted)).toEqual([0, 1]);
    expect(ends.error).toBe(0);
    expect(calibrationOf([])).toEqual({ bins: [], error: 0 });
    expect(() => calibrationOf([{ predicted: 1.1, preferred: true }])).toThrow(RangeError);
    expect(() => calibrationOf([{ predicted: NaN, preferred: true }])).toThrow(RangeError);
  });
});

it('σ is the probability of the better one', () => {
  expect(sigmoid(0)).toBe(0.5);
  expect(sigmoid(2) + sigmoid(-2)).toBeCloseTo(1, 12);
  expect(sigmoid(Math.log(3))).toBeCloseTo(0.75, 12);
});
