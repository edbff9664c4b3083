/**
 * Buffers of our own as tfjs tensors, without a copy: for what is easier said in tfjs operations than as a kernel.
 *
 * Order is kept by hand at the boundary. tfjs collects commands, so the engine flushes it before every submit of its own
 * (`flushTfjs`); what was submitted by us is in the queue already when tfjs submits next. tfjs caches what it has read
 * back: read a tensor once, and make a new one after a step.
 */
import * as tf from '@tensorflow/tfjs-core';

/** `count` floats of `buffer` [count]; the buffer is not freed with the tensor. tfjs's WebGPU backend has to be current. */
export function tensorOf(buffer: GPUBuffer, count: number): tf.Tensor1D {
  if (tf.getBackend() !== 'webgpu') throw new Error(`tfjs is on ${tf.getBackend()}: a GPU buffer needs webgpu`);
  return tf.tensor<tf.Rank.R1>({ buffer, zeroCopy: true }, [count], 'float32');
}
