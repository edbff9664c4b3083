/** The figures of the benchmark and their demands: pure functions from samples to records. */
import type {
  BenchmarkDemand,
  BenchmarkFigure,
  BenchmarkKind,
  BenchmarkUnit,
} from '../../src/core/benchmark-protocol.ts';
import type { PresetName } from '../../src/core/presets.ts';

/** Rates; of everything else less is better. */
const RATES: readonly BenchmarkUnit[] = ['tokens/s', 'GFLOP/s'];

/** The middle value, of an even number the mean of the two; throws a RangeError when there is none. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('median of no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const ratioAtLeast = (value: number): BenchmarkDemand => ({ kind: 'ratio_at_least', value });
const exactly = (value: number): BenchmarkDemand => ({ kind: 'exactly', value });
const atMost = (value: number): BenchmarkDemand => ({ kind: 'at_most', value });

/** The demands of ../shared/design/engine.md. */
export const demands = {
  step: { 'stock tfjs': ratioAtLeast(2.2), 'jax-js': ratioAtLeast(1.8) },
  chromium_step: { 'stock tfjs': ratioAtLeast(15), 'jax-js': ratioAtLeast(1.6) },
  dispatches: (layers: number) => atMost(18 * layers + 12),
  // Not at most: none would mean that nothing was done.
  submits: exactly(1),
  created: atMost(0),
  host_ms: atMost(1),
  // On a graphics card, to be shown by the page's own benchmark.
  card_step: ratioAtLeast(5),
  host_share: atMost(0.2),
  rollout: { 'stock tfjs': ratioAtLeast(5) },
  readbacks: exactly(1),
  token_dispatches: (layers: number) => atMost(8 * layers + 8),
  gradient: atMost(1e-4),
  decode: atMost(1e-4),
  growth: exactly(0),
  // What V8 keeps of its own; a step that kept one object of a kilobyte would leave as much.
  heap_bytes: atMost(1e6),
  wasm_step: { 'stock tfjs': ratioAtLeast(3.5) },
} as const;

export interface Measured {
  figure: string;
  kind: BenchmarkKind;
  /** Default null: the model is none of a preset's. */
  preset?: PresetName | null;
  adapter: string;
  unit: BenchmarkUnit;
  ours?: readonly number[];
  peer?: { name: string; samples: readonly number[] };
  demand?: BenchmarkDemand | null;
}

export function figure({
  figure,
  kind,
  preset = null,
  adapter,
  unit,
  ours = [],
  peer,
  demand = null,
}: Measured): BenchmarkFigure {
  const own = ours.length > 0 ? median(ours) : null;
  const other = peer && peer.samples.length > 0 ? median(peer.samples) : null;
  const [over, under] = RATES.includes(unit) ? [own, other] : [other, own];
  const ratio = over === null || under === null || under === 0 ? null : over / under;
  return {
    figure,
    kind,
    preset,
    adapter,
    unit,
    ours: own,
    peer: peer?.name ?? null,
    peer_value: other,
    ratio,
    demand,
    met: demand && isMet(demand, own, ratio),
    ours_samples: ours,
    peer_samples: peer?.samples ?? [],
  };
}

/** One record a peer, or one without a peer: our samples and theirs by name. */
export function figures(
  base: Omit<Measured, 'ours' | 'peer' | 'demand'>,
  samples: Readonly<Record<string, readonly number[]>>,
  demandOf: (peer: string | null) => BenchmarkDemand | null,
  own = OURS,
): BenchmarkFigure[] {
  const ours = samples[own] ?? [];
  const peers = Object.entries(samples).filter(([name]) => name !== own);
  if (peers.length === 0) return [figure({ ...base, ours, demand: demandOf(null) })];
  return peers.map(([name, peer]) => figure({ ...base, ours, peer: { name, samples: peer }, demand: demandOf(name) }));
}

/** The name of our engine among the subjects. */
export const OURS = 'ours';

function isMet(demand: BenchmarkDemand, own: number | null, ratio: number | null): boolean | null {
  // NaN meets nothing.
  if (demand.kind === 'ratio_at_least') return ratio === null ? null : ratio >= demand.value;
  if (own === null) return null;
  return demand.kind === 'exactly' ? own === demand.value : own <= demand.value;
}

/** Throws an Error that names the first record whose medians, ratio or `met` do not follow from its samples. */
export function checkFigures(records: readonly BenchmarkFigure[]): void {
  for (const record of records) {
    const { figure: name, kind, preset, adapter, unit, ours_samples, peer, peer_samples, demand } = record;
    const again = figure({
      figure: name,
      kind,
      preset,
      adapter,
      unit,
      ours: ours_samples,
      ...(peer === null ? {} : { peer: { name: peer, samples: peer_samples } }),
      demand,
    });
    for (const key of ['ours', 'peer_value', 'ratio', 'met'] as const)
      if (!Object.is(again[key], record[key]))
        throw new Error(`${name}: ${key} is ${String(record[key])}, its samples give ${String(again[key])}`);
  }
}

type Arrays = Readonly<Record<string, Float32Array>>;

/** The largest of ‖a − b‖ / ‖b‖ over the arrays `b` of `expected`; infinite where one is missing in `actual`. */
export function relativeError(actual: Arrays, expected: Arrays): number {
  const errors = Object.entries(expected).map(([name, wanted]) => {
    const given = actual[name];
    if (given?.length !== wanted.length) return Infinity;
    const [distance, norm] = [wanted.map((x, i) => given[i]! - x), wanted].map((array) =>
      Math.sqrt(array.reduce((sum, x) => sum + x * x, 0)),
    ) as [number, number];
    return distance === 0 ? 0 : distance / norm;
  });
  return Math.max(0, ...errors);
}
