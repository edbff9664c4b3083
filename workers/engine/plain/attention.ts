/** Causal self-attention in tfjs operations: for whole sequences (with gradient), and for one more token over a cache. */
import * as tf from '@tensorflow/tfjs-core';
import { matMul, withGradient } from './differentiable.ts';

/** Added to a score that must not count: far below every real score, and finite, so that no row turns into NaN. */
export const MASKED = -1e9;

/** mask [B, T] → [B, 1, T, T]: 0 where query i may see key j, MASKED elsewhere. */
function attentionBias(mask: tf.Tensor2D): tf.Tensor {
  const [batch, time] = mask.shape;
  const index = tf.range(0, time, 1, 'int32');
  const key = tf.reshape(index, [1, 1, 1, time]);
  const query = tf.reshape(index, [1, 1, time, 1]);
  const real = tf.greater(tf.reshape(mask, [batch, 1, 1, time]), 0.5);
  const seen = tf.logicalOr(tf.logicalAnd(tf.lessEqual(key, query), real), tf.equal(key, query));
  return tf.mul(tf.sub(1, tf.cast(seen, 'float32')), MASKED);
}

/** x [B·T, H·S] → [B·H, T, S]. */
export function splitHeads(x: tf.Tensor2D, batch: number, heads: number): tf.Tensor3D {
  const time = x.shape[0] / batch;
  const size = x.shape[1] / heads;
  return tf.tidy(() =>
    tf.reshape<tf.Rank.R3>(tf.transpose(tf.reshape(x, [batch, time, heads, size]), [0, 2, 1, 3]), [
      batch * heads,
      time,
      size,
    ]),
  );
}

/** x [B·H, T, S] → [B·T, H·S]. */
function mergeHeads(x: tf.Tensor3D, batch: number, heads: number): tf.Tensor2D {
  const [, time, size] = x.shape;
  return tf.tidy(() =>
    tf.reshape<tf.Rank.R2>(tf.transpose(tf.reshape(x, [batch, heads, time, size]), [0, 2, 1, 3]), [
      batch * time,
      heads * size,
    ]),
  );
}

/** qkv [B·T, 3D], mask [B, T] → [B·T, D]; see Operations.attention. */
export function attention(qkv: tf.Tensor2D, mask: tf.Tensor2D, heads: number): tf.Tensor2D {
  const [batch, time] = mask.shape;
  const scale = 1 / Math.sqrt(qkv.shape[1] / 3 / heads);
  return withGradient(
    [qkv],
    ([qkv]) => {
      const parts = tf.split(qkv, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const [q, k, v] = parts.map((part) => splitHeads(part, batch, heads)) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
      const scores = tf.reshape(tf.mul(matMul(q, k, false, true), scale), [batch, heads, time, time]);
      const weights = tf.reshape<tf.Rank.R3>(tf.softmax(tf.add(scores, attentionBias(mask))), [-1, time, time]);
      return { value: mergeHeads(tf.matMul(weights, v), batch, heads), saved: [q, k, v, weights] };
    },
    (dy, [q, k, v, weights]) => {
      const d = splitHeads(dy, batch, heads);
      const dWeights = matMul(d, v, false, true);
      const inner = tf.sum(tf.mul(dWeights, weights), 2, true);
      const dScores = tf.mul<tf.Tensor3D>(tf.mul(weights, tf.sub(dWeights, inner)), scale);
      const parts: tf.Tensor3D[] = [
        tf.matMul(dScores, k),
        matMul(dScores, q, true, false),
        matMul(weights, d, true, false),
      ];
      return [
        tf.concat(
          parts.map((part) => mergeHeads(part, batch, heads)),
          1,
        ),
      ];
    },
  );
}

/**
 * One more token's attention over a cache.
 *
 * q [B·H, 1, S]; keys and values [B·H, T, S], the new token's included; bias [B, 1, 1, T], 0 at real keys and MASKED
 * at padding → [B, H·S].
 */
export function cachedAttention(
  q: tf.Tensor3D,
  keys: tf.Tensor3D,
  values: tf.Tensor3D,
  bias: tf.Tensor4D,
): tf.Tensor2D {
  const batch = bias.shape[0];
  const time = bias.shape[3];
  const heads = q.shape[0] / batch;
  return tf.tidy(() => {
    const scores = tf.mul(tf.matMul(q, keys, false, true), 1 / Math.sqrt(q.shape[2]));
    const weights = tf.softmax(tf.add(tf.reshape(scores, [batch, heads, 1, time]), bias));
    return mergeHeads(tf.matMul(tf.reshape<tf.Rank.R3>(weights, [batch * heads, 1, time]), values), batch, heads);
  });
}
