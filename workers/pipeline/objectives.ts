/** What the stages minimise: the model's outputs in the algorithms' losses. A stage makes its objective once. */
import { type Computation, type InputSpec, computation } from '../engine/computation.ts';
import { clippedPolicyLoss, valueLoss } from '../algorithms/ppo.ts';
import { rankingLoss } from '../algorithms/reward.ts';
import { crossEntropy, crossEntropyWithMetrics } from '../algorithms/sft.ts';
import { RESPONSES, SELECTED, headValues, responseLogprobs, selectedLogits } from '../model/computations.ts';
import type { Gpt2Config } from '../model/gpt2.ts';

const figures = { extent: 'selected', type: 'float' } as const satisfies InputSpec;
const places = { extent: 'pairs', type: 'int' } as const satisfies InputSpec;
const perPair = { extent: 'pairs', type: 'float' } as const satisfies InputSpec;

/** Cross-entropy of the responses. Fed by `feedOf`. */
export function languageModelObjective(config: Gpt2Config): Computation {
  return computation({
    name: 'language-model objective',
    inputs: { ...RESPONSES, responseMask: figures },
    build: (ops, p, inputs) => ({
      loss: ops.loss(crossEntropy, responseLogprobs(ops, p, config, inputs), { mask: inputs.responseMask }),
    }),
  });
}

/** The same, with mean_token_accuracy and entropy reported beside it. Fed by `feedOf`. */
export function sftObjective(config: Gpt2Config): Computation {
  return computation({
    name: 'SFT objective',
    inputs: { ...RESPONSES, responseMask: figures },
    build: (ops, p, inputs) => {
      const { targets, responseMask } = inputs;
      const scores = selectedLogits(ops, p, config, inputs);
      const arrays = {
        hits: ops.tokenHits(scores, targets),
        entropies: ops.tokenEntropy(scores),
        mask: responseMask,
      };
      return { loss: ops.loss(crossEntropyWithMetrics, ops.tokenLogprobs(scores, targets, 1), arrays) };
    },
  });
}

/** Bradley–Terry over pairs of scores, which are put out as `scores`. Fed by `lastTokenFeedOf` with `pairArrays`. */
export function rewardObjective(config: Gpt2Config, centre: number): Computation {
  const loss = rankingLoss(centre);
  return computation({
    name: 'reward objective',
    inputs: { ...SELECTED, better: places, worse: places, weight: perPair, margin: perPair },
    build: (ops, p, inputs) => {
      const { better, worse, weight, margin } = inputs;
      const scores = headValues(ops, p, config, inputs);
      return { outputs: { scores }, loss: ops.loss(loss, scores, { better, worse, weight, margin }) };
    },
  });
}

/** PPO's clipped loss at the temperature of the samples; puts out `logprobs`. Fed by `feedOf` with oldLogprobs and advantages. */
export function policyObjective(config: Gpt2Config, cliprange: number, temperature: number): Computation {
  const loss = clippedPolicyLoss(cliprange);
  return computation({
    name: 'policy objective',
    inputs: { ...RESPONSES, responseMask: figures, oldLogprobs: figures, advantages: figures },
    build: (ops, p, inputs) => {
      const { responseMask: mask, oldLogprobs, advantages } = inputs;
      const logprobs = responseLogprobs(ops, p, config, inputs, temperature);
      return { outputs: { logprobs }, loss: ops.loss(loss, logprobs, { oldLogprobs, advantages, mask }) };
    },
  });
}

/** PPO's value loss; puts out `values`. Fed by `feedOf` with oldValues and returns. */
export function valueObjective(config: Gpt2Config, cliprange: number | null): Computation {
  const loss = valueLoss(cliprange);
  return computation({
    name: 'value objective',
    inputs: { ...SELECTED, responseMask: figures, oldValues: figures, returns: figures },
    build: (ops, p, inputs) => {
      const { responseMask: mask, oldValues, returns } = inputs;
      const values = headValues(ops, p, config, inputs);
      return { outputs: { values }, loss: ops.loss(loss, values, { oldValues, returns, mask }) };
    },
  });
}
