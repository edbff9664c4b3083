/**
 * Supervised fine-tuning: cross-entropy of the response tokens and the end token, given the prompt.
 *
 * FLAN (Wei et al. 2022) §2; InstructGPT (Ouyang et al. 2022) §3.5, step 1. The prompt and padding bear no loss.
 * Pretraining is the same loss with every token a response token.
 */
import * as tf from '@tensorflow/tfjs-core';
import { tokenLoss } from '../engine/loss.ts';

const WGSL = `
  let loss = -x;
  let slope = -1.0;`;

/** −log π of the response tokens, token mean over the mask. x: their log-probs. */
export const crossEntropy = tokenLoss({
  name: 'cross-entropy',
  arrays: [],
  metrics: [],
  plain: (logprobs) => ({ loss: tf.neg(logprobs) }),
  wgsl: WGSL,
});

/**
 * The same, reported with the share of response tokens whose most probable token is the right one, and with the mean
 * entropy of the model's distribution at response tokens, in nats.
 */
export const crossEntropyWithMetrics = tokenLoss({
  name: 'cross-entropy with metrics',
  arrays: ['hits', 'entropies'],
  metrics: ['mean_token_accuracy', 'entropy'],
  plain: (logprobs, { hits, entropies }) => ({
    loss: tf.neg(logprobs),
    mean_token_accuracy: hits,
    entropy: entropies,
  }),
  wgsl: `${WGSL}
  let mean_token_accuracy = hits;
  let entropy = entropies;`,
});
