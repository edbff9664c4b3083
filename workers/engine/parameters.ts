/**
 * The parameters of a model as one flat array, with names and shapes laid over it.
 *
 * Optimiser, clipping, checkpoints and gradients all work on the flat array; a model sees named views. The length is
 * padded to a multiple of ALIGNMENT floats (WebGPU binds buffers at 256-byte offsets), and so is every parameter.
 */
import * as tf from '@tensorflow/tfjs-core';

const ALIGNMENT = 64;

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

interface Slot extends ParameterShape {
  readonly offset: number;
  readonly size: number;
}

export type Parameters<V> = Readonly<Record<string, V>>;

const align = (n: number): number => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

export class ParameterLayout {
  readonly slots: readonly Slot[];
  /** Floats in the flat array, padding included. */
  readonly length: number;
  /** Parameters, padding not included. */
  readonly count: number;

  constructor(shapes: readonly ParameterShape[]) {
    let offset = 0;
    let count = 0;
    this.slots = shapes.map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const slot = { name, shape, offset, size };
      offset += align(size);
      count += size;
      return slot;
    });
    this.length = offset;
    this.count = count;
  }

  /** Named views of `flat` [length]; differentiable: the views' gradients come back as one flat gradient. */
  views(flat: tf.Tensor1D): Parameters<tf.Tensor> {
    // Padding is split off too: one operation, whose gradient is one concatenation.
    const sizes = this.slots.flatMap(({ size }) => (align(size) > size ? [size, align(size) - size] : [size]));
    const pieces = tf.split(flat, sizes);
    const views: Record<string, tf.Tensor> = {};
    let piece = 0;
    for (const { name, shape, size } of this.slots) {
      views[name] = tf.reshape(pieces[piece] as tf.Tensor1D, [...shape]);
      piece += align(size) > size ? 2 : 1;
    }
    return views;
  }

  /** One flat array from an array a name. Throws when a name is missing or its length is not its shape's. */
  pack(arrays: Readonly<Record<string, ArrayLike<number>>>): Float32Array {
    const flat = new Float32Array(this.length);
    for (const { name, shape, offset, size } of this.slots) {
      const array = arrays[name];
      if (!array) throw new Error(`parameter ${name} [${shape.join(', ')}] is missing`);
      if (array.length !== size)
        throw new Error(`parameter ${name}: expected ${size} values [${shape.join(', ')}], got ${array.length}`);
      flat.set(array, offset);
    }
    return flat;
  }

  /** The inverse of `pack`. */
  unpack(flat: Float32Array): Record<string, Float32Array> {
    return Object.fromEntries(this.slots.map(({ name, offset, size }) => [name, flat.slice(offset, offset + size)]));
  }

  /** 1 where weight decay applies (matrices, embeddings included), 0 elsewhere. */
  decayMask(): Float32Array {
    const mask = new Float32Array(this.length);
    for (const { shape, offset, size } of this.slots) if (shape.length === 2) mask.fill(1, offset, offset + size);
    return mask;
  }
}
