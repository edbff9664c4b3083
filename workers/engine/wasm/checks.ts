/** What a fused kernel must be sure of before it trusts addresses: a message here instead of another tensor's memory. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Heap } from './binding.ts';

export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

export function describe(tensor: tf.Tensor): string {
  return `${tensor.dtype} [${tensor.shape.join(', ')}]`;
}

export function checkIdShape(ids: tf.Tensor, N: number, where: string): void {
  check(
    ids.dtype === 'int32' && ids.rank === 1 && ids.shape[0] === N,
    `${where}: ids are ${describe(ids)}, expected int32 [${N}]`,
  );
}

/** An id outside the table would read or write another tensor's memory. */
export function checkIds(heap: Heap, ids: tf.TensorInfo, size: number, where: string): void {
  const values = heap.integers(ids);
  for (let n = 0; n < values.length; n++) {
    const id = values[n]!;
    if (id < 0 || id >= size) throw new Error(`${where}: id ${id} at position ${n} is not in [0, ${size})`);
  }
}
