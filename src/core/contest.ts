/** Who wins on a prompt by gold score, how often, and how strong several are who all answered the same prompts. */
import { type Rate, bradleyTerry, rate } from './stats.ts';

/** Gold scores closer than this are a tie. */
const TIE = 1e-6;

/** What `a` earns against `b`: 1 for a win, ½ for a tie. */
export function pointsOver(a: number, b: number): 0 | 0.5 | 1 {
  const gap = a - b;
  return gap > TIE ? 1 : gap < -TIE ? 0 : 0.5;
}

/** (wins + ½ ties) / n, from the points of each prompt. */
export function winRateOf(points: readonly number[]): Rate {
  return rate(
    points.reduce((sum, each) => sum + each, 0),
    points.length,
  );
}

/** Gold scores of the answers: a row a model, a column a prompt. */
export type Scores = readonly (readonly number[])[];

/** Points of each model (row) over each other (column), over the prompts at these places; default all. */
export function winsAmong(scores: Scores, places?: readonly number[]): number[][] {
  const at = places ?? (scores[0] ?? []).map((_, i) => i);
  return scores.map((own, a) =>
    scores.map((other, b) =>
      a === b ? 0 : at.reduce((sum, i) => sum + pointsOver(own[i] as number, other[i] as number), 0),
    ),
  );
}

/** 400 of them are odds of 10 : 1, as in Elo's rating of chess. */
const PER_DECADE = 400;

/** Bradley–Terry strengths as points around their mean of 0; null where no finite maximum exists. */
export function pointsOfStrength(wins: readonly (readonly number[])[]): number[] | null {
  try {
    return bradleyTerry(wins).map((strength) => PER_DECADE * Math.log10(strength));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
