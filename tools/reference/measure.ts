/** How far the project's own results are from the reference's. */
import * as tf from '@tensorflow/tfjs-core';

/** One case: a field of a file, or the tensors that belong together. */
export interface Check {
  /** File and field: "ppo policy_loss". */
  name: string;
  /** max |a − b| / max |b|, the largest over the case's tensors; NaN when a result is. */
  error: number;
  /** The tensor with the largest error, where a case has several. */
  at?: string;
}

/** Nested rows in row-major order. */
export type Nested = number | readonly Nested[];

const flatten = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flatten));

/** max |a − b| / max |b|, or max |a| where b is 0; infinite for different lengths. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    // Math.max passes NaN on, as it should here.
    difference = Math.max(difference, Math.abs((actual[i] as number) - (expected[i] as number)));
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return difference / (largest || 1);
}

export function check(name: string, actual: Nested | Float32Array, expected: Nested | Float32Array): Check {
  const flat = (values: Nested | Float32Array): ArrayLike<number> =>
    values instanceof Float32Array ? values : flatten(values);
  return { name, error: relativeError(flat(actual), flat(expected)) };
}

/** A case without tolerance: error 0 for the same whole numbers in the same rows, else 1. */
export function checkEqual(name: string, actual: Nested, expected: Nested): Check {
  return { name, error: JSON.stringify(actual) === JSON.stringify(expected) ? 0 : 1 };
}

/** One case of several named tensors, each with its own scale. */
export function checkTensors(
  name: string,
  actual: Readonly<Record<string, ArrayLike<number>>>,
  expected: Readonly<Record<string, ArrayLike<number>>>,
): Check {
  let worst: Check = { name, error: 0 };
  for (const [at, values] of Object.entries(expected)) {
    const error = relativeError(actual[at] ?? [], values);
    if (!(error <= worst.error)) worst = { name, error, at };
    if (Number.isNaN(error)) break;
  }
  return worst;
}

/** Runs `compute` and downloads what it returns; no tensor is left. */
export async function download<K extends string>(
  compute: () => Record<K, tf.Tensor>,
): Promise<Record<K, Float32Array>> {
  const tensors = tf.tidy(compute);
  const entries = await Promise.all(
    Object.entries<tf.Tensor>(tensors).map(async ([name, tensor]) => {
      const values = Float32Array.from(await tensor.data());
      tensor.dispose();
      return [name, values] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<K, Float32Array>;
}
