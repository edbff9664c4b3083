/** What the plain operations share: a typed `customGrad`, and products in the form that is fast on each backend. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * `forward` and `backward` as one differentiable operation.
 *
 * `forward` gets the inputs and says what it computes and what backward needs; `backward` gets the gradient of the
 * value and those saved tensors, and gives one gradient an input, in order.
 */
export function withGradient<I extends tf.Tensor[], R extends tf.Tensor, S extends tf.Tensor[]>(
  inputs: [...I],
  forward: (inputs: I) => { value: R; saved: [...S] },
  backward: (dy: R, saved: S) => tf.Tensor[],
): R {
  return tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const { value, saved } = forward(args as unknown as I);
    save(saved);
    return { value, gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => backward(dy as R, kept as S) };
  })(...inputs);
}

/**
 * a · b, [M, K]·[K, N] or batched, either side transposed on request. On WASM a transpose is its own pass, because
 * tfjs hands only plain products to XNNPACK (2048×96×384: 113 ms with the flag, 10 ms with the pass).
 */
export function matMul<T extends tf.Tensor>(a: T, b: T, transposeA = false, transposeB = false): T {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  const flip = (x: T): T => tf.transpose(x, x.rank === 2 ? [1, 0] : [0, 2, 1]);
  return tf.tidy(() => tf.matMul(transposeA ? flip(a) : a, transposeB ? flip(b) : b));
}

/** Column sums of x [N, D] → [D]: a product with ones, which keeps one order of summation on every backend. */
export function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.reshape<tf.Rank.R1>(tf.matMul(tf.ones<tf.Rank.R2>([1, x.shape[0]]), x), [x.shape[1]]));
}
