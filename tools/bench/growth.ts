/** How a step of our engine grows with each size of the model, the others as in the base configuration. */
import { BASE, type Size, sizeName } from '../../workers/benchmark/subject.ts';

export type Axis = 'layers' | 'width' | 'time' | 'batch' | 'vocabulary';

export const AXES: Readonly<Record<Axis, readonly number[]>> = {
  layers: [1, 2, 4, 8],
  width: [64, 128, 256, 512],
  time: [32, 64, 128, 256, 512],
  batch: [1, 4, 16, 64],
  vocabulary: [512, 2048, 8192, 50_257],
};

/** What is measured of a size. */
export interface Measurement {
  adapter: string;
  /** Median of `ms_samples`, a step. */
  ms: number;
  ms_samples: readonly number[];
  dispatches: number;
  /** GPU buffers of model, optimiser and step. */
  bytes: number;
}

export interface GrowthPoint extends Measurement {
  axis: Axis;
  value: number;
  /** The whole configuration. */
  size: string;
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

/** The sizes of an axis; all of them cross at the base configuration. */
export function sizesOf(axis: Axis, axes = AXES): { value: number; size: Size }[] {
  return axes[axis].map((value) => ({ value, size: { ...BASE, [axis]: value } }));
}

/** Every point by `measure`, which gives a measurement or why there is none; the base, on which the axes cross, once. */
export async function measureGrowth(
  measure: (size: Size) => Promise<Measurement | string>,
  log: (line: string) => void,
  axes: Readonly<Record<Axis, readonly number[]>> = AXES,
): Promise<Growth> {
  const growth: Growth = { points: [], left_out: [] };
  const known = new Map<string, Measurement | string>();
  for (const axis of Object.keys(axes) as Axis[])
    for (const { value, size } of sizesOf(axis, axes)) {
      const name = sizeName(size);
      const measured = known.get(name) ?? (await measure(size));
      known.set(name, measured);
      if (typeof measured === 'string') growth.left_out.push({ axis, value, size: name, reason: measured });
      else growth.points.push({ ...measured, axis, value, size: name });
      log(`growth: ${name}: ${typeof measured === 'string' ? measured : `${measured.ms.toFixed(0)} ms`}`);
    }
  return growth;
}
