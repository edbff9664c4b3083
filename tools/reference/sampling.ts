/** Sampling: what top-k and top-p keep, and log-probs at a temperature. */
import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from '../../workers/engine/operations.ts';
import { keptTokens } from '../../workers/model/sampling.ts';
import { type Check, check, checkEqual, download } from './measure.ts';
import type { ReferenceCases } from './schemas.ts';

export async function samplingChecks(
  { sampling: reference }: ReferenceCases,
  ops: Operations<tf.Tensor>,
): Promise<Check[]> {
  const { temperature } = reference;
  const kept = (field: 'top_k' | 'top_p', keep: (logits: number[], bound: number) => number[]): Check[] =>
    Object.entries(reference[field]).map(([bound, rows]) =>
      checkEqual(
        `sampling ${field} ${bound}`,
        reference.logits.map((logits) => keep(logits, Number(bound)).sort((a, b) => a - b)),
        rows,
      ),
    );
  // Every token of the vocabulary once on every row of logits.
  const size = reference.logits[0]?.length ?? 0;
  const { logprobs } = await download(() => {
    const everyId = reference.logits.flatMap((row) => row.map((_, id) => id));
    const rows = reference.logits.flatMap((row) => row.map(() => row));
    return {
      logprobs: ops.tokenLogprobs(tf.tensor2d(rows, [rows.length, size]), tf.tensor1d(everyId, 'int32'), temperature),
    };
  });
  return [
    ...kept('top_k', (logits, k) => keptTokens(logits, k)),
    ...kept('top_p', (logits, p) => keptTokens(logits, undefined, p)),
    check('sampling logprobs', logprobs, reference.logprobs),
  ];
}
