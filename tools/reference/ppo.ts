/** PPO: rewards, advantages, both losses with gradients, every reported figure, the KL controller. */
import * as tf from '@tensorflow/tfjs-core';
import { mean } from '../../src/core/stats.ts';
import { adaptKlCoef, k1, k2, k3 } from '../../workers/algorithms/kl.ts';
import {
  type Rollout,
  estimate,
  explainedVariance,
  objectives,
  policyObjective,
  valueObjective,
} from '../../workers/algorithms/ppo.ts';
import { type Check, check, download } from './measure.ts';
import type { PpoCase, ReferenceCases } from './schemas.ts';

const flat = (rows: readonly number[][]): Float32Array => Float32Array.from(rows.flat());

export async function ppoChecks({ ppo: reference }: ReferenceCases): Promise<Check[]> {
  const name = (field: string): string => `ppo ${field}`;
  const rollout: Rollout = {
    time: reference.mask[0]?.length ?? 0,
    mask: flat(reference.mask),
    oldLogprobs: flat(reference.old_logprobs),
    refLogprobs: flat(reference.ref_logprobs),
    oldValues: flat(reference.old_values),
    scores: Float32Array.from(reference.scores),
    ended: reference.has_eos,
  };
  const { beta, gamma, lam, missing_eos_penalty } = reference;
  const estimates = estimate(rollout, { kl_coef: beta, missing_eos_penalty, gamma, lambda: lam });
  const figures = objectives(rollout, estimates, beta);
  const { mask, oldLogprobs, refLogprobs, oldValues } = rollout;
  const differences = Array.from(oldLogprobs, (x, i) => x - (refLogprobs[i] as number)).filter((_, i) => mask[i]);
  return [
    check(name('final_scores'), estimates.finalScores, reference.final_scores),
    check(name('token_rewards'), estimates.rewards, reference.token_rewards),
    check(name('advantages'), estimates.advantages, reference.advantages),
    check(name('returns'), estimates.returns, reference.returns),
    check(name('whitened_advantages'), estimates.whitened, reference.whitened_advantages),
    ...(await lossChecks(reference, estimates.whitened, estimates.returns)),
    check(name('objective_kl'), figures.kl, reference.objective_kl),
    check(name('objective_entropy'), figures.entropy, reference.objective_entropy),
    check(name('objective_non_score_reward'), figures.non_score_reward, reference.objective_non_score_reward),
    check(name('objective_scores'), figures.scores, reference.objective_scores),
    check(name('objective_rlhf_reward'), figures.rlhf_reward, reference.objective_rlhf_reward),
    check(
      name('explained_variance'),
      explainedVariance(estimates.returns, oldValues, mask),
      reference.explained_variance,
    ),
    check(name('k1'), mean(differences.map(k1)), reference.k1),
    check(name('k2'), mean(differences.map(k2)), reference.k2),
    check(name('k3'), mean(differences.map(k3)), reference.k3),
    check(
      name('adaptive_kl'),
      reference.adaptive_kl.map(({ kl_coef, kl, n, target, horizon }) =>
        adaptKlCoef(kl_coef, kl, n, { target, horizon }),
      ),
      reference.adaptive_kl.map(({ next }) => next),
    ),
  ];
}

/** The losses of given new log-probs and values, against the project's own advantages and returns [B·T]. */
async function lossChecks(reference: PpoCase, whitened: Float32Array, returns: Float32Array): Promise<Check[]> {
  const { cliprange, cliprange_value, vf_coef } = reference;
  const results = await download(() => {
    const shape: [number, number] = [reference.mask.length, reference.mask[0]?.length ?? 0];
    const mask = tf.tensor2d(reference.mask);
    const oldLogprobs = tf.tensor2d(reference.old_logprobs);
    const oldValues = tf.tensor2d(reference.old_values);
    const advantages = tf.tensor2d(whitened, shape);
    const targets = tf.tensor2d(returns, shape);
    const policyOf = (logprobs: tf.Tensor) =>
      policyObjective(logprobs as tf.Tensor2D, oldLogprobs, advantages, mask, cliprange);
    const valueOf = (values: tf.Tensor, clip: number | null) =>
      valueObjective(values as tf.Tensor2D, oldValues, targets, mask, clip);
    const logprobs = tf.tensor2d(reference.new_logprobs);
    const values = tf.tensor2d(reference.new_values);
    const total = tf.valueAndGrads((logprobs: tf.Tensor, values: tf.Tensor): tf.Scalar =>
      tf.add(policyOf(logprobs).loss, tf.mul(valueOf(values, cliprange_value).loss, vf_coef)),
    )([logprobs, values]);
    const [new_logprobs_grad, new_values_grad] = total.grads as [tf.Tensor, tf.Tensor];
    const policy = policyOf(logprobs);
    const value = valueOf(values, cliprange_value);
    return {
      policy_loss: policy.loss,
      clipfrac: policy.clipfrac,
      approxkl: policy.approxkl,
      ratio_mean: policy.ratio,
      value_loss: value.loss,
      value_clipfrac: value.clipfrac,
      value_loss_unclipped: valueOf(values, null).loss,
      total_loss: total.value,
      new_logprobs_grad,
      new_values_grad,
    };
  });
  return Object.entries(results).map(([field, actual]) =>
    check(`ppo ${field}`, actual, reference[field as keyof typeof results]),
  );
}
