/** The reward model: scores, ranking loss with gradients, margin and centring. */
import * as tf from '@tensorflow/tfjs-core';
import { padRows } from '../../src/core/data/batches.ts';
import { type RewardPair, rankingAccuracy, rankingLoss, rankingPairs } from '../../workers/algorithms/reward.ts';
import type { Operations } from '../../workers/engine/operations.ts';
import { gradientOf } from '../../workers/engine/train.ts';
import { HEAD, Model, sequenceScores } from '../../workers/model/model.ts';
import { type Check, check, download } from './measure.ts';
import type { ReferenceCases, RewardModelCase } from './schemas.ts';

export async function rewardModelChecks(cases: ReferenceCases, ops: Operations<tf.Tensor>): Promise<Check[]> {
  const { config, rewardModel: reference } = cases;
  const name = (field: string): string => `reward-model ${field}`;
  const model = new Model(config, { ...cases.weights, [HEAD]: Float32Array.from(reference.head_weight) });
  const rows = reference.ids.flatMap((candidates, d) =>
    candidates.map((ids, k) => ids.filter((_, t) => reference.mask[d]?.[k]?.[t] === 1)),
  );
  const batch = padRows(rows, 0);
  // Best first.
  const pairs = rankingPairs(reference.ids.map((candidates) => candidates.map((_, k) => k)));

  const { scores } = await download(() => ({
    scores: sequenceScores(ops, model.layout.views(model.flat), config, batch),
  }));
  const { gradient, norm, report } = await gradientOf(model, (p) => ({
    loss: rankingLoss(sequenceScores(ops, p, config, batch), pairs),
  }));
  const gradients = model.layout.unpack(Float32Array.from(await gradient.data()));
  tf.dispose([gradient, norm]);
  model.dispose();
  // The project's head has no bias; on rewards it is a shift.
  const bias = reference.head_bias[0] ?? 0;
  return [
    check(
      name('rewards'),
      scores.map((score) => score + bias),
      reference.rewards,
    ),
    check(name('loss'), report.loss, reference.loss),
    check(name('head_weight_grad'), gradients[HEAD] ?? [], reference.head_weight_grad),
    check(name('wte_grad_norm'), norm2(gradients['wte.weight'] ?? new Float32Array()), reference.wte_grad_norm),
    check(name('accuracy'), rankingAccuracy(scores, pairs), reference.accuracy),
    ...(await marginChecks(reference.margin_case)),
  ];
}

function norm2(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}

async function marginChecks(reference: RewardModelCase['margin_case']): Promise<Check[]> {
  const { chosen, rejected, margin } = reference;
  const n = chosen.length;
  const pairs = margin.map((margin, i): RewardPair => ({ better: i, worse: n + i, weight: 1 / n, margin }));
  const { plain, centred } = await download(() => {
    const rewards = tf.tensor1d([...chosen, ...rejected]);
    return { plain: rankingLoss(rewards, pairs), centred: rankingLoss(rewards, pairs, 1) };
  });
  const loss = plain[0] as number;
  return [
    check('reward-model margin_case loss', loss, reference.loss),
    check('reward-model margin_case center_penalty', (centred[0] as number) - loss, reference.center_penalty),
  ];
}
