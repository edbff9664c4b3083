/**
 * Calibration: whether a model that says "with probability p" is right in p of the cases.
 *
 * By the Bradley–Terry model a reward model says P(a is preferred to b) = σ(r_a − r_b). Its pairs are put into bins by
 * that probability; in each bin the mean prediction stands beside how often the first really was preferred (reliability
 * diagram, DeGroot & Fienberg 1983; expected calibration error, Naeini et al. 2015).
 */
import { type Rate, rate } from './stats.ts';

/** One pair of answers. */
export interface PredictedPair {
  /** P(first preferred), 0 … 1. */
  predicted: number;
  /** Whether the first really was. */
  preferred: boolean;
}

export interface CalibrationBin {
  /** Mean of the predictions in it. */
  predicted: number;
  /** How often the first really was preferred, of so many pairs. */
  preferred: Rate;
}

export interface Calibration {
  /** By rising prediction; those without a pair are left out. */
  bins: CalibrationBin[];
  /** Expected calibration error: the mean distance of prediction and share over the bins, each weighted by its pairs. */
  error: number;
}

/** σ(x): the probability of the better one by the difference of two scores. */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Bins of equal width over 0 … 1; a prediction of 1 belongs to the last. Throws a RangeError for one outside. */
export function calibrationOf(pairs: readonly PredictedPair[], bins = 10): Calibration {
  const sums = Array.from({ length: bins }, () => ({ predicted: 0, preferred: 0, n: 0 }));
  for (const { predicted, preferred } of pairs) {
    if (!(predicted >= 0 && predicted <= 1)) throw new RangeError(`calibration: a probability of ${predicted}`);
    const sum = sums[Math.min(bins - 1, Math.floor(predicted * bins))] as (typeof sums)[number];
    sum.predicted += predicted;
    sum.preferred += preferred ? 1 : 0;
    sum.n += 1;
  }
  const filled = sums
    .filter(({ n }) => n > 0)
    .map(({ predicted, preferred, n }): CalibrationBin => ({
      predicted: predicted / n,
      preferred: rate(preferred, n),
    }));
  const distance = filled.reduce(
    (sum, { predicted, preferred }) => sum + preferred.n * Math.abs(predicted - preferred.rate),
    0,
  );
  return { bins: filled, error: pairs.length === 0 ? 0 : distance / pairs.length };
}
