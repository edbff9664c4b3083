import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DocumentLosses, pairedMeans, pairedShares, perplexityChange } from '../../src/core/paired.ts';
import { Rng } from '../../src/core/rng.ts';
import { mean } from '../../src/core/stats.ts';

/** Pairs of outcomes by how many there are of each. */
function pairs(both: number, gained: number, lost: number, neither: number): [boolean, boolean][] {
  return [
    ...Array.from({ length: both }, (): [boolean, boolean] => [true, true]),
    ...Array.from({ length: gained }, (): [boolean, boolean] => [false, true]),
    ...Array.from({ length: lost }, (): [boolean, boolean] => [true, false]),
    ...Array.from({ length: neither }, (): [boolean, boolean] => [false, false]),
  ];
}

/** The central 95 % of what `statistic` says of `draws` resamples of the places 0 … n − 1. */
function bootstrap(n: number, statistic: (places: readonly number[]) => number, draws = 4000): [number, number] {
  const rng = Rng.fromSeed(7, 'bootstrap');
  const values = Array.from({ length: draws }, () => statistic(Array.from({ length: n }, () => rng.int(n))));
  values.sort((a, b) => a - b);
  return [values[Math.floor(0.025 * draws)]!, values[Math.floor(0.975 * draws)]!];
}

describe('the change of a share', () => {
  it('is as Newcombe has it in his table of examples (1998)', () => {
    const { change, low, high } = pairedShares(pairs(36, 2, 12, 0));
    expect(change).toBeCloseTo(-0.2, 12);
    // He subtracts the other way round: .2 (.0569 – .3404).
    expect(low).toBeCloseTo(-0.3404, 4);
    expect(high).toBeCloseTo(-0.0569, 4);
  });

  it('holds the change, stays in [−1, 1] and mirrors when before and after change places', () => {
    const count = fc.nat(40);
    fc.assert(
      fc.property(count, count, count, count, (both, gained, lost, neither) => {
        fc.pre(both + gained + lost + neither > 0);
        const there = pairedShares(pairs(both, gained, lost, neither));
        const back = pairedShares(pairs(both, lost, gained, neither));
        expect(there.change).toBeCloseTo((gained - lost) / there.n, 12);
        expect(there.low).toBeLessThanOrEqual(there.change);
        expect(there.high).toBeGreaterThanOrEqual(there.change);
        expect(there.low).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(there.high).toBeLessThanOrEqual(1 + 1e-12);
        expect(back.low).toBeCloseTo(-there.high, 12);
      }),
    );
  });

  it('is near the bootstrap of many pairs, and narrower than if the two were independent', () => {
    const outcomes = pairs(500, 60, 120, 320);
    const { change, low, high } = pairedShares(outcomes);
    const [drawnLow, drawnHigh] = bootstrap(1000, (places) =>
      mean(places.map((i) => Number(outcomes[i]![1]) - Number(outcomes[i]![0]))),
    );
    expect(Math.abs(low - drawnLow)).toBeLessThan(0.004);
    expect(Math.abs(high - drawnHigh)).toBeLessThan(0.004);
    const independent = 1.96 * Math.sqrt((0.62 * 0.38 + 0.56 * 0.44) / 1000);
    expect(high - change).toBeLessThan(0.7 * independent);
  });

  it('covers the truth about as often as it says, also where few outcomes change', () => {
    const rng = Rng.fromSeed(3, 'coverage');
    const truth = { both: 0.02, gained: 0.01, lost: 0.08 };
    let covered = 0;
    for (let i = 0; i < 1000; i++) {
      const drawn = Array.from({ length: 60 }, (): [boolean, boolean] => {
        const u = rng.uniform();
        if (u < truth.both) return [true, true];
        if (u < truth.both + truth.gained) return [false, true];
        return u < truth.both + truth.gained + truth.lost ? [true, false] : [false, false];
      });
      const { low, high } = pairedShares(drawn);
      covered += Number(low <= truth.gained - truth.lost && truth.gained - truth.lost <= high);
    }
    expect(covered).toBeGreaterThan(930);
    expect(covered).toBeLessThan(1000);
  });

  it('of nothing is not known, and where nothing happens it has an interval', () => {
    expect(pairedShares([])).toEqual({ from: 0, to: 0, change: 0, low: -1, high: 1, n: 0 });
    const none = pairedShares(pairs(0, 0, 0, 100));
    expect(none.low).toBeLessThan(-0.02);
    expect(none.high).toBeGreaterThan(0.02);
  });
});

describe('the change of a mean', () => {
  it('is near the bootstrap of the same pairs', () => {
    const rng = Rng.fromSeed(1, 'lengths');
    const lengths = Array.from({ length: 400 }, (): [number, number] => {
      const hard = rng.normal();
      return [7 + 2 * hard + rng.normal(), 5 + 2 * hard + rng.normal()];
    });
    const { from, to, change, low, high, n } = pairedMeans(lengths);
    expect(n).toBe(400);
    expect(change).toBeCloseTo(to - from, 12);
    const [drawnLow, drawnHigh] = bootstrap(400, (places) => mean(places.map((i) => lengths[i]![1] - lengths[i]![0])));
    expect(Math.abs(low - drawnLow)).toBeLessThan(0.03);
    expect(Math.abs(high - drawnHigh)).toBeLessThan(0.03);
  });

  it('of nothing throws', () => {
    expect(() => pairedMeans([])).toThrow(RangeError);
  });
});

describe('the change of perplexity', () => {
  const rng = Rng.fromSeed(2, 'documents');
  const documents = Array.from({ length: 500 }, (): DocumentLosses => {
    const tokens = 5 + rng.int(30);
    const before = tokens * 0.8 + Math.sqrt(tokens) * rng.normal() * 0.3;
    return { tokens, before, after: before + tokens * 0.02 + Math.sqrt(tokens) * rng.normal() * 0.1 };
  });
  const sum = (of: (each: DocumentLosses) => number, places?: readonly number[]): number =>
    (places ?? documents.map((_, i) => i)).reduce((total, i) => total + of(documents[i]!), 0);

  it('is e to the mean loss of all tokens, whatever document they stand in', () => {
    const change = perplexityChange(documents);
    const tokens = sum((each) => each.tokens);
    expect(change.tokens).toBe(tokens);
    expect(change.documents).toBe(500);
    expect(change.from).toBeCloseTo(Math.exp(sum(({ before }) => before) / tokens), 12);
    expect(change.to).toBeCloseTo(Math.exp(sum(({ after }) => after) / tokens), 12);
    expect(change.factor).toBeCloseTo(change.to / change.from, 12);
  });

  it('has an interval near the bootstrap over documents', () => {
    const { low, high } = perplexityChange(documents);
    const [drawnLow, drawnHigh] = bootstrap(500, (places) =>
      Math.exp(sum(({ before, after }) => after - before, places) / sum((each) => each.tokens, places)),
    );
    expect(Math.abs(low - drawnLow)).toBeLessThan(6e-4);
    expect(Math.abs(high - drawnHigh)).toBeLessThan(6e-4);
  });

  it('of nothing throws', () => {
    expect(() => perplexityChange([])).toThrow(RangeError);
  });
});
