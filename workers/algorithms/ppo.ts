/**
 * Proximal policy optimisation on responses (Schulman et al. 2017; for language: Ziegler et al. 2019, InstructGPT 2022).
 *
 * Departures from InstructGPT: the KL coefficient is larger and rewards are standardised on SFT samples, because the
 * models are tiny; the critic is a separate network that starts from the reward model, with its own optimiser; a
 * response without an end token is penalised. All arrays are [B, R] over response tokens, row-major when flat.
 */
import * as tf from '@tensorflow/tfjs-core';
import { mean, std } from '../../src/core/stats.ts';
import { type LossDefinition, tokenLoss, wgslFloat } from '../engine/loss.ts';
import { gae, whiten, whitenOverPads } from './gae.ts';
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
  /** Not 0: whiten as if padding were tokens; see `whitenOverPads`. */
  whiten_pads?: number;
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
  const whitened = (options.whiten_pads ? whitenOverPads : whiten)(advantages, mask);
  return { finalScores, rewards, advantages, returns, whitened };
}

/** What is reported beside the policy's loss. */
export const POLICY_METRICS = [
  /** Share of tokens whose clipped loss is the larger one. */
  'clipfrac',
  /** ½ mean (log π − log π_old)². */
  'approxkl',
  /** Mean of ρ = π/π_old. */
  'ratio',
] as const;

/** max(−Aρ, −A·clip(ρ, 1 ± ε)) of every token [M]; see `clippedPolicyLoss`. */
export function clippedTokens(
  logprobs: tf.Tensor1D,
  { oldLogprobs, advantages, mask }: Readonly<Record<'oldLogprobs' | 'advantages' | 'mask', tf.Tensor1D>>,
  cliprange: number,
): Record<'loss' | (typeof POLICY_METRICS)[number], tf.Tensor> {
  // Outside the mask log-probs are arbitrary: zero the difference before the exponential, not after.
  const difference = tf.mul(tf.sub(logprobs, oldLogprobs), mask);
  const ratio = tf.exp(difference);
  const unclipped = tf.neg(tf.mul(advantages, ratio));
  const clipped = tf.neg(tf.mul(advantages, tf.clipByValue(ratio, 1 - cliprange, 1 + cliprange)));
  return {
    loss: tf.maximum(unclipped, clipped),
    clipfrac: tf.cast(tf.greater(clipped, unclipped), 'float32'),
    approxkl: tf.mul(tf.square(difference), 0.5),
    ratio,
  };
}

/**
 * The same for one token: declares `policyLoss`, `policySlope` and the metrics. Where the clipped loss is the larger one,
 * ρ is outside the clip and the slope is 0. "Not less" instead of "at least" passes not-a-number on.
 */
export const clippedTokenWgsl = (cliprange: number): string => `
  let difference = x - oldLogprobs;
  let ratio = exp(difference);
  let unclipped = -advantages * ratio;
  let clipped = -advantages * clamp(ratio, ${wgslFloat(1 - cliprange)}, ${wgslFloat(1 + cliprange)});
  let isClipped = unclipped < clipped;
  let policyLoss = select(unclipped, clipped, isClipped);
  let policySlope = select(unclipped, 0.0, isClipped);
  let clipfrac = select(0.0, 1.0, isClipped);
  let approxkl = 0.5 * difference * difference;`;

/** mean max(−Aρ, −A·clip(ρ, 1 ± ε)), token mean over the mask; advantages whitened. x: log π of the sampled tokens. */
export function clippedPolicyLoss(cliprange: number): LossDefinition<'oldLogprobs' | 'advantages' | 'mask'> {
  return tokenLoss({
    name: 'clipped policy loss',
    arrays: ['oldLogprobs', 'advantages'],
    metrics: POLICY_METRICS,
    plain: (logprobs, arrays) => clippedTokens(logprobs, arrays, cliprange),
    wgsl: `${clippedTokenWgsl(cliprange)}
  let loss = policyLoss;
  let slope = policySlope;`,
  });
}

/**
 * ½ mean max((V − R)², (clip(V, V_old ± ε) − R)²); `cliprange` null leaves the clip out. x: V before each token. Reports
 * `clipfrac`, the share of tokens whose clipped loss is the larger one.
 */
export function valueLoss(cliprange: number | null): LossDefinition<'oldValues' | 'returns' | 'mask'> {
  if (cliprange === null)
    return tokenLoss({
      name: 'value loss',
      arrays: ['oldValues', 'returns'],
      metrics: ['clipfrac'],
      plain: (values, { returns }) => ({
        loss: tf.mul(tf.square(tf.sub(values, returns)), 0.5),
        clipfrac: tf.zerosLike(values),
      }),
      wgsl: `
  let slope = x - returns;
  let loss = 0.5 * slope * slope;
  let clipfrac = 0.0;`,
    });
  const bound = wgslFloat(cliprange);
  return tokenLoss({
    name: 'clipped value loss',
    arrays: ['oldValues', 'returns'],
    metrics: ['clipfrac'],
    plain: (values, { oldValues, returns }) => {
      const unclipped = tf.square(tf.sub(values, returns));
      const near = tf.add(oldValues, tf.clipByValue(tf.sub(values, oldValues), -cliprange, cliprange));
      const clipped = tf.square(tf.sub(near, returns));
      return {
        loss: tf.mul(tf.maximum(unclipped, clipped), 0.5),
        clipfrac: tf.cast(tf.greater(clipped, unclipped), 'float32'),
      };
    },
    wgsl: `
  let change = x - oldValues;
  let away = x - returns;
  let nearAway = oldValues + clamp(change, -${bound}, ${bound}) - returns;
  let isClipped = away * away < nearAway * nearAway;
  let isInside = abs(change) <= ${bound};
  let further = select(away, nearAway, isClipped);
  let loss = 0.5 * further * further;
  let slope = select(further, 0.0, isClipped && !isInside);
  let clipfrac = select(0.0, 1.0, isClipped);`,
  });
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

/** Mean and unbiased standard deviation of the whitened advantages over response tokens: 0 and 1 where all is well. */
export function advantageMoments({ whitened }: Estimates, { mask }: Rollout): { mean: number; std: number } {
  const tokens = whitened.filter((_, i) => mask[i]);
  return { mean: mean(tokens), std: std(tokens, { unbiased: true }) };
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
