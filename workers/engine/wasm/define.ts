/**
 * How a fused kernel becomes a tfjs kernel of backend 'wasm': defined with typed inputs and attributes, registered
 * once, run through tfjs's engine (which counts its tensors, moves inputs from other backends and times it in
 * profiles).
 */
import * as tf from '@tensorflow/tfjs-core';
import { compileKernels, heapOf, type Heap } from './binding.ts';

/** A kernel's body: reads input addresses, makes outputs. */
type Body<Input extends string, Attribute extends string> = (
  heap: Heap,
  inputs: Record<Input, tf.TensorInfo>,
  attributes: Record<Attribute, number>,
) => tf.TensorInfo[];

/** Runs a kernel on tensors. */
type Run<Input extends string, Attribute extends string> = (
  inputs: Record<Input, tf.Tensor>,
  attributes: Record<Attribute, number>,
) => tf.Tensor[];

const BACKEND = 'wasm';
/** No kernel of tfjs starts so. */
const PREFIX = 'RlhfFused';

const waiting: tf.KernelConfig[] = [];

/** Defines a kernel, to be registered by `registerKernels`; the result runs it. */
export function kernel<Input extends string, Attribute extends string = never>(
  name: string,
  body: Body<Input, Attribute>,
): Run<Input, Attribute> {
  const kernelName = PREFIX + name;
  waiting.push({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) =>
      body(heapOf(backend), inputs as Record<Input, tf.TensorInfo>, (attrs ?? {}) as Record<Attribute, number>),
  });
  return (inputs, attributes) => tf.engine().runKernel<tf.Tensor[]>(kernelName, inputs, attributes);
}

/**
 * Compiles the module, binds it to the current backend and registers every kernel defined; again is harmless.
 * Rejects where the kernels cannot run: no SIMD, or a build of tfjs's backend that keeps its memory to itself.
 */
export async function registerKernels(): Promise<void> {
  await compileKernels();
  // At once, so that a missing capability shows here and not in the first training step.
  if (tf.getBackend() === BACKEND) heapOf(tf.backend());
  for (const config of waiting.splice(0)) tf.registerKernel(config);
}

/**
 * The result of `forward`, differentiable with respect to `inputs`. What its gradient
 * reads must go through `save`, masks and ids too: tensors made during the forward
 * pass are disposed of before the backward pass otherwise.
 */
export function differentiable<T extends tf.Tensor>(
  inputs: tf.Tensor[],
  forward: (save: tf.GradSaveFunc) => {
    value: T;
    gradFunc: (dy: T, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  },
): T {
  return tf.customGrad<T>((...all) => forward(all.at(-1) as tf.GradSaveFunc))(...inputs);
}
