/** How a step of our engine grows with each size of the model, the others as in the base configuration. */
import type { Counters } from './counters.ts';
import { median } from './figures.ts';
import { interleave, steps } from './measure.ts';
import { BASE, type Problem, type Size, type Subject, makeProblem, sizeName } from './subject.ts';

export type Axis = 'layers' | 'width' | 'time' | 'batch' | 'vocabulary';

export const AXES: Readonly<Record<Axis, readonly number[]>> = {
  layers: [1, 2, 4, 8],
  width: [64, 128, 256, 512],
  time: [32, 64, 128, 256, 512],
  batch: [1, 4, 16, 64],
  vocabulary: [512, 2048, 8192, 50_257],
};

export interface GrowthPoint {
  axis: Axis;
  value: number;
  /** The whole configuration. */
  size: string;
  /** Median of `ms_samples`, a step. */
  ms: number;
  ms_samples: readonly number[];
  dispatches: number;
  /** GPU buffers of model, optimiser and step. */
  bytes: number;
}

const WARM_UP = 2;
const BASE_NAME = sizeName(BASE);

/** The sizes of an axis; all of them cross at the base configuration. */
export function sizesOf(axis: Axis, axes = AXES): { value: number; size: Size }[] {
  return axes[axis].map((value) => ({ value, size: { ...BASE, [axis]: value } }));
}

/** Measures every point; the base configuration, on which the axes cross, once. */
export async function measureGrowth(
  engine: { subject: (problem: Problem) => Subject },
  counters: Counters,
  rounds: number,
  log: (line: string) => void,
  axes: Readonly<Record<Axis, readonly number[]>> = AXES,
): Promise<GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const axis of Object.keys(axes) as Axis[])
    for (const { value, size } of sizesOf(axis, axes)) {
      const known = points.find((point) => point.size === BASE_NAME && sizeName(size) === BASE_NAME);
      points.push({ ...(known ?? (await measure(engine, size, counters, rounds))), axis, value });
      log(`growth: ${sizeName(size)}`);
    }
  return points;
}

async function measure(
  engine: { subject: (problem: Problem) => Subject },
  size: Size,
  counters: Counters,
  rounds: number,
): Promise<Omit<GrowthPoint, 'axis' | 'value'>> {
  counters.start();
  const before = counters.live.bytes;
  const subject = engine.subject(makeProblem(size));
  for (let i = 0; i < WARM_UP; i++) await subject.step();
  const bytes = counters.live.bytes - before;
  const { dispatches } = await counters.during(() => subject.step());
  counters.stop();
  const ms_samples = (await interleave(steps([subject]), rounds))[subject.name]!;
  // Destroyed under the counters' eyes, or the next size's memory would be too small by it.
  counters.start();
  subject.dispose();
  counters.stop();
  return { size: sizeName(size), ms: median(ms_samples), ms_samples, dispatches, bytes };
}
