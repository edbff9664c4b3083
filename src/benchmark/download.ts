/** The figures as a file: the same array of records that `npm run bench -- --json` writes. */
import type { BenchmarkFigure } from '../core/benchmark-protocol.ts';
import { downloadText } from '../ui/download.ts';

export function download(figures: readonly BenchmarkFigure[], date: Date): void {
  const text = `${JSON.stringify(figures, null, 2)}\n`;
  downloadText(`rlhf-playground-benchmark-${day(date)}.json`, text, 'application/json');
}

/** "2026-01-31", as it is here. */
function day(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
