/** A reward model's scores of answers, outside of training. */
import { padRows } from '../../src/core/data/batches.ts';
import type { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import type { Model } from '../model/model.ts';
import { type Costs, type StageContext, chargeInference } from './stage.ts';

/** Rows a batch of scoring. */
export const SCORE_BATCH = 64;

/**
 * What the reward model reads: prompt, answer, end token. A truncated answer gets the end token too, so that every score
 * is read at the same kind of place; what it lacks is penalised elsewhere.
 */
export function scoredRow(tokenizer: Tokenizer, prompt: string, answer: string): number[] {
  return [...tokenizer.promptIds(prompt), ...tokenizer.parse(answer), tokenizer.eos];
}

/** The score of every row of token ids. */
export async function scoreRows(
  { config, tokenizer }: Pick<StageContext, 'config' | 'tokenizer'>,
  model: Model,
  rows: readonly (readonly number[])[],
  costs?: Costs,
): Promise<Float32Array> {
  const scores = new Float32Array(rows.length);
  for (let first = 0; first < rows.length; first += SCORE_BATCH) {
    const batch = padRows(rows.slice(first, first + SCORE_BATCH), tokenizer.pad, 'right', config.n_positions);
    scores.set(await model.sequenceScores(batch), first);
    if (costs) chargeInference(costs, model.layout.count, batch.size * batch.time);
  }
  return scores;
}
