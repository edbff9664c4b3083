/** The reward model: scores, ranking loss with gradients, margin and centring. */
import { padRows } from '../../src/core/data/batches.ts';
import {
  type RewardPair,
  pairArrays,
  rankingAccuracy,
  rankingLoss,
  rankingPairs,
} from '../../workers/algorithms/reward.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { lastTokenFeedOf } from '../../workers/model/computations.ts';
import { HEAD } from '../../workers/model/gpt2.ts';
import { Model } from '../../workers/model/model.ts';
import { rewardObjective } from '../../workers/pipeline/objectives.ts';
import { type EvaluatedLoss, evaluateLoss } from './loss.ts';
import { type Check, check } from './measure.ts';
import type { ReferenceCases, RewardModelCase } from './schemas.ts';

export async function rewardModelChecks(cases: ReferenceCases, engine: Engine): Promise<Check[]> {
  const { config, rewardModel: reference } = cases;
  const name = (field: string): string => `reward-model ${field}`;
  const model = new Model(engine, config, { ...cases.weights, [HEAD]: Float32Array.from(reference.head_weight) });
  const rows = reference.ids.flatMap((candidates, d) =>
    candidates.map((ids, k) => ids.filter((_, t) => reference.mask[d]?.[k]?.[t] === 1)),
  );
  const batch = padRows(rows, 0);
  // Best first.
  const pairs = rankingPairs(reference.ids.map((candidates) => candidates.map((_, k) => k)));

  const scores = await model.sequenceScores(batch);
  const { gradient, report } = await engine.gradient(model.variables, [
    { computation: rewardObjective(config, 0), feed: lastTokenFeedOf(batch, pairArrays(pairs)) },
  ]);
  const gradients = model.layout.unpack(gradient);
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
    ...(await marginChecks(reference.margin_case, engine)),
  ];
}

function norm2(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}

async function marginChecks(reference: RewardModelCase['margin_case'], engine: Engine): Promise<Check[]> {
  const { chosen, rejected, margin } = reference;
  const n = chosen.length;
  const pairs = margin.map((margin, i): RewardPair => ({ better: i, worse: n + i, weight: 1 / n, margin }));
  const rewards = Float32Array.from([...chosen, ...rejected]);
  const lossOf = (centre: number): Promise<EvaluatedLoss> =>
    evaluateLoss(engine, rankingLoss(centre), rewards, pairArrays(pairs), { extent: 'pairs' });
  const { loss } = await lossOf(0);
  const centred = await lossOf(1);
  return [
    check('reward-model margin_case loss', loss, reference.loss),
    check('reward-model margin_case center_penalty', centred.loss - loss, reference.center_penalty),
  ];
}
