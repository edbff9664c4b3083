/** The curves as files: numbers for another programme, a picture for a report. */
import type { CurveSource } from './curves.ts';

/** Names of the columns before the metrics. */
const X_NAMES = { step: 'step', tokens: 'tokens', seconds: 'seconds' } as const;

/** Every metric at every step, as CSV: a point as the decimal sign in every language, nothing where there is no value. */
export function csvOf(source: CurveSource): string {
  const xs = (['step', 'tokens', 'seconds'] as const).flatMap((name): [string, readonly number[]][] => {
    const axis = source.axis(name);
    return axis ? [[X_NAMES[name], axis]] : [];
  });
  const columns = [...xs, ...source.metrics.map((metric) => [metric, source.column(metric) ?? []] as const)];
  const rows = source.steps.map((_, i) => columns.map(([, values]) => values[i] ?? null));
  return csvOfRows([columns.map(([name]) => name), ...rows]);
}

/** Rows of cells, their names first, as CSV; nothing for null. */
export function csvOfRows(rows: readonly (readonly (string | number | null)[])[]): string {
  const lines = rows.map((cells) => cells.map((cell) => quoted(String(cell ?? ''))).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** About `most` indices of `length` points, equally far apart, and the last one. */
export function fewOf(length: number, most: number): { indices: number[]; each: number } {
  const each = Math.max(1, Math.ceil(length / most));
  const indices = Array.from({ length: Math.ceil(length / each) }, (_, i) => i * each);
  if (length > 0 && indices.at(-1) !== length - 1) indices.push(length - 1);
  return { indices, each };
}

/** "Loss" → "loss": what every file system takes as a part of a name. */
export function fileName(...parts: readonly string[]): string {
  return parts.map((part) => part.toLowerCase().replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-')).join('-');
}
