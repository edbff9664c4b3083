/** DPO, GRPO, RLOO, best-of-n, and the statistics of comparisons. */
import * as tf from '@tensorflow/tfjs-core';
import { bestOfNKl, bradleyTerry, wilson } from '../../src/core/stats.ts';
import { type PairLogprobs, dpoObjective } from '../../workers/algorithms/dpo.ts';
import { grpoAdvantages, grpoLoss, rlooAdvantages } from '../../workers/algorithms/grpo.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { evaluateLoss } from './loss.ts';
import { type Check, check, download } from './measure.ts';
import type { PreferenceCase, ReferenceCases } from './schemas.ts';

export async function preferenceChecks({ preference: reference }: ReferenceCases, engine: Engine): Promise<Check[]> {
  const { rewards, best_of_n: best, bradley_terry: games } = reference;
  const scores = Float32Array.from(rewards.flat());
  const group = rewards[0]?.length ?? 0;
  const advantages = grpoAdvantages(scores, group);
  return [
    ...(await dpoChecks(reference.dpo)),
    check('grpo advantages', advantages, reference.grpo_advantages),
    check('rloo advantages', rlooAdvantages(scores, group), reference.rloo_advantages),
    ...(await grpoChecks(reference.grpo, engine, advantages)),
    check(
      'wilson interval',
      reference.wilson.flatMap(({ wins, n }) => {
        const { low, high } = wilson(wins, n);
        return [low, high];
      }),
      reference.wilson.flatMap(({ interval }) => interval),
    ),
    check('bradley-terry strengths', bradleyTerry(games.wins), games.strengths),
    check('best-of-n kl', best.n.map(bestOfNKl), best.kl),
  ];
}

async function dpoChecks(reference: PreferenceCase['dpo']): Promise<Check[]> {
  const results = await download(() => {
    const refChosen = tf.tensor1d(reference.ref_chosen);
    const refRejected = tf.tensor1d(reference.ref_rejected);
    const chosen = tf.tensor1d(reference.chosen);
    const rejected = tf.tensor1d(reference.rejected);
    const { margins, accuracy } = dpoObjective({ chosen, rejected, refChosen, refRejected }, reference.beta);
    const { value, grads } = tf.valueAndGrads((chosen: tf.Tensor, rejected: tf.Tensor): tf.Scalar => {
      const pairs = { chosen, rejected, refChosen, refRejected } as PairLogprobs;
      return dpoObjective(pairs, reference.beta).loss;
    })([chosen, rejected]);
    const [chosen_grad, rejected_grad] = grads as [tf.Tensor, tf.Tensor];
    return { loss: value, chosen_grad, rejected_grad, reward_margins: margins, accuracy };
  });
  return Object.entries(results).map(([field, actual]) =>
    check(`dpo ${field}`, actual, reference[field as keyof typeof results]),
  );
}

async function grpoChecks(
  reference: PreferenceCase['grpo'],
  engine: Engine,
  advantages: Float32Array,
): Promise<Check[]> {
  const { cliprange, beta } = reference;
  const flat = (rows: readonly number[][]): Float32Array => Float32Array.from(rows.flat());
  const { loss, gradient } = await evaluateLoss(engine, grpoLoss(cliprange, beta), flat(reference.new_logprobs), {
    oldLogprobs: flat(reference.old_logprobs),
    refLogprobs: flat(reference.ref_logprobs),
    // A response's advantage at each of its tokens.
    advantages: flat(reference.mask.map((row, b) => row.map(() => advantages[b] as number))),
    mask: flat(reference.mask),
  });
  return [
    check('grpo loss', loss, reference.loss),
    check('grpo new_logprobs_grad', gradient, reference.new_logprobs_grad),
  ];
}
