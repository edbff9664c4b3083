import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/core/presets.ts';
import type { BenchmarkFigure } from '../../src/core/benchmark-protocol.ts';
import { Counters, type GpuClasses } from '../../workers/benchmark/counters.ts';
import {
  OURS,
  checkFigures,
  demands,
  figure,
  figures,
  median,
  relativeError,
} from '../../workers/benchmark/figures.ts';
import { growthChart } from '../../tools/bench/growth-chart.ts';
import {
  AXES,
  type Axis,
  type GrowthPoint,
  type Measurement,
  measureGrowth,
  sizesOf,
} from '../../tools/bench/growth.ts';
import { checkLosses, firstSteps, interleave } from '../../workers/benchmark/measure.ts';
import {
  BASE,
  type Subject,
  TINY,
  makeProblem,
  presetSize,
  sizeName,
  stepFlops,
} from '../../workers/benchmark/subject.ts';
import { show, showDemand, table } from '../../tools/bench/table.ts';

const base = { figure: 'train step', kind: 'train_step' as const, adapter: 'a card', unit: 'ms' as const };

describe('median', () => {
  it('is the middle, and of an even number the mean of the two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('figures', () => {
  const samples = { [OURS]: [10, 30, 20], 'stock tfjs': [50, 60, 70], 'jax-js': [30, 30, 30] };

  it('are one a peer, with the ratio of the medians', () => {
    const [stock, jax] = figures(base, samples, (peer) => demands.step[peer as 'jax-js']);
    expect(stock).toMatchObject({ ours: 20, peer: 'stock tfjs', peer_value: 60, ratio: 3, met: true });
    expect(jax).toMatchObject({ ours: 20, peer: 'jax-js', peer_value: 30, ratio: 1.5, met: false });
  });

  it('hold an upper bound against our own median', () => {
    const [dispatches] = figures({ ...base, unit: 'count' }, { [OURS]: [84] }, () => demands.dispatches(4));
    expect(dispatches).toMatchObject({ ours: 84, peer: null, ratio: null, met: true });
    expect(figure({ ...base, ours: [1.01], demand: demands.host_ms }).met).toBe(false);
    expect(figure({ ...base, ours: [NaN], demand: demands.gradient }).met).toBe(false);
  });

  it('hold an exact value: no submit at all is as wrong as two', () => {
    const of = (ours: number) => figure({ ...base, unit: 'count', ours: [ours], demand: demands.submits }).met;
    expect([of(0), of(1), of(2)]).toEqual([false, true, false]);
  });

  it('of rates have the ratio the other way round', () => {
    const speed = figure({ ...base, unit: 'tokens/s', ours: [30], peer: { name: 'stock tfjs', samples: [10] } });
    expect(speed.ratio).toBe(3);
  });

  it('are open without our engine, without a peer and without a demand', () => {
    const [alone] = figures(base, { 'jax-js': [3] }, () => demands.step['jax-js']);
    expect(alone).toMatchObject({ ours: null, peer_value: 3, ratio: null, met: null });
    expect(figure({ ...base, ours: [0], peer: { name: 'jax-js', samples: [3] } })).toMatchObject({
      ratio: null,
      met: null,
    });
    expect(figure({ ...base, ours: [1], demand: demands.step['jax-js'] }).met).toBeNull();
  });

  it('say what they are about and of which preset, in JSON too', () => {
    const of = (preset?: 'nano') => JSON.parse(JSON.stringify(figure({ ...base, preset, ours: [1] }))) as unknown;
    expect(of('nano')).toMatchObject({ figure: 'train step', kind: 'train_step', preset: 'nano' });
    expect(of()).toMatchObject({ kind: 'train_step', preset: null });
  });

  it('can be recomputed from what JSON keeps of them', () => {
    const records = figures(base, samples, () => demands.step['jax-js']);
    const read = JSON.parse(JSON.stringify(records)) as BenchmarkFigure[];
    expect(() => {
      checkFigures(read);
    }).not.toThrow();
    for (const [key, value] of Object.entries({ ratio: 2.9, ours: 1, peer_value: 1, met: false }))
      expect(() => {
        checkFigures([{ ...read[0]!, [key]: value }]);
      }).toThrow(`train step: ${key}`);
  });

  it('have the demands of the design', () => {
    expect(demands.dispatches(4).value).toBe(84);
    expect(demands.token_dispatches(4).value).toBe(40);
    expect(demands.chromium_step).toEqual({
      'stock tfjs': { kind: 'ratio_at_least', value: 15 },
      'jax-js': { kind: 'ratio_at_least', value: 1.6 },
    });
  });
});

describe('relativeError', () => {
  it('is that of the worst array', () => {
    const expected = { a: Float32Array.of(3, 4), b: Float32Array.of(0, 0) };
    expect(relativeError(expected, expected)).toBe(0);
    expect(relativeError({ ...expected, a: Float32Array.of(3, 4.5) }, expected)).toBeCloseTo(0.1, 6);
    expect(relativeError({ ...expected, a: Float32Array.of(3, NaN) }, expected)).toBeNaN();
    expect(relativeError({ a: expected.a }, expected)).toBe(Infinity);
    expect(relativeError({ ...expected, b: Float32Array.of(0, 1e-9) }, expected)).toBe(Infinity);
  });
});

describe('table', () => {
  it('has a block an adapter and says what is not met', () => {
    const text = table([
      figure({ ...base, ours: [20], peer: { name: 'jax-js', samples: [30] }, demand: demands.step['jax-js'] }),
      figure({ ...base, adapter: 'another', unit: 'bytes', ours: [57_000_000] }),
    ]);
    expect(text).toMatch(/^a card\n\nfigure .*\ntrain step +20 ms +jax-js +30 ms +1.5× +≥ 1.8× +NOT MET\n\nanother\n/);
    expect(text).toContain('57 MB');
  });

  it('shows three digits, and counts in full', () => {
    expect([show(2426.4, 'ms'), show(0.8123, 'ms'), show(1413, 'count'), show(1e-5, 'relative')]).toEqual([
      '2426 ms',
      '0.812 ms',
      '1413',
      '1.0e-5',
    ]);
    expect([show(null, 'ms'), showDemand(null, 'ms'), showDemand(demands.host_ms, 'ms')]).toEqual(['–', '', '≤ 1 ms']);
  });
});

describe('measure', () => {
  it('runs every task once a round', async () => {
    const order: string[] = [];
    const task = (name: string) => () => Promise.resolve(order.push(name));
    const samples = await interleave({ a: task('a'), b: task('b') }, 3);
    expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
    expect(samples.a).toHaveLength(3);
    expect(samples.b).toHaveLength(3);
  });

  it('accepts subjects that agree', async () => {
    const first = await firstSteps(falling('a'));
    expect(first.losses).toEqual([4, 3, 2, 1]);
    expect(() => {
      checkLosses({ a: [4, 3], b: [4.0005, 3] });
    }).not.toThrow();
  });

  it.each([
    ['another loss', { a: [4, 3], b: [4, 3.1] }, 'step 1: b has loss 3.1'],
    ['no number', { a: [4, 3], b: [NaN, 3] }, 'step 0: b has loss NaN'],
    ['no learning', { a: [4, 4] }, 'a: the loss does not fall'],
  ])('refuses %s', (_, losses, message) => {
    expect(() => {
      checkLosses(losses);
    }).toThrow(message);
  });
});

/** Its loss falls by one a step. */
function falling(name: string): Subject {
  let loss = 5;
  return { name, step: () => Promise.resolve(--loss), dispose: () => undefined };
}

describe('makeProblem', () => {
  it('gives every process the same one', () => {
    const [a, b] = [makeProblem(TINY), makeProblem(TINY)];
    expect(a).toEqual(b);
    expect(makeProblem(TINY, 2).ids).not.toEqual(a.ids);
    expect(a.ids).toHaveLength(TINY.batch * TINY.time);
    expect(Math.max(...a.ids, ...a.targets, ...a.prompts)).toBeLessThan(TINY.vocabulary);
  });

  it('knows the size at which a preset trains, and what a step of it computes', () => {
    expect(presetSize(PRESETS.small)).toMatchObject({ layers: 4, width: 96, heads: 4, time: 64, batch: 32 });
    // 6 operations a weight and token, and attention.
    const { layers, width, time, batch, vocabulary } = BASE;
    const linear = 6 * batch * time * (12 * layers * width ** 2 + width * vocabulary);
    expect(stepFlops(BASE) / linear).toBeGreaterThan(1);
    expect(stepFlops(BASE) / linear).toBeLessThan(1.1);
  });

  it('has rollouts that fill the context: 48 tokens of the base configuration', () => {
    expect(makeProblem(BASE).rollout).toEqual({ rows: 32, promptLength: 16, newTokens: 48 });
  });
});

/** WebGPU's classes, with methods on the prototypes that do nothing, and one object of each. */
function fakeWebGpu() {
  const nothing: (...anything: unknown[]) => void = () => undefined;
  const buffer = { size: 64, destroy: nothing, mapAsync: nothing };
  const createBuffer: (descriptor: { size: number }) => typeof buffer = () => Object.create(buffer) as typeof buffer;
  const device = {
    createBuffer,
    createBindGroup: nothing,
    createComputePipeline: nothing,
    createComputePipelineAsync: nothing,
  };
  const queue = { submit: nothing, writeBuffer: nothing };
  const encoder = { beginComputePass: nothing, copyBufferToBuffer: nothing };
  const pass = { dispatchWorkgroups: nothing, dispatchWorkgroupsIndirect: nothing };
  const classes: GpuClasses = {
    GPUBuffer: { prototype: buffer },
    GPUDevice: { prototype: device },
    GPUQueue: { prototype: queue },
    GPUCommandEncoder: { prototype: encoder },
    GPUComputePassEncoder: { prototype: pass },
  };
  return { classes, device, queue, pass };
}

describe('Counters', () => {
  it('counts while it is on, and leaves the prototypes as they were', () => {
    const { classes, device, queue } = fakeWebGpu();
    const before = { ...queue };
    const counters = new Counters(classes);
    counters.start();
    counters.start();
    const buffer = device.createBuffer({ size: 64 });
    device.createBuffer({ size: 16 });
    buffer.mapAsync();
    queue.submit();
    queue.writeBuffer(buffer, 0, new Float32Array(8));
    queue.writeBuffer(buffer, 0, new Float32Array(8), 2, 3);
    queue.writeBuffer(buffer, 0, new ArrayBuffer(8), 4);
    buffer.destroy();
    buffer.destroy();
    counters.stop();
    queue.submit();
    expect(counters.counts).toMatchObject({ buffers: 2, buffer_bytes: 80, submits: 1, maps: 1, mapped_bytes: 64 });
    expect(counters.counts).toMatchObject({ writes: 3, written_bytes: 32 + 12 + 4, dispatches: 0 });
    expect(counters.counts.flag_maps).toBe(0);
    expect(counters.live).toEqual({ buffers: 1, bytes: 16 });
    expect(queue).toEqual(before);
    counters.reset();
    expect(counters.counts.submits).toBe(0);
  });

  it('gives what a piece of work asked for', async () => {
    const { classes, pass } = fakeWebGpu();
    const counters = new Counters(classes);
    const work = () => {
      pass.dispatchWorkgroups();
      return Promise.resolve();
    };
    expect((await counters.during(work)).dispatches).toBe(1);
    expect((await counters.during(work)).dispatches).toBe(1);
    await work();
    expect(counters.counts.dispatches).toBe(2);
  });

  it('says so where there is no WebGPU', () => {
    expect(() => {
      new Counters({}).start();
    }).toThrow('open WebGPU first');
  });
});

describe('growth', () => {
  /** Time and memory as powers of the value, dispatches as a straight line. */
  const points = (Object.entries(AXES) as [Axis, readonly number[]][]).flatMap(([axis, values]) =>
    values.map((value): GrowthPoint => {
      const ms = value ** 1.5 / 10;
      return {
        ...{ axis, value, size: 'a & b', adapter: 'a card' },
        ...{ ms, ms_samples: [ms], dispatches: 14 * value, bytes: 1e6 * value },
      };
    }),
  );

  it('crosses the axes at the base configuration', () => {
    for (const axis of Object.keys(AXES) as Axis[])
      expect(sizesOf(axis).map(({ size }) => sizeName(size))).toContain(sizeName(BASE));
  });

  it('measures every size, and the base once; leaves out what cannot be', async () => {
    const sizes: string[] = [];
    const measure = (size: typeof BASE): Promise<Measurement | string> => {
      sizes.push(sizeName(size));
      if (size.layers === 8) return Promise.resolve('8 layers do not fit');
      return Promise.resolve({ adapter: 'a card', ms: 1, ms_samples: [1], dispatches: 14, bytes: 100 });
    };
    const small = { layers: [1, 4, 8], width: [64, 128], time: [64], batch: [1, 16], vocabulary: [512] };
    const growth = await measureGrowth(measure, () => undefined, small);
    expect(growth.points).toHaveLength(Object.values(small).flat().length - 1);
    expect(sizes.filter((name) => name === sizeName(BASE))).toHaveLength(1);
    expect(new Set(sizes).size).toBe(sizes.length);
    const left = { axis: 'layers', value: 8, size: sizeName({ ...BASE, layers: 8 }), reason: '8 layers do not fit' };
    expect(growth.left_out).toEqual([left]);
    expect(growthChart([{ name: 'ours', ...growth }], 'a card')).toContain('8 layers do not fit');
  });

  it('draws a line a panel, labelled with units, in light and dark', () => {
    const svg = growthChart([{ name: 'ours', points }], 'a <card>');
    expect(svg.match(/class="line s0"/g)).toHaveLength(15);
    expect(svg.match(/<circle /g)).toHaveLength(3 * points.length);
    for (const text of ['time a step, ms', 'GPU memory, MB', 'vocabulary V', 'a &lt;card&gt;', 'a &amp; b', '>50k<'])
      expect(svg).toContain(text);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).not.toMatch(/NaN|Infinity|undefined|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
  });

  it('keeps every point inside, and several series apart', () => {
    const svg = growthChart(
      [
        { name: 'ours', points },
        { name: 'stock tfjs', points: points.map((point) => ({ ...point, ms: 5 * point.ms })) },
      ],
      'a card',
    );
    for (const [, x, y] of svg.matchAll(/<circle class="d[01]" cx="([\d.-]+)" cy="([\d.-]+)" r="3"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThanOrEqual(148);
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThanOrEqual(112);
    }
    expect(svg).toContain('>stock tfjs<');
    expect(svg.match(/class="line s1"/g)).toHaveLength(15);
  });

  it('refuses to draw nothing', () => {
    expect(() => growthChart([], 'a card')).toThrow(RangeError);
  });
});
