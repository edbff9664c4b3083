/**
 * Supervised fine-tuning: cross-entropy of the response tokens and the end token, given the prompt.
 *
 * FLAN (Wei et al. 2022) §2; InstructGPT (Ouyang et al. 2022) §3.5, step 1. The prompt and padding bear no loss.
 * Pretraining is the same loss with every token a response token.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Token mean over the mask: logprobs and mask [B, R] → scalar. */
export function crossEntropy(logprobs: tf.Tensor2D, mask: tf.Tensor2D): tf.Scalar {
  return tf.neg(tf.div(tf.sum(tf.mul(logprobs, mask)), tf.sum(mask)));
}

/** Share of response tokens whose most probable token is the right one. logits [B·R, V], targets and mask [B·R]. */
export function meanTokenAccuracy(logits: tf.Tensor2D, targets: tf.Tensor1D, mask: tf.Tensor1D): tf.Scalar {
  const hit = tf.cast(tf.equal(tf.argMax(logits, 1), targets), 'float32');
  return tf.div(tf.sum(tf.mul(hit, mask)), tf.sum(mask));
}

/** Mean entropy of the model's distribution at response tokens, in nats. logits [B·R, V], mask [B·R]. */
export function meanEntropy(logits: tf.Tensor2D, mask: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.sum(tf.mul(tokenEntropy(logits), mask)), tf.sum(mask));
}

/** −Σ p log p of each row of logits [N, V] → [N], in nats. */
export function tokenEntropy(logits: tf.Tensor2D): tf.Tensor1D {
  const logprobs = tf.logSoftmax(logits);
  return tf.neg(tf.sum(tf.mul(tf.exp(logprobs), logprobs), 1));
}
