/**
 * The parameters of a model as one flat array, with names and shapes laid over it.
 *
 * Optimiser, clipping, checkpoints and gradients all work on the flat array; a model sees named views. The length is
 * padded to a multiple of ALIGNMENT floats (WebGPU binds buffers at 256-byte offsets), and so is every parameter; the
 * rows of a matrix are padded to a multiple of 4 floats, so that kernels can read them as vec4s. Padding is 0 and stays 0.
 */
import * as tf from '@tensorflow/tfjs-core';

const ALIGNMENT = 64;
/** Rows of matrices are padded to a multiple of this many floats. */
const ROW_ALIGNMENT = 4;

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Slot extends ParameterShape {
  /** Where it starts, in floats. */
  readonly offset: number;
  /** A vector is one row. */
  readonly rows: number;
  readonly columns: number;
  /** Floats from one row to the next. */
  readonly stride: number;
  /** Floats it takes up, without the padding behind its last row. */
  readonly size: number;
}

export type Parameters<V> = Readonly<Record<string, V>>;

const align = (n: number, to = ALIGNMENT): number => Math.ceil(n / to) * to;

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
      const columns = shape.at(-1) ?? 1;
      const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const stride = align(columns, ROW_ALIGNMENT);
      const slot = { name, shape, offset, rows, columns, stride, size: rows * stride };
      offset += align(slot.size);
      count += rows * columns;
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
    for (const { name, shape, rows, columns, stride, size } of this.slots) {
      let matrix: tf.Tensor = tf.reshape(pieces[piece] as tf.Tensor1D, [rows, stride]);
      if (stride > columns) matrix = tf.slice(matrix, [0, 0], [rows, columns]);
      views[name] = tf.reshape(matrix, [...shape]);
      piece += align(size) > size ? 2 : 1;
    }
    return views;
  }

  /** One flat array from an array a name. Throws when a name is missing or its length is not its shape's. */
  pack(arrays: Readonly<Record<string, ArrayLike<number>>>): Float32Array {
    const flat = new Float32Array(this.length);
    for (const { name, shape, offset, rows, columns, stride } of this.slots) {
      const array = arrays[name];
      if (!array) throw new Error(`parameter ${name} [${shape.join(', ')}] is missing`);
      if (array.length !== rows * columns)
        throw new Error(
          `parameter ${name}: expected ${rows * columns} values [${shape.join(', ')}], got ${array.length}`,
        );
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          flat[offset + row * stride + column] = array[row * columns + column] as number;
    }
    return flat;
  }

  /** The inverse of `pack`. */
  unpack(flat: Float32Array): Record<string, Float32Array> {
    return Object.fromEntries(
      this.slots.map(({ name, offset, rows, columns, stride }) => {
        const array = new Float32Array(rows * columns);
        for (let row = 0; row < rows; row++) {
          const start = offset + row * stride;
          array.set(flat.subarray(start, start + columns), row * columns);
        }
        return [name, array];
      }),
    );
  }

  /** 1 where weight decay applies (matrices, embeddings included), 0 elsewhere. */
  decayMask(): Float32Array {
    const mask = new Float32Array(this.length);
    for (const { shape, offset, size } of this.slots) if (shape.length === 2) mask.fill(1, offset, offset + size);
    return mask;
  }
}
