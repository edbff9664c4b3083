/** Charts of few points, each with its interval: what is drawn, and the same as a table and as CSV. */

export interface ChartPoint {
  x: number;
  y: number;
  /** The 95 % interval of y. */
  low: number;
  high: number;
}

/** Told apart by shape and by colour. */
export const SHAPES = ['circle', 'square', 'triangle'] as const;

export interface PointSeries {
  name: string;
  points: readonly ChartPoint[];
  /** Whether its points are joined; default true. */
  line?: boolean;
}

export interface PointAxis {
  label: string;
  from: number;
  to: number;
  ticks: readonly number[];
  /** Even on a logarithmic scale; only for numbers above 0. */
  log?: boolean;
  format: (value: number) => string;
}

/** Columns with their names, and rows of numbers and texts; null: there is none. */
export interface PointTable {
  /** Written for people, and the field's names for files. */
  columns: readonly { title: string; field: string }[];
  rows: readonly (readonly Cell[])[];
}

export interface Cell {
  text: string;
  value: number | string | null;
}

export interface PointChart {
  title: string;
  x: PointAxis;
  y: PointAxis;
  series: readonly PointSeries[];
  /** A dashed line from corner to corner, and what it means. */
  diagonal?: string;
  /** A level line at this y: a coin toss. */
  mark?: number;
  table: PointTable;
}

/** Places of an axis: `axis.from` at `start` pixels, `axis.to` at `end`. */
export function placesOf({ from, to, log }: PointAxis, start: number, end: number): (value: number) => number {
  const scale = (value: number): number => (log ? Math.log(value) : value);
  const [low, high] = [scale(from), scale(to)];
  return (value) => start + ((scale(value) - low) / (high - low)) * (end - start);
}

/** RFC 4180, a point as the decimal sign in every language. */
export function csvOfTable({ columns, rows }: PointTable): string {
  const write = (value: Cell['value']): string => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.map(({ field }) => field), ...rows.map((row) => row.map(({ value }) => write(value)))];
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}
