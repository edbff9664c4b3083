import { describe, expect, it } from 'vitest';
import { labelCountsFor } from '../../src/core/label-counts.ts';

describe('labelCountsFor', () => {
  it.each([
    [1000, [3, 10, 30, 100, 300]],
    [1500, [3, 10, 30, 100, 300, 1000]],
    [30, [3, 10]],
    [8, [3]],
    [3, []],
    [0, []],
  ])('of %i leaves a quarter of them for the test', (total, counts) => {
    expect(labelCountsFor(total)).toEqual(counts);
    for (const count of counts) expect(count).toBeLessThanOrEqual(0.75 * total);
  });
});
