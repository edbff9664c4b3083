/**
 * The reward model's loss: Bradley–Terry over every pair of a ranking.
 *
 * InstructGPT (Ouyang et al. 2022) eq. 1: −1/C(K,2) · E log σ(r_better − r_worse), all pairs of one prompt kept together
 * as one batch element, each response encoded once; margin and its sizes: Llama 2 (Touvron et al. 2023) eq. 2.
 */
import * as tf from '@tensorflow/tfjs-core';

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

/**
 * Σ weight · −log σ(r_better − r_worse − margin), plus `centre` · mean over pairs of (r_better + r_worse)².
 * rewards [n] → scalar. Throws when there is no pair.
 */
export function rankingLoss(rewards: tf.Tensor1D, pairs: readonly RewardPair[], centre = 0): tf.Scalar {
  if (pairs.length === 0) throw new RangeError('reward loss: no pair of different rank');
  const n = rewards.shape[0];
  const sign = (better: number, worse: number): tf.Tensor2D => {
    const matrix = new Float32Array(pairs.length * n);
    pairs.forEach((pair, i) => {
      matrix[i * n + pair.better] = better;
      matrix[i * n + pair.worse] = worse;
    });
    return tf.tensor2d(matrix, [pairs.length, n]);
  };
  const weights = tf.tensor1d(pairs.map((pair) => pair.weight));
  const margins = tf.tensor1d(pairs.map((pair) => pair.margin));
  const gaps = tf.sub(tf.sum(tf.mul(sign(1, -1), rewards), 1), margins);
  const loss = tf.sum<tf.Scalar>(tf.mul(tf.softplus(tf.neg(gaps)), weights));
  if (centre === 0) return loss;
  const sums = tf.sum(tf.mul(sign(1, 1), rewards), 1);
  return tf.add(loss, tf.mul(tf.mean(tf.square(sums)), centre));
}

/** Share of pairs whose better response scores higher. */
export function rankingAccuracy(rewards: ArrayLike<number>, pairs: readonly RewardPair[]): number {
  const right = pairs.filter(({ better, worse }) => (rewards[better] as number) > (rewards[worse] as number)).length;
  return right / pairs.length;
}
