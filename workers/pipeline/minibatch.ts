/** Some rows of a rollout as a batch of their own, with everything that was estimated for them. */
import { type ResponseBatch, responseBatch } from '../../src/core/data/batches.ts';
import type { Estimates, Rollout } from '../algorithms/ppo.ts';

export interface Minibatch {
  batch: ResponseBatch;
  /** Each [b·R'], R' being the longest response among the chosen rows. */
  arrays: Record<'oldLogprobs' | 'oldValues' | 'advantages' | 'returns', Float32Array>;
}

/** `rows` of a batch [B, R]; padding is as short as these rows allow. */
export function minibatchOf(
  batch: ResponseBatch,
  rollout: Rollout,
  estimates: Estimates,
  rows: readonly number[],
): Minibatch {
  const part = responseBatch(
    rows.map((b) => {
      const tokens = batch.ids.subarray(b * batch.time, (b + 1) * batch.time);
      const total = (batch.last[b] as number) - b * batch.time + 1;
      const responses = rollout.mask.subarray(b * rollout.time, (b + 1) * rollout.time);
      const length = responses.reduce((n, inside) => n + inside, 0);
      return { prompt: [...tokens.subarray(0, total - length)], response: [...tokens.subarray(total - length, total)] };
    }),
    0,
  );
  const pick = (values: Float32Array): Float32Array => {
    const picked = new Float32Array(rows.length * part.responseTime);
    rows.forEach((b, i) => {
      const from = b * rollout.time;
      picked.set(values.subarray(from, from + part.responseTime), i * part.responseTime);
    });
    return picked;
  };
  return {
    batch: part,
    arrays: {
      oldLogprobs: pick(rollout.oldLogprobs),
      oldValues: pick(rollout.oldValues),
      advantages: pick(estimates.whitened),
      returns: pick(estimates.returns),
    },
  };
}
