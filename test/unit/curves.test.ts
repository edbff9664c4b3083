import 'fake-indexeddb/auto';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Drawings } from '../../src/core/drawings.ts';
import type { ProgressEvent } from '../../src/core/protocol.ts';
import { Curves } from '../../src/session/curves.svelte.ts';
import { Overlays } from '../../src/session/overlays.svelte.ts';
import { DRAWINGS_FILE, StoredRun, encodeDrawings, loadDrawings } from '../../src/storage/index.ts';
import { csvOf, fewOf, fileName } from '../../src/ui/curve-files.ts';
import { linesOf } from '../../src/ui/curve-scene.ts';
import { align, lastUpTo, logMarks, nearest, positive, smooth } from '../../src/ui/curve-series.ts';

const values = fc.array(fc.option(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { freq: 6 }), { maxLength: 60 });

function event(step: number, metrics: Record<string, number>): ProgressEvent {
  return {
    kind: 'progress',
    stage: 'sft',
    step,
    steps: 100,
    seconds: step / 10,
    tokens: step * 64,
    flop: 0,
    metrics,
  };
}

function curvesOf(points: readonly Record<string, number>[]): Curves {
  const curves = new Curves();
  curves.add(points.map((metrics, i) => event(i + 1, metrics)));
  return curves;
}

const saveDrawings = (run: string, drawings: Drawings): Promise<void> =>
  new StoredRun(run).write(DRAWINGS_FILE, encodeDrawings(drawings));

describe('smoothing', () => {
  it('is the mean of the values so far, each weighted by w to its age, nulls not counted', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (raw, weight) => {
        const smoothed = smooth(raw, weight);
        expect(smoothed).toHaveLength(raw.length);
        for (const [n, value] of raw.entries()) {
          if (value === null) {
            expect(smoothed[n]).toBeNull();
            continue;
          }
          const past = raw.slice(0, n + 1).filter((each) => each !== null);
          const weights = past.map((_, i) => weight ** (past.length - 1 - i));
          const sum = past.reduce((total, each, i) => total + each * weights[i]!, 0);
          expect(smoothed[n]).toBeCloseTo(sum / weights.reduce((a, b) => a + b, 0), 6);
        }
      }),
    );
  });

  it('leaves everything as it is at weight 0, and a constant constant', () => {
    expect(smooth([1, null, 3], 0)).toEqual([1, null, 3]);
    for (const value of smooth([7, 7, null, 7], 0.99)) expect(value ?? 7).toBeCloseTo(7, 9);
  });
});

describe('lines on one axis', () => {
  it('keep every point while there are few, also of runs with other steps', () => {
    const few = align(
      [
        { x: [1, 2, 4], y: [10, null, 40] },
        { x: [2, 3], y: [0, 1] },
      ],
      100,
    );
    expect(few).toEqual({
      x: [1, 2, 3, 4],
      ys: [
        [10, null, null, 40],
        [null, 0, 1, null],
      ],
    });
  });

  it('keep the extremes of every column in their order where there are many', () => {
    const points = fc.array(fc.option(fc.integer({ min: -1000, max: 1000 }), { freq: 8 }), {
      minLength: 200,
      maxLength: 400,
    });
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 50 }), (y, columns) => {
        const x = y.map((_, i) => 5 + 3 * i);
        const aligned = align([{ x, y }], 2 * columns);
        const [drawn = []] = aligned.ys;
        expect(aligned.x).toHaveLength(2 * columns);
        expect([aligned.x[0], aligned.x.at(-1)]).toEqual([x[0], x.at(-1)]);
        expect(aligned.x).toEqual([...aligned.x].sort((a, b) => a - b));
        for (let c = 0; c < columns; c++) {
          const width = (x.at(-1)! - x[0]!) / columns;
          const inside = y.filter(
            (value, i) => value !== null && Math.min(columns - 1, Math.floor((x[i]! - x[0]!) / width)) === c,
          ) as number[];
          const kept = drawn.slice(2 * c, 2 * c + 2).filter((value) => value !== null);
          expect(new Set(kept)).toEqual(
            inside.length === 0 ? new Set() : new Set([Math.min(...inside), Math.max(...inside)]),
          );
          if (kept.length === 2 && kept[0] !== kept[1])
            expect(inside.lastIndexOf(kept[1]!)).toBeGreaterThan(inside.indexOf(kept[0]!));
        }
      }),
    );
  });

  it('leave out what has no logarithm', () => {
    expect(positive([1, 0, -2, null, Infinity, NaN, 0.5])).toEqual([1, null, null, null, null, null, 0.5]);
  });
});

describe('places', () => {
  it('are the nearest point, and the last value up to it', () => {
    const xs = [1, 2, 4, 8];
    expect([-5, 1.4, 1.6, 3, 3.1, 7, 100].map((x) => nearest(xs, x))).toEqual([0, 0, 1, 1, 2, 3, 3]);
    expect(nearest([], 3)).toBe(-1);
    expect(lastUpTo([null, 5, null, 6], 2)).toBe(5);
    expect(lastUpTo([null, 5], 0)).toBeNull();
    expect(lastUpTo([1, 2], 9)).toBe(2);
  });

  it('are marked on a logarithmic axis by two to eight round numbers inside it', () => {
    const positiveNumber = fc.double({ min: -8, max: 6, noNaN: true }).map((exponent) => 10 ** exponent);
    fc.assert(
      fc.property(positiveNumber, fc.double({ min: 0.02, max: 9, noNaN: true }), (low, decades) => {
        const high = low * 10 ** decades;
        const marks = logMarks(low, high);
        expect(marks.length).toBeGreaterThanOrEqual(2);
        expect(marks.length).toBeLessThanOrEqual(8);
        for (const mark of marks) expect(mark >= low && mark <= high).toBe(true);
        expect(marks).toEqual([...new Set(marks)].sort((a, b) => a - b));
      }),
    );
    expect(logMarks(0.9, 1100)).toEqual([1, 3, 10, 30, 100, 300, 1000]);
    expect(logMarks(5.2, 5.5)).toEqual([5.2, 5.3, 5.4, 5.5]);
    // A span of four rough steps would find one mark alone here.
    expect(logMarks(5.1, 13.5)).toHaveLength(3);
  });
});

describe('a chart', () => {
  const chart = { title: 'Loss', lines: [{ metric: 'loss' }] };

  it('draws other runs beneath, then the measured line faint, then the smoothed one', () => {
    const own = curvesOf([{ loss: 4 }, { loss: 2 }]);
    const other = { name: 'nano-7', source: curvesOf([{ loss: 8 }]) };
    const lines = linesOf(chart, own, { x: 'tokens', smoothing: 0.5 }, [other]);
    expect(lines.map(({ x, y, alpha = 1 }) => ({ x, y, alpha }))).toEqual([
      { x: [64], y: [8], alpha: 1 },
      { x: [64, 128], y: [4, 2], alpha: 0.3 },
      { x: [64, 128], y: [4, (0.5 * 4 + 2) / 1.5], alpha: 1 },
    ]);
    const [first, second] = linesOf(chart, own, { x: 'step', smoothing: 0 }, [other, { ...other, name: 'nano-8' }]);
    expect(first?.dash).not.toEqual(second?.dash);
    expect(first?.colour).not.toBe(second?.colour);
  });

  it('leaves out a run that has not kept the axis', () => {
    const old = new Curves();
    old.restore({ steps: [1], columns: { loss: [3] } });
    expect(
      linesOf(chart, curvesOf([{ loss: 1 }]), { x: 'seconds', smoothing: 0 }, [{ name: 'old', source: old }]),
    ).toHaveLength(1);
  });
});

describe('files', () => {
  it('hold all metrics at all steps', () => {
    const curves = curvesOf([{ loss: 2.5 }, { loss: 1e-7, 'a,"b"': 3 }]);
    expect(csvOf(curves)).toBe('step,tokens,seconds,loss,"a,""b"""\r\n1,64,0.1,2.5,\r\n2,128,0.2,1e-7,3\r\n');
  });

  it('have names that every system takes', () => {
    expect(fileName('small-0', 'ppo', 'objective/scores.png')).toBe('small-0-ppo-objective-scores.png');
  });

  it('of a table: at most about 200 rows, the last among them', () => {
    expect(fewOf(3, 200)).toEqual({ indices: [0, 1, 2], each: 1 });
    const { indices, each } = fewOf(3000, 200);
    expect(each).toBe(15);
    expect(indices.length).toBeLessThanOrEqual(201);
    expect([indices[1], indices.at(-1)]).toEqual([15, 2999]);
    expect(fewOf(0, 200).indices).toEqual([]);
  });
});

describe('the points of a stage', () => {
  it('keep tokens and seconds, and repeat what a snapshot repeats', () => {
    const curves = curvesOf([{ loss: 3 }, { loss: 2 }, { loss: 1 }]);
    curves.add([event(3, { loss: 0.5 })]);
    expect(curves.steps).toEqual([1, 2, 3]);
    expect(curves.axis('tokens')).toEqual([64, 128, 192]);
    expect(curves.axis('seconds')).toEqual([0.1, 0.2, 0.3]);
    expect(curves.column('loss')).toEqual([3, 2, 0.5]);
    expect(curves.metrics).toEqual(['loss']);
  });

  it('come back from storage; those that an earlier version stored have steps alone, also when they go on', async () => {
    const curves = curvesOf([{ loss: 3 }, { loss: 2 }]);
    await saveDrawings('nano-1', { sft: { ...curves.toStored(), samples: null, progress: null } });
    const stored = (await loadDrawings('nano-1')).sft;
    const again = new Curves();
    again.restore(stored!);
    expect(again.toStored()).toEqual(curves.toStored());

    const before = {
      version: 1,
      stages: { sft: { steps: [1, 2], columns: { loss: [3, 2] }, samples: null, progress: null } },
    };
    await new StoredRun('nano-2').write('drawings.json', new TextEncoder().encode(JSON.stringify(before)));
    const old = new Curves();
    old.restore((await loadDrawings('nano-2')).sft!);
    old.add([event(3, { loss: 1 })]);
    expect(old.axis('step')).toEqual([1, 2, 3]);
    expect(old.axis('tokens')).toBeNull();
    expect(old.toStored().seconds).toBeUndefined();
    old.clear();
    expect(old.axis('tokens')).toEqual([]);
  });

  it('are refused where the columns are not as long as the steps', async () => {
    const torn = {
      version: 1,
      stages: { ppo: { steps: [1, 2], columns: { loss: [3] }, samples: null, progress: null } },
    };
    await new StoredRun('nano-9').write('drawings.json', new TextEncoder().encode(JSON.stringify(torn)));
    await expect(loadDrawings('nano-9')).rejects.toThrow(
      '"nano-9/drawings.json": stages.ppo: the columns are not as long',
    );
    await new StoredRun('nano-9').remove('drawings.json');
  });
});

/** Vitest's one second is too short where others need the processor too. */
const PATIENTLY = { timeout: 20_000 };

describe('other runs', () => {
  const drawing = (loss: number) => ({ ...curvesOf([{ loss }]).toStored(), samples: null, progress: null });

  it('are those that drew the stage; at most four are shown, and a damaged one is told of', async () => {
    for (const seed of [20, 21, 22, 23, 24, 25]) await saveDrawings(`micro-${seed}`, { base: drawing(seed) });
    await saveDrawings('micro-26', { sft: drawing(1) });
    await new StoredRun('micro-27').write('drawings.json', new TextEncoder().encode('{'));
    const caught = vi.fn();
    const overlays = new Overlays({ preset: 'micro', seed: 20 }, { caught }).of('base');
    expect(overlays.available).toBeNull();
    overlays.look();
    await vi.waitFor(
      () => expect(overlays.available).toEqual(['micro-21', 'micro-22', 'micro-23', 'micro-24', 'micro-25']),
      PATIENTLY,
    );
    expect(caught).toHaveBeenCalledOnce();
    expect(String(caught.mock.calls[0]?.[0])).toContain('"micro-27/drawings.json"');
    for (const seed of [21, 22, 23, 24, 25]) {
      overlays.toggle(`micro-${seed}`);
      await vi.waitFor(() => expect(overlays.shown).toHaveLength(Math.min(4, seed - 20)), PATIENTLY);
    }
    overlays.toggle('micro-21');
    expect(overlays.shown.map(({ name, source }) => [name, source.column('loss')])).toEqual([
      ['micro-22', [22]],
      ['micro-23', [23]],
      ['micro-24', [24]],
    ]);
  });
});
