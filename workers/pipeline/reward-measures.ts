/** What a reward model is worth, measured on held-out answers of the SFT model: is it right, and does it know how sure to be? */
import { type PredictedPair, calibrationOf, sigmoid } from '../../src/core/calibration.ts';
import { type Taste, rankResponses } from '../../src/core/data/labellers.ts';
import type { JudgeableRanking, Ranking } from '../../src/core/data/preferences.ts';
import type { RewardCalibration, RewardReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { type Rate, mean, quantiles, rate, std } from '../../src/core/stats.ts';
import type { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { judgeResponse } from '../../src/core/world/index.ts';
import type { Model } from '../model/model.ts';
import type { HeldOut } from './collect.ts';
import { probe } from './reward-probes.ts';
import { scoreRows, scoredRow } from './scoring.ts';
import type { Costs, StageContext } from './stage.ts';

/** Pairs whose gold scores are closer than this are not counted. */
const CLEAR_GAP = 0.1;
/** Of the distribution of scores: one for every 2.5 %. */
const QUANTILES = 41;

/** Two answers to one prompt that a labeller tells apart, by their places among all answers. */
export interface LabelledPair {
  first: number;
  second: number;
  /** Whether the labeller prefers the first. */
  preferred: boolean;
}

/** The rows of all answers, as the reward model reads them, ranking by ranking. */
export function answerRows(tokenizer: Tokenizer, rankings: readonly Ranking[]): number[][] {
  return rankings.flatMap(({ example, responses }) =>
    responses.map(({ text }) => scoredRow(tokenizer, example.prompt, text)),
  );
}

/** Every pair of answers to one prompt, each once, in the order in which they were sampled. */
function* pairsWithin(
  rankings: readonly Ranking[],
): Generator<{ ranking: number; start: number; i: number; j: number }> {
  let start = 0;
  for (const [ranking, { responses }] of rankings.entries()) {
    for (let i = 0; i < responses.length; i++)
      for (let j = i + 1; j < responses.length; j++) yield { ranking, start, i, j };
    start += responses.length;
  }
}

/** The pairs that the gold judge clearly tells apart. */
export function goldPairs(rankings: readonly JudgeableRanking[]): LabelledPair[] {
  const gold = rankings.flatMap(({ example, responses }) =>
    responses.map(({ text, ended }) => judgeResponse(example, text, ended).gold),
  );
  return [...pairsWithin(rankings)].flatMap(({ start, i, j }) => {
    const [first, second] = [start + i, start + j];
    const gap = (gold[first] as number) - (gold[second] as number);
    return Math.abs(gap) > CLEAR_GAP ? [{ first, second, preferred: gap > 0 }] : [];
  });
}

/** The pairs that the rankings tell apart. */
export function rankedPairs(rankings: readonly Ranking[]): LabelledPair[] {
  return [...pairsWithin(rankings)].flatMap(({ ranking, start, i, j }) => {
    const { ranks } = rankings[ranking] as Ranking;
    const gap = (ranks[j] as number) - (ranks[i] as number);
    return gap === 0 ? [] : [{ first: start + i, second: start + j, preferred: gap > 0 }];
  });
}

/** Share of pairs that are scored in the labeller's order. Equal scores count as the second's being higher. */
export function pairAccuracy(pairs: readonly LabelledPair[], scores: Float32Array): Rate {
  const right = pairs.filter(
    ({ first, second, preferred }) => preferred === (scores[first] as number) > (scores[second] as number),
  );
  return rate(right.length, pairs.length);
}

/** What the model predicts of every pair: P(first preferred) = σ(r_first − r_second). */
function predictions(pairs: readonly LabelledPair[], scores: Float32Array): PredictedPair[] {
  return pairs.map(({ first, second, preferred }) => ({
    predicted: sigmoid((scores[first] as number) - (scores[second] as number)),
    preferred,
  }));
}

/** `taste`: of the simulated labeller that it learnt from; null where people taught it. */
export async function measureReward(
  context: StageContext,
  model: Model,
  held: HeldOut,
  taste: Taste | null,
  costs: Costs,
): Promise<RewardReport> {
  const score = (rows: readonly (readonly number[])[]): Promise<Float32Array> => scoreRows(context, model, rows, costs);
  const familiar = await score(answerRows(context.tokenizer, held.familiar));
  const newNames = await score(answerRows(context.tokenizer, held.new_names));
  const all = [...held.familiar, ...held.new_names];
  const scores = Float32Array.from([...familiar, ...newNames]);
  return {
    accuracy: {
      familiar: pairAccuracy(goldPairs(held.familiar), familiar),
      new_names: pairAccuracy(goldPairs(held.new_names), newNames),
    },
    ...(await probe(context, score)),
    calibration: calibration(context, all, scores, taste),
    sft_scores: {
      mean: mean(scores),
      std: std(scores, { unbiased: true }),
      quantiles: quantiles(scores, QUANTILES),
    },
  };
}

function calibration(
  { seed }: StageContext,
  held: readonly JudgeableRanking[],
  scores: Float32Array,
  taste: Taste | null,
): RewardCalibration {
  const against = (pairs: readonly LabelledPair[]) => calibrationOf(predictions(pairs, scores));
  const gold = against(goldPairs(held));
  if (taste === null) return { gold, labels: null };
  const labelled = held.map((ranking, i) => {
    const rng = Rng.fromSeed(seed, 'reward', 'calibration', i);
    return { ...ranking, ranks: rankResponses(taste, ranking.example, ranking.responses, rng) };
  });
  return { gold, labels: { taste, ...against(rankedPairs(labelled)) } };
}
