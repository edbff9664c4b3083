/** Several models over the same prompts: who beats whom how often, and Bradley–Terry strengths with bootstrap intervals. */
import { type Scores, pointsOfStrength, winRateOf, pointsOver, winsAmong } from './contest.ts';
import type { Rng } from './rng.ts';
import type { Interval, Rate } from './stats.ts';

const RESAMPLES = 200;
/** The central 95 %. */
const TAIL = 0.025;

export interface Strength extends Interval {
  /** Around the mean of all, which is 0; 400 are odds of 10 : 1. */
  points: number;
}

export interface Standing {
  /** Win rate of each model (row) over each other (column); null over itself. */
  rates: (Rate | null)[][];
  /** Of each model over all others together. */
  means: number[];
  /** Null where no finite strengths exist: somebody never wins, or never loses. */
  strengths: Strength[] | null;
  /** Resamples of the prompts in which no finite strengths exist; the intervals leave them out. */
  without: number;
  resamples: number;
}

/** Yields between two resamples, so that whoever asks can give others their turn. */
export function* standingOf(scores: Scores, rng: Rng): Generator<void, Standing> {
  const prompts = scores[0]?.length ?? 0;
  const rates = scores.map((own, a) =>
    scores.map((other, b) =>
      a === b ? null : winRateOf(own.map((score, i) => pointsOver(score, other[i] as number))),
    ),
  );
  const means = rates.map((row) => {
    const others = row.flatMap((each) => each?.rate ?? []);
    return others.reduce((sum, each) => sum + each, 0) / others.length;
  });
  const points = pointsOfStrength(winsAmong(scores));
  if (points === null) return { rates, means, strengths: null, without: 0, resamples: 0 };

  // The prompts are what was drawn at random: whoever answers them, answers them together.
  const drawn: number[][] = [];
  let without = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    yield;
    const again = pointsOfStrength(
      winsAmong(
        scores,
        Array.from({ length: prompts }, () => rng.int(prompts)),
      ),
    );
    if (again) drawn.push(again);
    else without += 1;
  }
  const strengths = points.map((own, model) => {
    const sorted = drawn.map((each) => each[model] as number).sort((x, y) => x - y);
    return { points: own, low: quantile(sorted, TAIL) ?? own, high: quantile(sorted, 1 - TAIL) ?? own };
  });
  return { rates, means, strengths, without, resamples: RESAMPLES };
}

/** Between the two nearest of `sorted`, in proportion; undefined for none. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? undefined : low + (at - Math.floor(at)) * (high - low);
}
