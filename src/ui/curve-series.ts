/** What is done to the points of a curve before they are drawn. */

export type Values = readonly (number | null)[];

export interface Points {
  /** Rising. */
  x: readonly number[];
  y: Values;
}

/**
 * Debiased exponential moving average, as W&B smooths: y_n = Σ w^(n−i) v_i / Σ w^(n−i) over the points so far.
 * `weight` 0 … 0.99; nulls stay null and do not count.
 */
export function smooth(values: Values, weight: number): Values {
  if (weight === 0) return values;
  let average = 0;
  let bias = 1;
  return values.map((value) => {
    if (value === null) return null;
    average = weight * average + (1 - weight) * value;
    bias *= weight;
    return average / (1 - bias);
  });
}

/** What a logarithm can draw; null for the rest. */
export function positive(values: Values): Values {
  return values.map((value) => (value !== null && value > 0 && value < Infinity ? value : null));
}

/**
 * The lines on one x axis: every x there is, or where these are more than `most`, `most`/2 columns of equal width, each
 * with the least and the greatest value of every line in the order in which they came.
 */
export function align(lines: readonly Points[], most: number): { x: number[]; ys: (number | null)[][] } {
  const x = distinct(lines, most);
  if (!x) return decimate(lines, Math.max(1, Math.floor(most / 2)));
  const places = new Map(x.map((value, i) => [value, i]));
  const ys = lines.map((line) => {
    const y = new Array<number | null>(x.length).fill(null);
    for (const [i, value] of line.y.entries()) y[places.get(line.x[i]!)!] = value;
    return y;
  });
  return { x, ys };
}

/** Every x of the lines in order; null where there are more than `most`. */
function distinct(lines: readonly Points[], most: number): number[] | null {
  if (lines.some(({ x }) => x.length > most)) return null;
  const found = new Set(lines.flatMap(({ x }) => x));
  return found.size > most ? null : [...found].sort((a, b) => a - b);
}

function decimate(lines: readonly Points[], columns: number): { x: number[]; ys: (number | null)[][] } {
  const low = Math.min(...lines.map(({ x }) => x[0] ?? Infinity));
  const high = Math.max(...lines.map(({ x }) => x.at(-1) ?? -Infinity));
  const width = (high - low) / columns;
  const x = Array.from({ length: 2 * columns }, (_, i) => low + ((i + 0.5) / 2) * width);
  // The axis begins and ends where the points do.
  x[0] = low;
  x[2 * columns - 1] = high;
  const ys = lines.map((line) => {
    const y = new Array<number | null>(2 * columns).fill(null);
    for (const [i, value] of line.y.entries()) {
      if (value === null) continue;
      const first = 2 * Math.min(columns - 1, Math.floor((line.x[i]! - low) / width));
      put(y, first, value);
    }
    return y;
  });
  return { x, ys };
}

/** Takes a value into a column, whose two places keep the least and the greatest of all, the earlier one first. */
function put(y: (number | null)[], first: number, value: number): void {
  const a = y[first] ?? null;
  const b = y[first + 1] ?? null;
  if (a === null) y[first] = value;
  else if (b === null) y[first + 1] = value;
  else if (value < Math.min(a, b) || value > Math.max(a, b)) {
    // The one that is overtaken leaves; the other is the earlier one of the two now.
    y[first] = value < Math.min(a, b) ? Math.max(a, b) : Math.min(a, b);
    y[first + 1] = value;
  }
}

/** Index of the point nearest to `x` in rising `xs`; −1 where there is none. */
export function nearest(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - xs[low - 1]! <= xs[low]! - x ? low - 1 : Math.min(low, xs.length - 1);
}

/** The digits that a decade is marked at, the more welcome ones first. */
const DIGITS = [1, 3, 2, 5, 4, 7, 6, 8, 9];
/** Of the axis between two marks, at least. */
const SPACE = 1 / 7;

/** Marks of a logarithmic axis from `low` to `high`: round numbers that leave room for each other. */
export function logMarks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => first + i);
  const space = Math.log(high / low) * SPACE;
  const marks: number[] = [];
  for (const digit of DIGITS)
    for (const exponent of decades) {
      // Divided where the exponent is negative: 2 · 10 ** −1 would not be 0.2.
      const mark = exponent < 0 ? digit / 10 ** -exponent : digit * 10 ** exponent;
      if (mark < low || mark > high) continue;
      if (marks.every((other) => Math.abs(Math.log(mark / other)) >= space)) marks.push(mark);
    }
  return marks.length >= 3 ? marks.sort((a, b) => a - b) : evenMarks(low, high);
}

/** Two to six round numbers at equal distances: what a small part of a decade needs. */
function evenMarks(low: number, high: number): number[] {
  // The next round step is 2.5 times as much at most, and goes twice into the whole.
  const rough = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5].find((times) => times * unit >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    // Without the last digits that a sum of decimals has too many.
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The last value up to `end`, inclusive; null where there is none: metrics that are measured now and then have gaps. */
export function lastUpTo(values: Values, end: number): number | null {
  for (let i = Math.min(end, values.length - 1); i >= 0; i--) if (values[i] !== null) return values[i]!;
  return null;
}
