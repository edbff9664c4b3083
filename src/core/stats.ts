/**
 * The statistics the stages report: means, rates with their uncertainty, strengths from pairwise wins.
 *
 * Every result is a finite number, so that it survives JSON. What has no answer (the mean of nothing, a player who never
 * lost) throws; only a rate of nothing has one, because "no comparisons yet" is where every judge starts.
 */

/** The quantile of the normal distribution that bounds the central 95 %. */
export const z95 = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

/** A share k/n of trials, with its 95 % interval. */
export interface Rate extends Interval {
  rate: number;
  n: number;
}

/** A mean of n values, with its 95 % interval. */
export interface Mean extends Interval {
  mean: number;
  n: number;
}

/** Throws a RangeError for no values. */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError('mean: no values');
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/**
 * Standard deviation: of the values themselves, or with `unbiased` the estimate (n − 1) for what they were drawn from,
 * which is 0 for a single value. Throws a RangeError for no values.
 */
export function std(values: ArrayLike<number>, options: { unbiased?: boolean } = {}): number {
  const centre = mean(values);
  if (values.length === 1) return 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - centre) ** 2;
  return Math.sqrt(sum / (options.unbiased ? values.length - 1 : values.length));
}

/**
 * The mean with its 95 % interval, ±1.96 standard errors: for tens of values and more. A single value says nothing of its
 * spread: its interval is the value. Throws a RangeError for no values.
 */
export function meanWithInterval(values: ArrayLike<number>): Mean {
  const centre = mean(values);
  const half = (z95 * std(values, { unbiased: true })) / Math.sqrt(values.length);
  return { mean: centre, low: centre - half, high: centre + half, n: values.length };
}

/**
 * `count` quantiles of the values, equally far apart, from the least to the greatest; between two values linearly.
 * Throws a RangeError for no values or fewer than two quantiles.
 */
export function quantiles(values: ArrayLike<number>, count: number): number[] {
  if (values.length === 0 || count < 2) throw new RangeError(`quantiles: ${count} of ${values.length} values`);
  const sorted = Float64Array.from(values).sort();
  return Array.from({ length: count }, (_, i) => {
    const place = (i / (count - 1)) * (sorted.length - 1);
    const below = Math.floor(place);
    const low = sorted[below] as number;
    return low + (place - below) * ((sorted[Math.min(below + 1, sorted.length - 1)] as number) - low);
  });
}

/** The share of what `quantiles` describes that is less than `value`; half of what is equal to it. */
export function shareBelow(quantiles: readonly number[], value: number): number {
  const last = quantiles.length - 1;
  const steps = quantiles.slice(1).reduce((sum, high, i) => {
    const low = quantiles[i] as number;
    if (value > high) return sum + 1;
    if (value < low) return sum;
    return sum + (high > low ? (value - low) / (high - low) : 0.5);
  }, 0);
  return steps / last;
}

/**
 * Wilson's 95 % score interval for `wins` of `n` (Wilson 1927); everything, [0, 1], for n = 0.
 * `wins` may be fractional: a tie counts half.
 */
export function wilson(wins: number, n: number): Interval {
  if (!(wins >= 0 && wins <= n && Number.isFinite(n))) throw new RangeError(`wilson: ${wins} wins of ${n}`);
  if (n === 0) return { low: 0, high: 1 };
  const p = wins / n;
  const z2n = z95 ** 2 / n;
  const centre = (p + z2n / 2) / (1 + z2n);
  const half = (z95 * Math.sqrt((p * (1 - p)) / n + z2n / (4 * n))) / (1 + z2n);
  // Rounding may carry the ends a hair outside.
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** The share k/n with its Wilson interval; rate 0 in [0, 1] for n = 0. */
export function rate(k: number, n: number): Rate {
  return { rate: n === 0 ? 0 : k / n, ...wilson(k, n), n };
}

/**
 * Bradley–Terry strengths by maximum likelihood, with geometric mean 1: P(i beats j) = s_i / (s_i + s_j).
 *
 * `wins[i][j]` counts how often i beat j; a tie may count half to both. Minorisation–maximisation (Hunter 2004) until no
 * strength changes by more than 1e-12 relatively. Throws a RangeError where no finite maximum exists: that takes, for
 * every split of the players into two groups, a win of each group over the other (Ford 1957).
 */
export function bradleyTerry(wins: readonly (readonly number[])[]): number[] {
  checkWins(wins);
  const n = wins.length;
  const count = (i: number, j: number): number => wins[i]?.[j] ?? 0;
  let strengths = new Array<number>(n).fill(1);
  for (let iteration = 0; iteration < 100_000; iteration++) {
    const raw = strengths.map((own, i) => {
      let won = 0;
      let expected = 0;
      strengths.forEach((other, j) => {
        if (j === i) return;
        won += count(i, j);
        expected += (count(i, j) + count(j, i)) / (own + other);
      });
      return n === 1 ? 1 : won / expected;
    });
    const scale = Math.exp(raw.reduce((sum, strength) => sum + Math.log(strength), 0) / n);
    const next = raw.map((strength) => strength / scale);
    const change = next.reduce(
      (most, strength, i) => Math.max(most, Math.abs(strength / (strengths[i] as number) - 1)),
      0,
    );
    strengths = next;
    if (change <= 1e-12) return strengths;
  }
  throw new RangeError('bradleyTerry: no convergence; the wins are too lopsided for a stable estimate');
}

/** Throws a RangeError unless `wins` is a square of counts from which finite strengths follow. */
function checkWins(wins: readonly (readonly number[])[]): void {
  const n = wins.length;
  if (n === 0) throw new RangeError('bradleyTerry: no players');
  wins.forEach((row, i) => {
    if (row.length !== n) throw new RangeError(`bradleyTerry: player ${i} has ${row.length} counts, expected ${n}`);
    row.forEach((won, j) => {
      if (!(won >= 0 && Number.isFinite(won)) || (i === j && won !== 0))
        throw new RangeError(`bradleyTerry: wins of ${i} over ${j} are ${won}`);
    });
  });
  for (let i = 0; i < n && n > 1; i++) {
    if (!wins[i]?.some((won) => won > 0))
      throw new RangeError(`bradleyTerry: player ${i} never won, so no finite strength`);
    if (!wins.some((row) => (row[i] ?? 0) > 0))
      throw new RangeError(`bradleyTerry: player ${i} never lost, so no finite strength`);
  }
  // Every split has wins both ways exactly when player 0 reaches all along wins, and all along losses.
  const won = (i: number, j: number): boolean => (wins[i]?.[j] ?? 0) > 0;
  for (const edge of [won, (i: number, j: number) => won(j, i)]) {
    const reached = new Set([0]);
    for (const i of reached) for (let j = 0; j < n; j++) if (edge(i, j)) reached.add(j);
    if (reached.size < n)
      throw new RangeError(
        `bradleyTerry: players ${[...reached].join(', ')} and the others have wins one way only, so no finite strengths`,
      );
  }
}

/** The upper bound log n − (n − 1)/n on the KL divergence of best-of-n from its policy, in nats (Stiennon et al. 2020). */
export function bestOfNKl(n: number): number {
  if (!(Number.isInteger(n) && n >= 1)) throw new RangeError(`bestOfNKl: n = ${n}, expected an integer ≥ 1`);
  return Math.log(n) - (n - 1) / n;
}
