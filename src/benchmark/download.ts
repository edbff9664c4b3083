/** The figures as a file: the same array of records that `npm run bench -- --json` writes. */
import type { BenchmarkFigure } from '../core/protocol.ts';

export function download(figures: readonly BenchmarkFigure[], date: Date): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(figures, null, 2)}\n`], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `rlhf-playground-benchmark-${day(date)}.json`;
  link.click();
  // Some browsers fetch it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** "2026-01-31", as it is here. */
function day(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
