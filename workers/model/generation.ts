/** What generation is asked for and gives, whichever engine does it. */
import type { SamplingOptions } from './sampling.ts';

export interface GenerateOptions extends SamplingOptions {
  maxNewTokens: number;
  /** Ends a response (and is part of it). */
  stop: number;
  pad: number;
  /** Key of the sampling noise, 32 bits. */
  seed: number;
  /** Number of the first row: rows sample independently of how they are batched. */
  firstRow?: number;
  /** Called after each position with that position's token a row, and which rows had ended before. */
  onTokens?: (tokens: readonly number[], ended: readonly boolean[]) => void;
}

export interface Generation {
  /** Response tokens, the stop token included when `ended`. */
  tokens: number[];
  ended: boolean;
  /** Log-probability of each token at the sampling temperature; at 1 where tokens were taken greedily. */
  logprobs: number[];
}
