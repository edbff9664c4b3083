/** Telling growth from noise. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { type Series, grows, tableOf } from '../../tools/soak/series.ts';
import { sizesIn } from '../../tools/soak/heap.ts';
import { trendOf } from '../../tools/soak/trend.ts';

const noisy = (count: number, at: (i: number) => number, seed = 1): number[] => {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, (_, i) => at(i) + rng.normal());
};

describe('a trend', () => {
  it('is the line through exact samples, without a margin', () => {
    const { growth, margin, mean } = trendOf([1, 3, 5, 7]);
    expect(growth).toBeCloseTo(6, 12);
    expect(margin).toBeCloseTo(0, 6);
    expect(mean).toBe(4);
  });

  it('is no growth where samples only vary', () => {
    const steady = Array.from({ length: 40 }, (_, seed) => trendOf(noisy(30, () => 10, seed)).steady);
    // One in forty is outside on the side of growth.
    expect(steady.filter(Boolean).length).toBeGreaterThanOrEqual(36);
  });

  it('is growth where a leak is larger than what varies', () => {
    const steady = Array.from({ length: 40 }, (_, seed) => trendOf(noisy(30, (i) => 10 + i / 5, seed)).steady);
    expect(steady).not.toContain(true);
  });

  it('needs three samples', () => {
    expect(() => trendOf([1, 2])).toThrow('2 samples');
  });
});

describe('a soak', () => {
  const series = (judged: Series['judged'], values: number[]): Series => ({ name: 'what', judged, values });

  it('takes one tensor more for growth, and breathing of a heap for none', () => {
    const heap = noisy(20, () => 1000);
    const leak = heap.map((value, i) => value + 10 * i);
    expect(grows(series('exact', [5, 5, 5, 5]))).toBe(false);
    expect(grows(series('exact', [5, 5, 5, 6]))).toBe(true);
    expect(grows(series('trend', heap))).toBe(false);
    expect(grows(series('trend', leak))).toBe(true);
    expect(grows(series('no', leak))).toBe(false);
  });

  it('says so in its table', () => {
    expect(tableOf([series('exact', [5, 5, 6])])).toContain('GROWS');
    expect(tableOf([series('exact', [5, 5, 5])])).toContain('constant');
  });
});

it('a heap is counted by what is in it: code apart, and what is not V8’s left out', () => {
  const heap = {
    snapshot: {
      meta: { node_fields: ['type', 'name', 'self_size'], node_types: [['code', 'object', 'native'], 'string'] },
    },
    nodes: [0, 0, 5, 1, 0, 7, 1, 1, 11, 2, 0, 13],
  };
  expect(sizesIn(JSON.stringify(heap))).toEqual({ objects: 18, code: 5 });
  expect(() => sizesIn('{"nodes": []}')).toThrow('snapshot');
});
