/**
 * Proximal policy optimisation on responses (Schulman et al. 2017; for language: Ziegler et al. 2019, InstructGPT 2022).
 *
 * Departures from InstructGPT: the KL coefficient is larger and rewards are standardised on SFT samples, because the
 * models are tiny; the critic is a separate network that starts from the reward model, with its own optimiser; a
 * response without an end token is penalised. All arrays are [B, R] over response tokens, row-major when flat.
 */
import * as tf from '@tensorflow/tfjs-core';
import { gae, whiten } from './gae.ts';
import { k1 } from './kl.ts';

/** What one batch of rollouts taught before the first update. Flat arrays are [B·R]. */
export interface Rollout {
  time: number;
  mask: Float32Array;
  /** log π_old and log π_ref of the sampled tokens. */
  oldLogprobs: Float32Array;
  refLogprobs: Float32Array;
  /** V_old before each token. */
  oldValues: Float32Array;
  /** [B]: reward model's score, standardised. */
  scores: Float32Array;
  /** [B]: whether the response ended by itself. */
  ended: readonly boolean[];
}

export interface RewardOptions {
  kl_coef: number;
  missing_eos_penalty: number;
  gamma: number;
  lambda: number;
}

export interface Estimates {
  /** [B]: score − penalty without an end token. */
  finalScores: Float32Array;
  /** [B·R]: −β·k1, plus the final score on the last token. */
  rewards: Float32Array;
  advantages: Float32Array;
  returns: Float32Array;
  whitened: Float32Array;
}

/** Token rewards, advantages and returns of a rollout. */
export function estimate(rollout: Rollout, options: RewardOptions): Estimates {
  const { mask, time, oldLogprobs, refLogprobs, oldValues, ended } = rollout;
  const finalScores = rollout.scores.map((score, b) => score - (ended[b] ? 0 : options.missing_eos_penalty));
  const rewards = new Float32Array(mask.length);
  finalScores.forEach((score, b) => {
    let last = -1;
    for (let i = b * time; i < (b + 1) * time; i++) {
      if (!mask[i]) continue;
      rewards[i] = -options.kl_coef * k1((oldLogprobs[i] as number) - (refLogprobs[i] as number));
      last = i;
    }
    if (last < 0) throw new RangeError(`response ${b} has no token`);
    rewards[last] = (rewards[last] as number) + score;
  });
  const { advantages, returns } = gae(rewards, oldValues, mask, time, options.gamma, options.lambda);
  return { finalScores, rewards, advantages, returns, whitened: whiten(advantages, mask) };
}

/** Σ x·mask / Σ mask. */
export function maskedMean(x: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  return tf.div(tf.sum(tf.mul(x, mask)), tf.sum(mask));
}

export interface PolicyObjective {
  loss: tf.Scalar;
  /** Share of tokens whose clipped loss is the larger one. */
  clipfrac: tf.Scalar;
  /** ½ mean (log π − log π_old)². */
  approxkl: tf.Scalar;
  /** Mean of ρ = π/π_old. */
  ratio: tf.Scalar;
}

/** mean max(−Aρ, −A·clip(ρ, 1 ± ε)), token mean over the mask; advantages whitened. */
export function policyObjective(
  logprobs: tf.Tensor2D,
  oldLogprobs: tf.Tensor2D,
  advantages: tf.Tensor2D,
  mask: tf.Tensor2D,
  cliprange: number,
): PolicyObjective {
  // Outside the mask log-probs are arbitrary: zero the difference before the exponential, not after.
  const difference = tf.mul(tf.sub(logprobs, oldLogprobs), mask);
  const ratio = tf.exp(difference);
  const unclipped = tf.neg(tf.mul(advantages, ratio));
  const clipped = tf.neg(tf.mul(advantages, tf.clipByValue(ratio, 1 - cliprange, 1 + cliprange)));
  return {
    loss: maskedMean(tf.maximum(unclipped, clipped), mask),
    clipfrac: maskedMean(tf.cast(tf.greater(clipped, unclipped), 'float32'), mask),
    approxkl: tf.mul(maskedMean(tf.square(difference), mask), 0.5),
    ratio: maskedMean(ratio, mask),
  };
}

export interface ValueObjective {
  loss: tf.Scalar;
  clipfrac: tf.Scalar;
}

/** ½ mean max((V − R)², (clip(V, V_old ± ε) − R)²); `cliprange` null leaves the clip out. */
export function valueObjective(
  values: tf.Tensor2D,
  oldValues: tf.Tensor2D,
  returns: tf.Tensor2D,
  mask: tf.Tensor2D,
  cliprange: number | null,
): ValueObjective {
  const plain = tf.square(tf.sub(values, returns));
  if (cliprange === null) return { loss: tf.mul(maskedMean(plain, mask), 0.5), clipfrac: tf.scalar(0) };
  const near = tf.add(oldValues, tf.clipByValue(tf.sub(values, oldValues), -cliprange, cliprange));
  const clipped = tf.square(tf.sub(near, returns));
  return {
    loss: tf.mul(maskedMean(tf.maximum(plain, clipped), mask), 0.5),
    clipfrac: maskedMean(tf.cast(tf.greater(clipped, plain), 'float32'), mask),
  };
}

/** The `objective/*` figures: sums over a response's tokens, then the mean over responses. */
export function objectives(
  rollout: Rollout,
  estimates: Estimates,
  klCoef: number,
): Record<'kl' | 'entropy' | 'non_score_reward' | 'scores' | 'rlhf_reward', number> {
  const { mask, oldLogprobs, refLogprobs } = rollout;
  const responses = rollout.scores.length;
  let kl = 0;
  let entropy = 0;
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    kl += k1((oldLogprobs[i] as number) - (refLogprobs[i] as number)) / responses;
    entropy -= (oldLogprobs[i] as number) / responses;
  }
  const scores = estimates.finalScores.reduce((a, b) => a + b, 0) / responses;
  const non_score_reward = -klCoef * kl;
  return { kl, entropy, non_score_reward, scores, rlhf_reward: scores + non_score_reward };
}

/** 1 − Var(R − V_old) / Var(R) over response tokens (biased variances): how much of the returns the critic foresaw. */
export function explainedVariance(returns: Float32Array, values: Float32Array, mask: Float32Array): number {
  const variance = (x: (i: number) => number): number => {
    let n = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < mask.length; i++)
      if (mask[i]) {
        n += 1;
        sum += x(i);
        squares += x(i) ** 2;
      }
    return squares / n - (sum / n) ** 2;
  };
  const total = variance((i) => returns[i] as number);
  return total === 0 ? 0 : 1 - variance((i) => (returns[i] as number) - (values[i] as number)) / total;
}
