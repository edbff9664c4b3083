/** The model as parts of computations: their inputs, how batches feed them, and what is read off the hidden states. */
import type { PaddedBatch, ResponseBatch } from '../../src/core/data/batches.ts';
import { type Computation, type Feed, type InputSpec, computation } from '../engine/computation.ts';
import type { Operations } from '../engine/operations.ts';
import type { Parameters } from '../engine/parameters.ts';
import { type Gpt2Config, HEAD, hiddenStates, logits } from './gpt2.ts';

/** A padded batch. */
const TOKENS = {
  ids: { extent: 'tokens', type: 'int' },
  positions: { extent: 'tokens', type: 'int' },
  mask: { extent: 'tokens', type: 'float' },
} as const satisfies Record<string, InputSpec>;

/** A padded batch, and the tokens whose hidden states count. */
export const SELECTED = { ...TOKENS, select: { extent: 'selected', type: 'token_index' } } as const satisfies Record<
  string,
  InputSpec
>;

/** A batch with responses: the hidden state before each response token is selected, `targets` are their ids. */
export const RESPONSES = { ...SELECTED, targets: { extent: 'selected', type: 'int' } } as const satisfies Record<
  string,
  InputSpec
>;

type Inputs<V, Specs> = Readonly<Record<keyof Specs, V>>;
type Arrays = Feed['arrays'];

function tokensOf({ ids, positions, mask }: PaddedBatch): Arrays {
  return { ids, positions, mask };
}

/** A batch with responses, and what else a loss takes. `responseMask` is there too. */
export function feedOf(batch: ResponseBatch, more: Arrays = {}): Feed {
  const { size, time, select, targets, responseMask } = batch;
  return { size, time, arrays: { ...tokensOf(batch), select, targets, responseMask, ...more } };
}

/** A batch whose rows' last tokens are selected. */
export function lastTokenFeedOf(batch: PaddedBatch, more: Arrays = {}): Feed {
  const { size, time, last } = batch;
  return { size, time, arrays: { ...tokensOf(batch), select: last, ...more } };
}

/** A batch whose tokens are all selected. */
export function everyTokenFeedOf(batch: PaddedBatch): Feed {
  const { size, time } = batch;
  return { size, time, arrays: { ...tokensOf(batch), select: Int32Array.from({ length: size * time }, (_, i) => i) } };
}

function selectedStates<V>(
  ops: Operations<V>,
  p: Parameters<V>,
  config: Gpt2Config,
  inputs: Inputs<V, typeof SELECTED>,
): V {
  return ops.rows(hiddenStates(ops, p, config, inputs), inputs.select);
}

/** Logits at the selected tokens [M, V]. */
export function selectedLogits<V>(
  ops: Operations<V>,
  p: Parameters<V>,
  config: Gpt2Config,
  inputs: Inputs<V, typeof SELECTED>,
): V {
  return logits(ops, p, selectedStates(ops, p, config, inputs));
}

/** log π(token | before) of every response token [M], logits divided by `temperature`; garbage outside the mask. */
export function responseLogprobs<V>(
  ops: Operations<V>,
  p: Parameters<V>,
  config: Gpt2Config,
  inputs: Inputs<V, typeof RESPONSES>,
  temperature = 1,
): V {
  return ops.tokenLogprobs(selectedLogits(ops, p, config, inputs), inputs.targets, temperature);
}

/** The scalar head on the selected tokens [M, 1]: a value model's V(s_t), a reward model's score. */
export function headValues<V>(
  ops: Operations<V>,
  p: Parameters<V>,
  config: Gpt2Config,
  inputs: Inputs<V, typeof SELECTED>,
): V {
  return ops.project(selectedStates(ops, p, config, inputs), p[HEAD] as V);
}

/** `logprobs` [M] of the response tokens at a temperature. */
export function logprobsComputation(config: Gpt2Config, temperature: number): Computation {
  return computation({
    name: 'response log-probs',
    inputs: RESPONSES,
    build: (ops, p, inputs) => ({ outputs: { logprobs: responseLogprobs(ops, p, config, inputs, temperature) } }),
  });
}

/** `values` [M] of the scalar head on the selected tokens. */
export function headComputation(config: Gpt2Config): Computation {
  return computation({
    name: 'scalar head',
    inputs: SELECTED,
    build: (ops, p, inputs) => ({ outputs: { values: headValues(ops, p, config, inputs) } }),
  });
}

/** `logits` [N, V] and `entropy` [N] of every token of a batch. */
export function everyTokenComputation(config: Gpt2Config): Computation {
  return computation({
    name: 'logits of every token',
    inputs: TOKENS,
    build: (ops, p, inputs) => {
      const scores = logits(ops, p, hiddenStates(ops, p, config, inputs));
      return { outputs: { logits: scores, entropy: ops.tokenEntropy(scores) } };
    },
  });
}
