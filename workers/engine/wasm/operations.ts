/** The operations on tfjs's WASM backend: fused kernels where they win, the plain ones elsewhere. */
import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from '../operations.ts';
import { plain } from '../plain/operations.ts';
import { installSplit } from './split.ts';
import { attention, embed, gelu, installFusedKernels, layerNorm, tokenLogprobs } from './fused.ts';

export const wasmOperations: Operations<tf.Tensor> = {
  ...plain,
  rows: (table, indices) => embed(table as tf.Tensor2D, indices as tf.Tensor1D),
  layerNorm: (x, gain, bias, epsilon) => layerNorm(x as tf.Tensor2D, gain as tf.Tensor1D, bias as tf.Tensor1D, epsilon),
  gelu: (x) => gelu(x as tf.Tensor2D),
  attention: (qkv, mask, heads) => {
    const [batch, time] = mask.shape as [number, number];
    const width = qkv.shape[1] as number;
    const attended = attention(tf.reshape(qkv, [batch, time, width]), mask as tf.Tensor2D, heads);
    return tf.reshape(attended, [batch * time, width / 3]);
  },
  tokenLogprobs: (logits, ids, temperature) => tokenLogprobs(logits as tf.Tensor2D, ids as tf.Tensor1D, temperature),
};

/** Whether this engine takes the kernels: without SIMD, or with another build of tfjs's backend, it does not. */
export async function installWasmOperations(): Promise<boolean> {
  try {
    await installFusedKernels();
    installSplit();
    return true;
  } catch {
    return false;
  }
}
