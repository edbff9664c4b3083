/** Parameters as one tensor of tfjs. */
import * as tf from '@tensorflow/tfjs-core';
import type { Variables } from '../engine.ts';
import type { ParameterLayout } from '../parameters.ts';

export class PlainVariables implements Variables {
  readonly layout: ParameterLayout;
  /** [layout.length] The current parameters; replaced by every update. */
  flat: tf.Tensor1D;

  constructor(layout: ParameterLayout, flat: Float32Array) {
    this.layout = layout;
    this.flat = tf.tensor1d(this.#checked(flat).slice());
  }

  async read(): Promise<Float32Array> {
    return (await this.flat.data<'float32'>()).slice();
  }

  write(flat: Float32Array): void {
    const next = tf.tensor1d(this.#checked(flat).slice());
    this.flat.dispose();
    this.flat = next;
  }

  dispose(): void {
    this.flat.dispose();
  }

  #checked(flat: Float32Array): Float32Array {
    if (flat.length !== this.layout.length)
      throw new RangeError(`parameters: expected ${this.layout.length} floats, got ${flat.length}`);
    return flat;
  }
}
