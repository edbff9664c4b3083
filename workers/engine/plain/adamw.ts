/** AdamW in tfjs operations; see adamw.ts for what it is. */
import * as tf from '@tensorflow/tfjs-core';
import type { AdamWOptions, AdamWState } from '../adamw.ts';
import type { Optimiser } from '../engine.ts';
import type { PlainVariables } from './variables.ts';

/** √Σg², summed in rows of 64 first, so that single precision is enough for a million terms. */
export function globalNorm(gradient: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.sum<tf.Scalar>(tf.sum(tf.reshape(tf.square(gradient), [-1, 64]), 1))));
}

export class PlainOptimiser implements Optimiser {
  readonly variables: PlainVariables;
  readonly options: AdamWOptions;
  #step = 0;
  #m: tf.Tensor1D;
  #v: tf.Tensor1D;
  readonly #decay: tf.Tensor1D;

  constructor(variables: PlainVariables, options: AdamWOptions, state?: AdamWState) {
    const { layout } = variables;
    if (state && (state.m.length !== layout.length || state.v.length !== layout.length))
      throw new Error(`optimiser state: ${state.m.length} and ${state.v.length} moments for ${layout.length} floats`);
    this.variables = variables;
    this.options = options;
    this.#step = state?.step ?? 0;
    this.#m = state ? tf.tensor1d(state.m) : tf.zeros([layout.length]);
    this.#v = state ? tf.tensor1d(state.v) : tf.zeros([layout.length]);
    this.#decay = tf.tensor1d(layout.decayMask());
  }

  /** Updates the variables by their `gradient` [length], which the caller disposes. `norm` is `globalNorm(gradient)`. */
  apply(gradient: tf.Tensor1D, norm: tf.Scalar, learningRate: number): void {
    const { flat } = this.variables;
    const { beta1, beta2, epsilon, weight_decay, max_grad_norm } = this.options;
    this.#step += 1;
    const correction1 = 1 - beta1 ** this.#step;
    const correction2 = 1 - beta2 ** this.#step;
    const [next, m, v] = tf.tidy(() => {
      const scale = Number.isFinite(max_grad_norm)
        ? tf.minimum(1, tf.div(max_grad_norm, tf.add(norm, 1e-6)))
        : tf.scalar(1);
      const g = tf.mul(gradient, scale);
      const m = tf.add<tf.Tensor1D>(tf.mul(this.#m, beta1), tf.mul(g, 1 - beta1));
      const v = tf.add<tf.Tensor1D>(tf.mul(this.#v, beta2), tf.mul(tf.square(g), 1 - beta2));
      const root = tf.add(tf.sqrt(tf.div(v, correction2)), epsilon);
      const update = tf.mul(tf.div(m, root), learningRate / correction1);
      const kept =
        weight_decay === 0 ? flat : tf.sub(flat, tf.mul(tf.mul(flat, this.#decay), learningRate * weight_decay));
      return [tf.sub<tf.Tensor1D>(kept, update), m, v];
    });
    tf.dispose([flat, this.#m, this.#v]);
    this.variables.flat = next;
    this.#m = m;
    this.#v = v;
  }

  async state(): Promise<AdamWState> {
    const [m, v] = await Promise.all([this.#m.data<'float32'>(), this.#v.data<'float32'>()]);
    return { step: this.#step, m: m.slice(), v: v.slice() };
  }

  dispose(): void {
    tf.dispose([this.#m, this.#v, this.#decay]);
  }
}
