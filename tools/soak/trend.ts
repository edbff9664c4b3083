/** Whether what was measured again and again grows: a straight line through the samples, and how sure one can be of it. */
import { mean, z95 } from '../../src/core/stats.ts';

/** Growth over all samples below this share of their mean is none that a user would notice in hours. */
const TOLERATED = 0.02;

export interface Trend {
  mean: number;
  /** Of the line, from the first sample to the last; in the samples' unit. */
  growth: number;
  /** Half the 95 % interval of `growth`. */
  margin: number;
  /** The growth is within noise: not above 0 for certain, or under 2 % of the mean. */
  steady: boolean;
}

/**
 * Least squares of `values` over evenly spaced times. Where samples hang together, as sizes of a heap do, the margin is
 * too narrow: more is called growth than is. Throws a RangeError for fewer than three samples.
 */
export function trendOf(values: readonly number[]): Trend {
  const n = values.length;
  if (n < 3) throw new RangeError(`trend: ${n} samples, expected at least 3`);
  const centre = mean(values);
  const middle = (n - 1) / 2;
  let [covariance, variance] = [0, 0];
  for (const [i, value] of values.entries()) {
    covariance += (i - middle) * (value - centre);
    variance += (i - middle) ** 2;
  }
  const slope = covariance / variance;
  const residuals = values.reduce((sum, value, i) => sum + (value - centre - slope * (i - middle)) ** 2, 0);
  const growth = slope * (n - 1);
  const margin = z95 * Math.sqrt(residuals / (n - 2) / variance) * (n - 1);
  return { mean: centre, growth, margin, steady: growth <= margin || growth <= TOLERATED * centre };
}
