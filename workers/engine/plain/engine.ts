/**
 * The plain engine: computations run as tfjs operations at every call, gradients are tfjs's own. It runs on every
 * backend of tfjs and is the oracle for the compiled one.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AdamWOptions, AdamWState } from '../adamw.ts';
import { type Computation, type Feed, type InputSpec, type Term, checkFeed } from '../computation.ts';
import {
  type Engine,
  type MemoryReport,
  NonFiniteError,
  type Outputs,
  type StepReport,
  type TermReport,
} from '../engine.ts';
import type { Operations } from '../operations.ts';
import type { ParameterLayout } from '../parameters.ts';
import { PlainOptimiser, globalNorm } from './adamw.ts';
import { PlainVariables } from './variables.ts';

/** Tensors by name, and the one array that they are downloaded as. */
type Named = Readonly<Record<string, tf.Tensor>>;

/** What a term reports beside its loss, before the download. */
interface Reported {
  loss: tf.Tensor;
  metrics: Named;
  outputs: Named;
}

export class PlainEngine implements Engine {
  readonly kind = 'plain';
  readonly ops: Operations<tf.Tensor>;

  constructor(ops: Operations<tf.Tensor>) {
    this.ops = ops;
  }

  get memory(): MemoryReport {
    const { numBytes, numTensors } = tf.memory();
    return { bytes: numBytes, arrays: numTensors, budget: null };
  }

  createVariables(layout: ParameterLayout, flat: Float32Array): PlainVariables {
    return new PlainVariables(layout, flat);
  }

  createOptimiser(variables: PlainVariables, options: AdamWOptions, state?: AdamWState): PlainOptimiser {
    return new PlainOptimiser(variables, options, state);
  }

  async run({ layout, flat }: PlainVariables, computation: Computation, feed: Feed): Promise<Outputs> {
    checkFeed(computation, feed);
    let shapes: Shapes = {};
    const joined = tf.tidy(() => {
      const { outputs = {} } = computation.build(this.ops, layout.views(flat), upload(computation, feed));
      shapes = shapesOf(outputs);
      return join(Object.values(outputs));
    });
    return (await download(joined)).take(shapes);
  }

  async gradient(
    variables: PlainVariables,
    terms: readonly Term[],
  ): Promise<{ gradient: Float32Array; report: StepReport }> {
    const { gradient, norm, report } = await this.#gradientOf(variables, terms);
    const values = (await gradient.data<'float32'>()).slice();
    tf.dispose([gradient, norm]);
    return { gradient: values, report };
  }

  async step(optimiser: PlainOptimiser, learningRate: number, terms: readonly Term[]): Promise<StepReport> {
    const { gradient, norm, report } = await this.#gradientOf(optimiser.variables, terms);
    try {
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.grad_norm))
        throw new NonFiniteError(`loss ${report.loss}, gradient norm ${report.grad_norm}: the step was not taken`);
      optimiser.apply(gradient, norm, learningRate);
    } finally {
      tf.dispose([gradient, norm]);
    }
    return report;
  }

  /** tfjs keeps the backend: there is nothing of its own to give back. */
  dispose(): void {
    return;
  }

  /** Σ weight · loss and its flat gradient [length]. The caller disposes the gradient and the norm. */
  async #gradientOf(
    { layout, flat }: PlainVariables,
    terms: readonly Term[],
  ): Promise<{ gradient: tf.Tensor1D; norm: tf.Scalar; report: StepReport }> {
    for (const { computation, feed } of terms) checkFeed(computation, feed);
    let shapes: { metrics: Shapes; outputs: Shapes }[] = [];
    const [gradient, norm, joined] = tf.tidy(() => {
      let kept: tf.Tensor[] = [];
      const lossOf = (parameters: tf.Tensor): tf.Scalar => {
        const views = layout.views(parameters as tf.Tensor1D);
        const reported = terms.map(({ computation, feed }): Reported => {
          const { loss, outputs = {} } = computation.build(this.ops, views, upload(computation, feed));
          if (!loss) throw new Error(`${computation.name}: it has no loss to be minimised`);
          return { ...loss, outputs };
        });
        shapes = reported.map(({ metrics, outputs }) => ({ metrics: shapesOf(metrics), outputs: shapesOf(outputs) }));
        kept = reported
          .flatMap(({ loss, metrics, outputs }) => [loss, ...Object.values(metrics), ...Object.values(outputs)])
          .map((tensor) => tf.keep(tf.clone(tensor)));
        return reported
          .map(({ loss }, i) => tf.mul<tf.Scalar>(loss, terms[i]?.weight ?? 1))
          .reduce((sum, loss) => tf.add(sum, loss));
      };
      const { value, grad } = tf.valueAndGrad(lossOf)(flat);
      const norm = globalNorm(grad as tf.Tensor1D);
      const joined = join([value, norm, ...kept]);
      tf.dispose(kept);
      return [grad as tf.Tensor1D, norm, joined];
    });
    const values = await download(joined);
    const loss = values.next();
    const grad_norm = values.next();
    const reports = shapes.map(({ metrics, outputs }): TermReport => {
      const loss = values.next();
      const figures = Object.keys(metrics).map((name) => [name, values.next()] as const);
      return { loss, metrics: Object.fromEntries(figures), outputs: values.take(outputs) };
    });
    return { gradient, norm, report: { loss, grad_norm, terms: reports } };
  }
}

/** The inputs of a computation as tensors. */
function upload({ inputs }: Computation, feed: Feed): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, tensorOf(spec, feed.arrays[name] as Float32Array, feed)]),
  );
}

function tensorOf({ extent, type }: InputSpec, array: Int32Array | Float32Array, { size, time }: Feed): tf.Tensor {
  if (type !== 'float') return tf.tensor1d(array, 'int32');
  // A float a token is a mask of real tokens, which attention takes as [B, T].
  return extent === 'tokens' ? tf.tensor2d(array, [size, time], 'float32') : tf.tensor1d(array, 'float32');
}

/** Names and lengths, in order. */
type Shapes = Record<string, number>;

function shapesOf(tensors: Named): Shapes {
  return Object.fromEntries(Object.entries(tensors).map(([name, { size }]) => [name, size]));
}

/** One array, because every download waits for the device. */
function join(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  if (tensors.length === 0) return tf.tensor1d([]);
  return tf.concat(tensors.map((tensor) => tf.reshape<tf.Rank.R1>(tf.cast(tensor, 'float32'), [-1])));
}

/** Disposes the tensor. */
async function download(joined: tf.Tensor1D): Promise<Downloaded> {
  const values = await joined.data<'float32'>();
  joined.dispose();
  return new Downloaded(values);
}

/** What was joined, taken apart in the same order. */
class Downloaded {
  readonly #values: Float32Array;
  #at = 0;

  constructor(values: Float32Array) {
    this.#values = values;
  }

  next(): number {
    return this.#values[this.#at++] as number;
  }

  take(shapes: Shapes): Outputs {
    return Object.fromEntries(
      Object.entries(shapes).map(([name, length]) => [name, this.#values.slice(this.#at, (this.#at += length))]),
    );
  }
}
