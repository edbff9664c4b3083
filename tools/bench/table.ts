/** The figures as a table for people. */
import { columns } from '../table.ts';
import type { BenchmarkDemand, BenchmarkFigure, BenchmarkUnit } from '../../src/core/benchmark-protocol.ts';

/** Three significant digits, in the unit's customary form; "–" for null. */
export function show(value: number | null, unit: BenchmarkUnit): string {
  if (value === null) return '–';
  if (unit === 'bytes') return `${number(value / 1e6)} MB`;
  if (unit === 'ms') return `${number(value)} ms`;
  if (unit === 'count') return number(value);
  if (unit === 'share') return `${number(100 * value)} %`;
  return unit === 'tokens/s' || unit === 'GFLOP/s' ? `${number(value)} ${unit}` : value.toExponential(1);
}

/** Whole numbers in full, others with three significant digits and never with an exponent. */
function number(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function showDemand(demand: BenchmarkDemand | null, unit: BenchmarkUnit): string {
  if (!demand) return '';
  if (demand.kind === 'ratio_at_least') return `≥ ${demand.value}×`;
  return `${demand.kind === 'exactly' ? '=' : '≤'} ${show(demand.value, unit)}`;
}

/** One block an adapter, in the order in which they appear. */
export function table(figures: readonly BenchmarkFigure[]): string {
  const adapters = [...new Set(figures.map(({ adapter }) => adapter))];
  return adapters
    .map((adapter) => {
      const rows = figures
        .filter((figure) => figure.adapter === adapter)
        .map(({ figure, unit, ours, peer, peer_value, ratio, demand, met }) => [
          figure,
          show(ours, unit),
          peer ?? '',
          peer === null ? '' : show(peer_value, unit),
          ratio === null ? '' : `${number(ratio)}×`,
          showDemand(demand, unit),
          met === null ? '' : met ? 'met' : 'NOT MET',
        ]);
      return `${adapter}\n\n${columns([['figure', 'ours', 'peer', "peer's", 'ratio', 'demand', ''], ...rows])}`;
    })
    .join('\n\n');
}
