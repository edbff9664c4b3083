/** One optimiser step on a flat parameter array: loss, gradient, guard, clip, update. */
import * as tf from '@tensorflow/tfjs-core';
import { type AdamW, globalNorm } from './adamw.ts';
import type { ParameterLayout, Parameters } from './parameters.ts';

/** A loss, and scalars to report with it. */
export interface Objective {
  loss: tf.Scalar;
  metrics?: Readonly<Record<string, tf.Scalar>>;
}

export interface StepReport {
  loss: number;
  /** Global norm before clipping. */
  grad_norm: number;
  metrics: Record<string, number>;
}

/** Thrown before an update would be made from a loss or gradient that is not a number; nothing has changed. */
export class NonFiniteError extends Error {
  override name = 'NonFiniteError';
}

/** Anything that holds flat parameters to be trained. */
export interface Trainable {
  readonly layout: ParameterLayout;
  flat: tf.Tensor1D;
}

/** The objective and its flat gradient [length], without an update. The caller disposes the gradient and the norm. */
export async function gradientOf(
  model: Trainable,
  objective: (views: Parameters<tf.Tensor>) => Objective,
): Promise<{ gradient: tf.Tensor1D; norm: tf.Scalar; report: StepReport }> {
  let names: string[] = [];
  const [gradient, norm, figures] = tf.tidy(() => {
    let reported: tf.Tensor[] = [];
    const lossOf = (flat: tf.Tensor1D): tf.Scalar => {
      const { loss, metrics = {} } = objective(model.layout.views(flat));
      names = Object.keys(metrics);
      reported = Object.values(metrics).map((metric) => tf.keep(tf.clone(metric)));
      return loss;
    };
    const { value, grad } = tf.valueAndGrad((flat) => lossOf(flat as tf.Tensor1D))(model.flat);
    const norm = globalNorm(grad as tf.Tensor1D);
    const figures = tf.stack([value, norm, ...reported].map((x) => tf.reshape(x, [])));
    tf.dispose(reported);
    return [grad as tf.Tensor1D, norm, figures];
  });
  const [loss, grad_norm, ...rest] = await figures.data<'float32'>();
  figures.dispose();
  const metrics = Object.fromEntries(names.map((name, i) => [name, rest[i] as number]));
  return { gradient, norm, report: { loss: loss as number, grad_norm: grad_norm as number, metrics } };
}

/**
 * One step of `optimiser` on `model`. `objective` computes the loss from named views of the parameters.
 * Throws NonFiniteError, with the parameters as they were, when the loss or the gradient is not finite.
 */
export async function trainStep(
  model: Trainable,
  optimiser: AdamW,
  learningRate: number,
  objective: (views: Parameters<tf.Tensor>) => Objective,
): Promise<StepReport> {
  const { gradient, norm, report } = await gradientOf(model, objective);
  if (!Number.isFinite(report.loss) || !Number.isFinite(report.grad_norm)) {
    tf.dispose([gradient, norm]);
    throw new NonFiniteError(`loss ${report.loss}, gradient norm ${report.grad_norm}: the step was not taken`);
  }
  const next = optimiser.apply(model.flat, gradient, norm, learningRate);
  tf.dispose([model.flat, gradient, norm]);
  model.flat = next;
  return report;
}
