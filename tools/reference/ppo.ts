/** PPO: rewards, advantages, both losses with gradients, every reported figure, the KL controller. */
import { mean } from '../../src/core/stats.ts';
import { adaptKlCoef, k1, k2, k3 } from '../../workers/algorithms/kl.ts';
import {
  type Rollout,
  clippedPolicyLoss,
  estimate,
  explainedVariance,
  objectives,
  valueLoss,
} from '../../workers/algorithms/ppo.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { evaluateLoss } from './loss.ts';
import { type Check, check } from './measure.ts';
import type { PpoCase, ReferenceCases } from './schemas.ts';

const flat = (rows: readonly number[][]): Float32Array => Float32Array.from(rows.flat());

export async function ppoChecks({ ppo: reference }: ReferenceCases, engine: Engine): Promise<Check[]> {
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
    ...(await lossChecks(reference, engine, estimates.whitened, estimates.returns)),
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
async function lossChecks(
  reference: PpoCase,
  engine: Engine,
  advantages: Float32Array,
  returns: Float32Array,
): Promise<Check[]> {
  const { cliprange, cliprange_value, vf_coef } = reference;
  const mask = flat(reference.mask);
  const oldLogprobs = flat(reference.old_logprobs);
  const policy = await evaluateLoss(engine, clippedPolicyLoss(cliprange), flat(reference.new_logprobs), {
    oldLogprobs,
    advantages,
    mask,
  });
  const values = flat(reference.new_values);
  const ofValues = { oldValues: flat(reference.old_values), returns, mask };
  const weight = vf_coef;
  const value = await evaluateLoss(engine, valueLoss(cliprange_value), values, ofValues, { weight });
  const unclipped = await evaluateLoss(engine, valueLoss(null), values, ofValues);
  const results = {
    policy_loss: policy.loss,
    clipfrac: policy.metrics['clipfrac'] as number,
    approxkl: policy.metrics['approxkl'] as number,
    ratio_mean: policy.metrics['ratio'] as number,
    value_loss: value.loss,
    value_clipfrac: value.metrics['clipfrac'] as number,
    value_loss_unclipped: unclipped.loss,
    total_loss: policy.loss + vf_coef * value.loss,
    new_logprobs_grad: policy.gradient,
    new_values_grad: value.gradient,
  };
  return Object.entries(results).map(([field, actual]) =>
    check(`ppo ${field}`, actual, reference[field as keyof typeof results]),
  );
}
