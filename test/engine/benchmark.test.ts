/** The page's own benchmark, on Dawn: what it reports, and that it can be ended. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { BenchmarkFigure, BenchmarkKind } from '../../src/core/benchmark-protocol.ts';
import { openDawn } from '../../tools/dawn.ts';
import {
  type DeviceBenchmark,
  type DeviceBenchmarkOptions,
  type DeviceProgress,
  benchmarkDevice,
} from '../../workers/benchmark/device.ts';
import { checkFigures } from '../../workers/benchmark/figures.ts';

const size = { layers: 1, width: 16, heads: 2, time: 16, batch: 2, vocabulary: 32 };

let gpu: GPU;
beforeAll(async () => {
  const dawn = await openDawn({ software: true });
  if (!dawn.gpu) throw new Error(dawn.reason);
  gpu = dawn.gpu;
});

const options = (more: Partial<DeviceBenchmarkOptions> = {}): DeviceBenchmarkOptions => ({
  backend: { wasmPath: '', gpu },
  sizes: [{ preset: 'nano', size }],
  products: [{ rows: 32, inner: 32, outer: 32 }],
  rounds: 1,
  ...more,
});

async function run(
  more?: Partial<DeviceBenchmarkOptions>,
): Promise<{ seen: DeviceProgress[]; result: DeviceBenchmark }> {
  const seen: DeviceProgress[] = [];
  const running = benchmarkDevice(options(more));
  for (;;) {
    const next = await running.next();
    if (next.done === true) return { seen, result: next.value };
    seen.push(next.value);
  }
}

describe('benchmarkDevice', () => {
  // Mesa compiles the kernels the first time.
  it('reports records that can be recomputed, and how far it is', { timeout: 300_000 }, async () => {
    const { seen, result } = await run();
    expect(result.software).toBe(true);
    const figures = JSON.parse(JSON.stringify(result.figures)) as BenchmarkFigure[];
    checkFigures(figures);
    expect([...new Set(seen.map(({ task }) => task))]).toEqual([
      'open',
      'products',
      'first steps',
      'steps',
      'rollouts',
    ]);
    for (const { done, of } of seen) expect(done).toBeLessThanOrEqual(of);
    const of = (kind: BenchmarkKind, preset: 'nano' | null = 'nano'): BenchmarkFigure => {
      const found = figures.find((figure) => figure.kind === kind && figure.preset === preset);
      if (!found) throw new Error(`there is no figure "${kind}" of ${preset ?? 'no preset'}`);
      return found;
    };
    for (const kind of ['train_step', 'training_speed', 'rollout_speed'] as const) {
      expect(of(kind)).toMatchObject({ peer: 'stock tfjs', adapter: result.adapter });
      expect(of(kind).ratio).toBeGreaterThan(0);
    }
    expect(of('matrix_product', null)).toMatchObject({ unit: 'GFLOP/s', peer: null });
    expect(of('step_products')).toMatchObject({ unit: 'GFLOP/s', peer: 'best matrix product' });
    expect(of('host_share').ours).toBeLessThan(1);
    expect(of('step_submits')).toMatchObject({ ours: 1, met: true });
    expect(of('step_buffers')).toMatchObject({ ours: 0, met: true });
  });

  it('goes without stock tfjs', async () => {
    const { result } = await run({ stock: false });
    expect(result.figures.map(({ peer }) => peer)).not.toContain('stock tfjs');
  });

  it('ends where it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(run({ signal: controller.signal })).rejects.toThrow('enough');
  });
});
