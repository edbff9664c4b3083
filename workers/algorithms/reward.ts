/**
 * The reward model's loss: Bradley–Terry over every pair of a ranking.
 *
 * InstructGPT (Ouyang et al. 2022) eq. 1: −1/C(K,2) · E log σ(r_better − r_worse), all pairs of one prompt kept together
 * as one batch element, each response encoded once; margin and its sizes: Llama 2 (Touvron et al. 2023) eq. 2.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type LossDefinition, wgslFloat } from '../engine/loss.ts';

/** One comparison inside a batch of responses, by their places in it. */
export interface RewardPair {
  better: number;
  worse: number;
  /** Weight of the pair: 1 / (pairs of its prompt · prompts), so that the loss is a mean within, then over, prompts. */
  weight: number;
  /** By how much at least the better one should score higher; 0 unless strength of preference is used. */
  margin: number;
}

/**
 * The pairs of several rankings, numbered through. `ranks[d][k]` is the rank of response k of prompt d, 0 the best;
 * equal ranks (ties, "both bad") give no pair, and a prompt without pairs does not count.
 */
export function rankingPairs(ranks: readonly (readonly number[])[], margin = 0): RewardPair[] {
  let first = 0;
  const prompts = ranks.map((ranking) => {
    const pairs: Omit<RewardPair, 'weight'>[] = [];
    ranking.forEach((rank, i) =>
      ranking.forEach((other, j) => {
        if (rank < other) pairs.push({ better: first + i, worse: first + j, margin });
      }),
    );
    first += ranking.length;
    return pairs;
  });
  const counted = prompts.filter((pairs) => pairs.length > 0);
  return counted.flatMap((pairs) => pairs.map((pair) => ({ ...pair, weight: 1 / (pairs.length * counted.length) })));
}

/** The pairs as the arrays that `rankingLoss` takes. Throws when there is none. */
export function pairArrays(pairs: readonly RewardPair[]): {
  better: Int32Array;
  worse: Int32Array;
  weight: Float32Array;
  margin: Float32Array;
} {
  if (pairs.length === 0) throw new RangeError('reward loss: no pair of different rank');
  return {
    better: Int32Array.from(pairs, (pair) => pair.better),
    worse: Int32Array.from(pairs, (pair) => pair.worse),
    weight: Float32Array.from(pairs, (pair) => pair.weight),
    margin: Float32Array.from(pairs, (pair) => pair.margin),
  };
}

/**
 * Σ weight · −log σ(r_better − r_worse − margin), plus `centre` · mean over pairs of (r_better + r_worse)². x: the scores
 * of a batch of responses; the arrays: one entry a pair.
 */
export function rankingLoss(centre = 0): LossDefinition<'better' | 'worse' | 'weight' | 'margin'> {
  return {
    name: 'ranking loss',
    arrays: { better: 'int', worse: 'int', weight: 'float', margin: 'float' },
    metrics: [],
    plain(scores, { better, worse, weight, margin }) {
      const at = (places: tf.Tensor1D): tf.Tensor => tf.cast(tf.oneHot(places, scores.size), 'float32');
      const gaps = tf.sub(tf.sum(tf.mul(tf.sub(at(better), at(worse)), scores), 1), margin);
      const loss = tf.sum<tf.Scalar>(tf.mul(tf.softplus(tf.neg(gaps)), weight));
      if (centre === 0) return { loss, metrics: {} };
      const sums = tf.sum(tf.mul(tf.add(at(better), at(worse)), scores), 1);
      return { loss: tf.add(loss, tf.mul(tf.mean(tf.square(sums)), centre)), metrics: {} };
    },
    wgsl: {
      functions: `
// log(1 + e^z) and its derivative, without an exponential that overflows.
fn softplus(z: f32) -> f32 { return max(z, 0.0) + log(1.0 + exp(-abs(z))); }
fn logistic(z: f32) -> f32 {
  let e = exp(-abs(z));
  return select(e, 1.0, z >= 0.0) / (1.0 + e);
}`,
      // Every score goes through all pairs in their order, so that a seed gives the same run twice.
      body: `
  let centre = ${wgslFloat(centre)} / f32(run.pairs);
  var part = 0.0;
  for (var p = thread; p < run.pairs; p += THREADS) {
    let up = x[better[p]];
    let down = x[worse[p]];
    part += weight[p] * softplus(margin[p] - (up - down)) + centre * (up + down) * (up + down);
  }
  report(0u, sum(part));
  for (var i = thread; i < run.selected; i += THREADS) {
    var d = 0.0;
    for (var p = 0u; p < run.pairs; p++) {
      let up = x[better[p]];
      let down = x[worse[p]];
      let pull = weight[p] * logistic(margin[p] - (up - down));
      let inward = 2.0 * centre * (up + down);
      if (u32(better[p]) == i) { d += inward - pull; }
      if (u32(worse[p]) == i) { d += inward + pull; }
    }
    slope[i] = run.weight * d;
  }`,
    },
  };
}

/** Share of pairs whose better response scores higher. */
export function rankingAccuracy(rewards: ArrayLike<number>, pairs: readonly RewardPair[]): number {
  const right = pairs.filter(({ better, worse }) => (rewards[better] as number) > (rewards[worse] as number)).length;
  return right / pairs.length;
}

/** What a batch says beside its loss: the share of pairs in order, their mean gap r_better − r_worse, and all scores. */
export function rankingMetrics(
  rewards: Float32Array,
  pairs: readonly RewardPair[],
): Record<'accuracy' | 'margin' | 'mean_reward' | 'min_reward' | 'max_reward', number> {
  const gaps = pairs.map(({ better, worse }) => (rewards[better] as number) - (rewards[worse] as number));
  return {
    accuracy: rankingAccuracy(rewards, pairs),
    margin: gaps.reduce((a, b) => a + b, 0) / gaps.length,
    mean_reward: rewards.reduce((a, b) => a + b, 0) / rewards.length,
    min_reward: Math.min(...rewards),
    max_reward: Math.max(...rewards),
  };
}
