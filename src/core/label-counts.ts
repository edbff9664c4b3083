/** How good a reward model is by the number of labels that it learnt from: what is measured, and what that costs. */
import type { Rate } from './stats.ts';

/** Labels are rankings; one of four answers tells up to six pairs apart. */
export interface LabelCountPoint {
  labels: number;
  /** Held-out pairs in the gold judge's order, about names that training mentions and about others. */
  familiar: Rate;
  new_names: Rate;
  /** Pairs in the order of labels of the same labeller that none of these trainings saw; null where there are none. */
  left_out: Rate | null;
}

export interface LabelCounts {
  /** Hash of the run's reward model, which learnt from all labels. */
  model: string;
  /** What it learnt from, see `Ingredients`. */
  labels: string;
  /** How many labels each training gets. */
  counts: readonly number[];
  /** In the order of `counts`, as far as they are measured. A count is left out where its labels tell nothing apart. */
  points: readonly LabelCountPoint[];
  /** All labels: the run's reward model itself. */
  whole: LabelCountPoint;
  /** Every count is measured. */
  complete: boolean;
}

export interface LabelCountProgress {
  counts: LabelCounts;
  /** Of the steps, 0 … 1. */
  share: number;
  /** So far. */
  tokens: number;
  flop: number;
}

/** Labels that no training sees, so that all of them can be measured on the same ones. */
export const MOST_LEFT_OUT = 100;
/** The largest training leaves a quarter of the labels alone. */
const LARGEST_SHARE = 0.75;

/** 3, 10, 30, 100 …: numbers of labels evenly apart on a logarithmic axis, well below all `total`. */
export function labelCountsFor(total: number): number[] {
  const counts: number[] = [];
  for (let ten = 1; 3 * ten <= LARGEST_SHARE * total; ten *= 10) {
    counts.push(3 * ten);
    if (10 * ten <= LARGEST_SHARE * total) counts.push(10 * ten);
  }
  return counts;
}
