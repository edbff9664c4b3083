import { describe, expect, it } from 'vitest';
import { pointsOfStrength, pointsOver, winRateOf, winsAmong } from '../../src/core/contest.ts';
import { Rng } from '../../src/core/rng.ts';
import { bradleyTerry, wilson } from '../../src/core/stats.ts';
import { type Standing, standingOf } from '../../src/core/tournament.ts';

function played(scores: readonly (readonly number[])[], seed = 0): Standing {
  const steps = standingOf(scores, Rng.fromSeed(seed));
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Models whose gold scores lie `levels` apart, with noise. */
function noisy(levels: readonly number[], prompts: number): number[][] {
  const rng = Rng.fromSeed(5, 'scores');
  return levels.map((level) => Array.from({ length: prompts }, () => level + rng.normal()));
}

describe('a contest', () => {
  it('counts a tie half, and takes what differs by rounding for a tie', () => {
    expect([pointsOver(1, 0), pointsOver(0, 1), pointsOver(0.4, 0.4), pointsOver(0.3, 0.1 + 0.2)]).toEqual([
      1, 0, 0.5, 0.5,
    ]);
    expect(winRateOf([1, 0.5, 0, 1])).toEqual({ rate: 0.625, ...wilson(2.5, 4), n: 4 });
    expect(winRateOf([])).toEqual({ rate: 0, low: 0, high: 1, n: 0 });
  });

  it('adds up: what one wins the other loses', () => {
    const wins = winsAmong(noisy([0, 0.3, 1], 50));
    for (let i = 0; i < 3; i++) for (let j = 0; j < i; j++) expect(wins[i]![j]! + wins[j]![i]!).toBe(50);
    expect(
      winsAmong(
        [
          [1, 2],
          [2, 1],
        ],
        [0, 0, 1],
      ),
    ).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });

  it('has points whose difference says the odds: 400 for 10 : 1', () => {
    const [strong, weak] = pointsOfStrength([
      [0, 10],
      [1, 0],
    ]) as [number, number];
    expect(strong - weak).toBeCloseTo(400, 6);
    expect(strong + weak).toBeCloseTo(0, 9);
    expect(
      pointsOfStrength([
        [0, 3],
        [0, 0],
      ]),
    ).toBeNull();
    expect(pointsOfStrength([[0]])).toEqual([0]);
  });
});

describe('a standing of many', () => {
  const scores = noisy([0, 0.4, 1.1], 300);

  it('has the strengths of all wins, in intervals that a second way of drawing finds too', () => {
    const { strengths, rates, means, without, resamples } = played(scores);
    expect([without, resamples]).toEqual([0, 200]);
    const exact = bradleyTerry(winsAmong(scores)).map((strength) => 400 * Math.log10(strength));
    strengths!.forEach(({ points, low, high }, i) => {
      expect(points).toBeCloseTo(exact[i]!, 9);
      expect(low).toBeLessThan(points);
      expect(high).toBeGreaterThan(points);
    });
    expect(rates[2]![0]!.rate).toBeGreaterThan(0.6);
    expect(rates[2]![0]!.rate + rates[0]![2]!.rate).toBeCloseTo(1, 12);
    expect(rates[1]![1]).toBeNull();
    expect(means[2]).toBeCloseTo((rates[2]![0]!.rate + rates[2]![1]!.rate) / 2, 12);

    // The jackknife: a standard error without any drawing.
    const left = Array.from({ length: 300 }, (_, out) => {
      const places = Array.from({ length: 300 }, (__, i) => i).filter((i) => i !== out);
      return pointsOfStrength(winsAmong(scores, places))!;
    });
    for (let model = 0; model < 3; model++) {
      const values = left.map((each) => each[model]!);
      const centre = values.reduce((a, b) => a + b, 0) / 300;
      const error = Math.sqrt((299 / 300) * values.reduce((sum, value) => sum + (value - centre) ** 2, 0));
      const { low, high } = strengths![model]!;
      expect((high - low) / (2 * 1.96 * error)).toBeGreaterThan(0.8);
      expect((high - low) / (2 * 1.96 * error)).toBeLessThan(1.25);
    }
  });

  it('is the same for the same seed', () => {
    expect(played(scores, 4)).toEqual(played(scores, 4));
    expect(played(scores, 4).strengths).not.toEqual(played(scores, 5).strengths);
  });

  it('has no strengths where somebody never wins, and says the win rates alone', () => {
    const { strengths, means, rates } = played([
      [0, 0, 0],
      [1, 1, 1],
      [2, 0.5, 1.5],
    ]);
    expect(strengths).toBeNull();
    expect(means[0]).toBeCloseTo((rates[0]![1]!.rate + rates[0]![2]!.rate) / 2, 12);
    expect(rates[0]![1]!.rate).toBe(0);
  });

  it('tells of resamples in which there are none', () => {
    // A single win keeps the weaker one in the race; every third resample or so misses it.
    const weak = [1, ...Array.from({ length: 19 }, () => 0)];
    const strong = [0, ...Array.from({ length: 19 }, () => 1)];
    const { strengths, without } = played([weak, strong]);
    expect(strengths).not.toBeNull();
    expect(without).toBeGreaterThan(30);
    expect(without).toBeLessThan(120);
  });
});
