/**
 * How a figure changed between two models on the same prompts, with a 95 % interval. The two are paired: a prompt that is
 * hard for one is hard for the other, and an interval that took them for independent would be too wide.
 */
import { type Interval, mean, std, wilson, z95 } from './stats.ts';

/** `change` is `to` − `from`; its interval is paired over the same `n` prompts. */
export interface Change extends Interval {
  from: number;
  to: number;
  change: number;
  n: number;
}

/**
 * The change of a share, each pair the outcomes before and after: Newcombe's interval for paired proportions (1998,
 * method 10), made of the two Wilson intervals and how the outcomes go together. It holds up where few or none changed.
 * Everything, [−1, 1], for no pairs.
 */
export function pairedShares(pairs: readonly (readonly [before: boolean, after: boolean])[]): Change {
  const n = pairs.length;
  if (n === 0) return { from: 0, to: 0, change: 0, low: -1, high: 1, n };
  const count = (before: boolean, after: boolean): number =>
    pairs.filter(([first, second]) => first === before && second === after).length;
  const [both, gained, lost, neither] = [
    count(true, true),
    count(false, true),
    count(true, false),
    count(false, false),
  ];
  const [k1, k2] = [both + lost, both + gained];
  const [from, to] = [k1 / n, k2 / n];
  const [first, second] = [wilson(k1, n), wilson(k2, n)];
  const product = both * neither - lost * gained;
  const scale = Math.sqrt(k1 * (n - k1) * k2 * (n - k2));
  const phi = scale === 0 ? 0 : (product > 0 ? Math.max(0, product - n / 2) : product) / scale;
  const change = to - from;
  // Rounding may carry what is under the root a hair below 0.
  const distance = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  return {
    from,
    to,
    change,
    low: change - distance(to - second.low, first.high - from),
    high: change + distance(second.high - to, from - first.low),
    n,
  };
}

/** The change of a mean: the mean difference ± 1.96 standard errors. Throws a RangeError for no pairs. */
export function pairedMeans(pairs: readonly (readonly [before: number, after: number])[]): Change {
  const n = pairs.length;
  const differences = pairs.map(([before, after]) => after - before);
  const change = mean(differences);
  const half = (z95 * std(differences, { unbiased: true })) / Math.sqrt(n);
  const from = mean(pairs.map(([before]) => before));
  const to = mean(pairs.map(([, after]) => after));
  return { from, to, change, low: change - half, high: change + half, n };
}

/** Perplexity before and after on the same `documents`; `factor` is `to` / `from`, with its interval. */
export interface PerplexityChange extends Interval {
  from: number;
  to: number;
  factor: number;
  documents: number;
  tokens: number;
}

/** What two models lose on one document: Σ −log p of its tokens, in nats. */
export interface DocumentLosses {
  before: number;
  after: number;
  tokens: number;
}

/**
 * The change of e^(mean token loss). The documents are what was drawn at random, not their tokens: the interval is that of
 * a ratio of two sums over documents, on the scale of the loss. Throws a RangeError for no documents.
 */
export function perplexityChange(losses: readonly DocumentLosses[]): PerplexityChange {
  const documents = losses.length;
  if (documents === 0) throw new RangeError('perplexityChange: no documents');
  const sum = (of: (each: DocumentLosses) => number): number => losses.reduce((total, each) => total + of(each), 0);
  const tokens = sum((each) => each.tokens);
  const difference = sum(({ before, after }) => after - before) / tokens;
  const residuals = losses.map((each) => each.after - each.before - difference * each.tokens);
  const error = (Math.sqrt(documents) * std(residuals, { unbiased: true })) / tokens;
  return {
    from: Math.exp(sum(({ before }) => before) / tokens),
    to: Math.exp(sum(({ after }) => after) / tokens),
    factor: Math.exp(difference),
    low: Math.exp(difference - z95 * error),
    high: Math.exp(difference + z95 * error),
    documents,
    tokens,
  };
}
