/** How a step of our engine grows with each size of the model, the others as in the base configuration. */
import type { Counters } from '../../workers/benchmark/counters.ts';
import { median } from '../../workers/benchmark/figures.ts';
import { BASE, type Problem, type Size, type Subject, makeProblem, sizeName } from '../../workers/benchmark/subject.ts';
import { OutOfMemoryError } from '../../workers/engine/errors.ts';

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

/** A size that was not measured, and why. */
export interface LeftOut {
  axis: Axis;
  value: number;
  size: string;
  reason: string;
}

export interface Growth {
  points: GrowthPoint[];
  left_out: LeftOut[];
}

export interface GrowthOptions {
  /** Samples a point, at most: no further one is begun after `budget_ms`. */
  rounds: number;
  /** A point whose step takes longer than this is left out. */
  budget_ms: number;
  log: (line: string) => void;
  axes?: Readonly<Record<Axis, readonly number[]>>;
}

const BASE_NAME = sizeName(BASE);

/** The sizes of an axis; all of them cross at the base configuration. */
export function sizesOf(axis: Axis, axes = AXES): { value: number; size: Size }[] {
  return axes[axis].map((value) => ({ value, size: { ...BASE, [axis]: value } }));
}

/** Measures every point; the base configuration, on which the axes cross, once. */
export async function measureGrowth(
  engine: { subject: (problem: Problem) => Subject },
  counters: Counters,
  { rounds, budget_ms, log, axes = AXES }: GrowthOptions,
): Promise<Growth> {
  const growth: Growth = { points: [], left_out: [] };
  for (const axis of Object.keys(axes) as Axis[])
    for (const { value, size } of sizesOf(axis, axes)) {
      const name = sizeName(size);
      const known = growth.points.find((point) => point.size === BASE_NAME && name === BASE_NAME);
      const measured = known ?? (await measure(engine, size, counters, rounds, budget_ms));
      if (typeof measured === 'string') growth.left_out.push({ axis, value, size: name, reason: measured });
      else growth.points.push({ ...measured, axis, value });
      log(`growth: ${name}: ${typeof measured === 'string' ? measured : `${measured.ms.toFixed(0)} ms`}`);
    }
  return growth;
}

/** The point, or why it is left out. */
async function measure(
  engine: { subject: (problem: Problem) => Subject },
  size: Size,
  counters: Counters,
  rounds: number,
  budget_ms: number,
): Promise<Omit<GrowthPoint, 'axis' | 'value'> | string> {
  let subject: Subject | null = null;
  counters.start();
  try {
    const before = counters.live.bytes;
    subject = engine.subject(makeProblem(size));
    // The first step compiles.
    await subject.step();
    const bytes = counters.live.bytes - before;
    const start = performance.now();
    const step = subject.step.bind(subject);
    const { dispatches } = await counters.during(step);
    const counted_ms = performance.now() - start;
    counters.stop();
    if (counted_ms > budget_ms) return `a step takes more than ${budget_ms / 1000} s`;
    const ms_samples: number[] = [];
    while (ms_samples.length === 0 || (ms_samples.length < rounds && performance.now() - start < budget_ms)) {
      const begun = performance.now();
      await step();
      ms_samples.push(performance.now() - begun);
    }
    return { size: sizeName(size), ms: median(ms_samples), ms_samples, dispatches, bytes };
  } catch (error) {
    if (error instanceof OutOfMemoryError) return error.message;
    throw error;
  } finally {
    // Destroyed under the counters' eyes, or the next size's memory would be too small by it.
    counters.start();
    subject?.dispose();
    counters.stop();
  }
}
