/**
 * Direct preference optimisation (Rafailov et al. 2023, eq. 7): the policy learns from pairs without a reward model.
 *
 * Its implicit reward of a response is β·(log π − log π_ref), summed over the response's tokens; the loss is
 * Bradley–Terry's on that reward: −log σ(r_chosen − r_rejected). β is .1 in the paper's default; no label smoothing.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Log-probability of each whole response: token log-probs and mask [B, R] → [B]. */
export function sequenceLogprobs(logprobs: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor1D {
  return tf.sum<tf.Tensor1D>(tf.mul(logprobs, mask), 1);
}

/** Summed log-probs of both responses of n pairs, [n] each, under the policy and under the frozen reference. */
export interface PairLogprobs {
  chosen: tf.Tensor1D;
  rejected: tf.Tensor1D;
  refChosen: tf.Tensor1D;
  refRejected: tf.Tensor1D;
}

export interface DpoObjective {
  /** Mean over pairs of −log σ(margin). */
  loss: tf.Scalar;
  /** [n] By how much the chosen response's implicit reward is the larger one. */
  margins: tf.Tensor1D;
  /** Share of pairs with a positive margin. */
  accuracy: tf.Scalar;
}

/** The loss on n pairs, differentiable in the policy's log-probs. */
export function dpoObjective({ chosen, rejected, refChosen, refRejected }: PairLogprobs, beta: number): DpoObjective {
  const margins = tf.mul<tf.Tensor1D>(tf.sub(tf.sub(chosen, refChosen), tf.sub(rejected, refRejected)), beta);
  return {
    loss: tf.mean(tf.softplus(tf.neg(margins))),
    margins,
    accuracy: tf.mean(tf.cast(tf.greater(margins, 0), 'float32')),
  };
}
