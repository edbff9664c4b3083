/**
 * AdamW (Loshchilov & Hutter 2019) on one flat parameter array.
 *
 * As torch.optim.AdamW: decoupled decay p ← p − lr·wd·p on matrices, bias-corrected moments, ε outside the root after
 * the correction. The gradient is clipped by its global norm first (Pascanu et al. 2013).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ParameterLayout } from './parameters.ts';

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled decay, a fraction of the parameter a unit of learning rate; 0 makes it Adam. */
  weight_decay: number;
  /** Largest global norm of the gradient; Infinity switches clipping off. */
  max_grad_norm: number;
}

export interface AdamWState {
  step: number;
  /** First and second moments, flat. */
  m: Float32Array;
  v: Float32Array;
}

/** √Σg², summed in rows of 64 first, so that single precision is enough for a million terms. */
export function globalNorm(gradient: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.sum<tf.Scalar>(tf.sum(tf.reshape(tf.square(gradient), [-1, 64]), 1))));
}

export class AdamW {
  readonly options: AdamWOptions;
  #step = 0;
  #m: tf.Tensor1D;
  #v: tf.Tensor1D;
  readonly #decay: tf.Tensor1D;

  constructor(layout: ParameterLayout, options: AdamWOptions, state?: AdamWState) {
    if (state && (state.m.length !== layout.length || state.v.length !== layout.length))
      throw new Error(`optimiser state: ${state.m.length} and ${state.v.length} moments for ${layout.length} floats`);
    this.options = options;
    this.#step = state?.step ?? 0;
    this.#m = state ? tf.tensor1d(state.m) : tf.zeros([layout.length]);
    this.#v = state ? tf.tensor1d(state.v) : tf.zeros([layout.length]);
    this.#decay = tf.tensor1d(layout.decayMask());
  }

  /** New parameters from `flat` and its `gradient` [length]; the caller disposes both. `norm` is `globalNorm(gradient)`. */
  apply(flat: tf.Tensor1D, gradient: tf.Tensor1D, norm: tf.Scalar, learningRate: number): tf.Tensor1D {
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
    tf.dispose([this.#m, this.#v]);
    this.#m = m;
    this.#v = v;
    return next;
  }

  async state(): Promise<AdamWState> {
    const [m, v] = await Promise.all([this.#m.data<'float32'>(), this.#v.data<'float32'>()]);
    return { step: this.#step, m: m.slice(), v: v.slice() };
  }

  dispose(): void {
    tf.dispose([this.#m, this.#v, this.#decay]);
  }
}

/** Linear warm-up over `warmup` steps, then cosine from 1 to `floor` at `steps`: the factor for `step` (from 0). */
export function warmupCosine(step: number, steps: number, warmup: number, floor = 0.1): number {
  const rise = Math.min(1, (step + 1) / Math.max(1, warmup));
  return rise * (floor + (1 - floor) * 0.5 * (1 + Math.cos((Math.PI * step) / Math.max(1, steps))));
}
