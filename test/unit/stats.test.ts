import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestOfNKl,
  bradleyTerry,
  mean,
  meanWithInterval,
  quantiles,
  rate,
  shareBelow,
  std,
  wilson,
} from '../../src/core/stats.ts';

interface PreferenceCase {
  wilson: { wins: number; n: number; interval: [number, number] }[];
  bradley_terry: { wins: number[][]; strengths: number[] };
  best_of_n: { n: number[]; kl: number[] };
}

const reference = JSON.parse(
  readFileSync(new URL('../reference/cases/preference.json', import.meta.url), 'utf8'),
) as PreferenceCase;

describe('mean and std', () => {
  it('agree with values computed by hand', () => {
    expect(mean([1, 2, 3, 6])).toBe(3);
    expect(std([1, 2, 3, 6])).toBeCloseTo(Math.sqrt(14 / 4), 12);
    expect(std(new Float32Array([1, 2, 3, 6]), { unbiased: true })).toBeCloseTo(Math.sqrt(14 / 3), 12);
  });

  it('are defined for one value and throw for none', () => {
    expect(std([5], { unbiased: true })).toBe(0);
    expect(std([5])).toBe(0);
    expect(() => mean([])).toThrow(RangeError);
    expect(() => std([])).toThrow(RangeError);
  });
});

describe('a mean with its interval', () => {
  it('is 1.96 standard errors to both sides', () => {
    const values = [1, 2, 3, 6];
    const { mean: centre, low, high, n } = meanWithInterval(values);
    const error = Math.sqrt(14 / 3 / 4);
    expect([centre, n]).toEqual([3, 4]);
    expect(high - centre).toBeCloseTo(1.959964 * error, 5);
    expect(centre - low).toBeCloseTo(high - centre, 12);
    expect(meanWithInterval([5])).toEqual({ mean: 5, low: 5, high: 5, n: 1 });
    expect(() => meanWithInterval([])).toThrow(RangeError);
  });
});

describe('quantiles', () => {
  it('are read off the sorted values, between two of them linearly', () => {
    expect(quantiles([4, 0, 2, 6, 8], 5)).toEqual([0, 2, 4, 6, 8]);
    expect(quantiles(Float32Array.of(1, 0), 5)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(quantiles([3], 2)).toEqual([3, 3]);
    expect(() => quantiles([], 3)).toThrow(RangeError);
    expect(() => quantiles([1], 1)).toThrow(RangeError);
  });

  it('say what share of the values is less', () => {
    const values = Array.from({ length: 1001 }, (_, i) => (i / 1000) ** 2);
    const known = quantiles(values, 41);
    for (const value of [0.01, 0.2, 0.5, 0.81, 0.99]) {
      const counted = values.filter((each) => each < value).length / values.length;
      expect(shareBelow(known, value)).toBeCloseTo(counted, 1);
    }
    expect([shareBelow(known, -1), shareBelow(known, 2)]).toEqual([0, 1]);
    expect(shareBelow([1, 1, 1], 1)).toBe(0.5);
  });
});

describe('wilson', () => {
  it.each(reference.wilson)('$wins of $n agrees with the reference', ({ wins, n, interval }) => {
    const { low, high } = wilson(wins, n);
    expect(low).toBeCloseTo(interval[0], 14);
    expect(high).toBeCloseTo(interval[1], 14);
  });

  it('holds the rate, stays in [0, 1] and mirrors', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 1000 }), (k, n) => {
        const wins = Math.min(k, n);
        const { low, high } = wilson(wins, n);
        const mirrored = wilson(n - wins, n);
        expect(0 <= low && low <= wins / n + 1e-15 && wins / n <= high + 1e-15 && high <= 1).toBe(true);
        expect(mirrored.high).toBeCloseTo(1 - low, 12);
      }),
    );
  });

  it('throws for impossible counts', () => {
    for (const [wins, n] of [
      [-1, 3],
      [4, 3],
      [Number.NaN, 3],
      [0, -1],
      [0, Infinity],
    ] as const)
      expect(() => wilson(wins, n)).toThrow(RangeError);
  });
});

describe('rate', () => {
  it('carries its interval', () => {
    expect(rate(77, 100)).toEqual({ rate: 0.77, ...wilson(77, 100), n: 100 });
  });

  it('is defined, and survives JSON, without any trial', () => {
    const none = rate(0, 0);
    expect(none).toEqual({ rate: 0, low: 0, high: 1, n: 0 });
    expect(JSON.parse(JSON.stringify(none))).toEqual(none);
  });
});

describe('bradleyTerry', () => {
  it('agrees with the reference', () => {
    const { wins, strengths } = reference.bradley_terry;
    bradleyTerry(wins).forEach((strength, i) => expect(strength).toBeCloseTo(strengths[i] ?? Number.NaN, 9));
  });

  it('has a geometric mean of 1 and zero gradient: expected wins are the wins', () => {
    const counts = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.array(counts, { minLength: 25, maxLength: 25 }), (n, pool) => {
        const wins = Array.from({ length: n }, (_, i) =>
          Array.from({ length: n }, (__, j) => (i === j ? 0 : (pool[5 * i + j] ?? 1))),
        );
        const s = bradleyTerry(wins);
        expect(s.reduce((product, strength) => product * strength, 1)).toBeCloseTo(1, 10);
        for (let i = 0; i < n; i++) {
          let won = 0;
          let expected = 0;
          for (let j = 0; j < n; j++) {
            const [own = 0, other = 0] = [s[i], s[j]];
            won += wins[i]?.[j] ?? 0;
            expected += (((wins[i]?.[j] ?? 0) + (wins[j]?.[i] ?? 0)) * own) / (own + other);
          }
          expect(expected).toBeCloseTo(won, 7);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('gives a lone player strength 1', () => {
    expect(bradleyTerry([[0]])).toEqual([1]);
  });

  it('throws where no finite maximum exists, naming why', () => {
    expect(() =>
      bradleyTerry([
        [0, 3],
        [0, 0],
      ]),
    ).toThrow('player 0 never lost');
    expect(() =>
      bradleyTerry([
        [0, 0],
        [2, 0],
      ]),
    ).toThrow('player 0 never won');
    // Each of the four has won and lost, but the first pair never lost to the second.
    expect(() =>
      bradleyTerry([
        [0, 1, 1, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
      ]),
    ).toThrow('one way only');
    // Two pairs that never met.
    expect(() =>
      bradleyTerry([
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
      ]),
    ).toThrow('players 0, 1');
  });

  it('throws for what is not a table of counts', () => {
    for (const wins of [
      [],
      [[0, 1]],
      [
        [0, -1],
        [1, 0],
      ],
      [
        [0, Number.NaN],
        [1, 0],
      ],
      [
        [1, 1],
        [1, 0],
      ],
    ])
      expect(() => bradleyTerry(wins)).toThrow(RangeError);
  });
});

describe('bestOfNKl', () => {
  it('agrees with the reference', () => {
    reference.best_of_n.n.forEach((n, i) =>
      expect(bestOfNKl(n)).toBeCloseTo(reference.best_of_n.kl[i] ?? Number.NaN, 14),
    );
  });

  it('throws for what is not a count', () => {
    for (const n of [0, 1.5, Number.NaN]) expect(() => bestOfNKl(n)).toThrow(RangeError);
  });
});
