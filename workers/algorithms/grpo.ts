/**
 * Policy gradients without a critic: several responses a prompt, each judged against the others of its group.
 *
 * GRPO (Shao et al. 2024, DeepSeekMath, §4.1): A = (r − mean)/std of the group, PPO's clipped ratio, and the KL to the
 * reference in the loss (k3) instead of the reward. RLOO (Ahmadian et al. 2024; Kool et al. 2019): A = r − mean of the
 * others. Departure from GRPO: the loss is a mean over all tokens of the batch, not first within each response, so that
 * a token counts the same in a long answer (DAPO, Yu et al. 2025, §3.3). Scores [P·G] hold a prompt's G responses side
 * by side.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type LossDefinition, tokenLoss, wgslFloat } from '../engine/loss.ts';
import { POLICY_METRICS, clippedTokenWgsl, clippedTokens } from './ppo.ts';

/** Added to the standard deviation of a group, so that a group of equal scores has advantages of 0. */
const STD_EPSILON = 1e-4;

/** One advantage a response from the scores of its group. */
function groupwise(
  scores: Float32Array,
  group: number,
  advantage: (score: number, sum: number, std: number) => number,
): Float32Array {
  if (!(Number.isInteger(group) && group >= 2) || scores.length % group !== 0)
    throw new RangeError(`${scores.length} scores do not make groups of ${group}; a group has at least 2`);
  const advantages = new Float32Array(scores.length);
  for (let first = 0; first < scores.length; first += group) {
    const members = scores.subarray(first, first + group);
    const sum = members.reduce((a, b) => a + b, 0);
    const squares = members.reduce((a, b) => a + (b - sum / group) ** 2, 0);
    const std = Math.sqrt(squares / (group - 1));
    members.forEach((score, i) => (advantages[first + i] = advantage(score, sum, std)));
  }
  return advantages;
}

/** GRPO: (r − mean)/(std + 1e-4) within each group of `group` scores, unbiased std. */
export function grpoAdvantages(scores: Float32Array, group: number): Float32Array {
  return groupwise(scores, group, (score, sum, std) => (score - sum / group) / (std + STD_EPSILON));
}

/** RLOO: r minus the mean of the other scores of its group. */
export function rlooAdvantages(scores: Float32Array, group: number): Float32Array {
  return groupwise(scores, group, (score, sum) => score - (sum - score) / (group - 1));
}

/**
 * PPO's clipped loss plus `klCoef` · k3, token mean over the mask; with RLOO's advantages it is RLOO's loss. x: log π of
 * the sampled tokens; advantages: the response's, at each of its tokens. Reports PPO's figures, and `kl`, the token mean
 * of k3, which estimates KL(π ‖ π_ref).
 */
export function grpoLoss(
  cliprange: number,
  klCoef: number,
): LossDefinition<'oldLogprobs' | 'refLogprobs' | 'advantages' | 'mask'> {
  return tokenLoss({
    name: 'GRPO loss',
    arrays: ['oldLogprobs', 'refLogprobs', 'advantages'],
    metrics: [...POLICY_METRICS, 'kl'],
    plain: (logprobs, arrays) => {
      const policy = clippedTokens(logprobs, arrays, cliprange);
      // k3 = e^d − 1 − d with d = log π_ref − log π, masked before the exponential as in clippedTokens.
      const d = tf.mul(tf.sub(arrays.refLogprobs, logprobs), arrays.mask);
      const kl = tf.sub(tf.sub(tf.exp(d), 1), d);
      return { ...policy, loss: tf.add(policy.loss, tf.mul(kl, klCoef)), kl };
    },
    wgsl: `${clippedTokenWgsl(cliprange)}
  let d = refLogprobs - x;
  let kl = exp(d) - 1.0 - d;
  let loss = policyLoss + ${wgslFloat(klCoef)} * kl;
  let slope = policySlope + ${wgslFloat(klCoef)} * (1.0 - exp(d));`,
  });
}
