/** Batched generation with a KV cache on the plain engine: the prompts in one pass, then one token a row at a time. */
import * as tf from '@tensorflow/tfjs-core';
import { type PaddedBatch, padRows } from '../../src/core/data/batches.ts';
import { MASKED, cachedAttention, splitHeads } from '../engine/plain/attention.ts';
import { PlainEngine } from '../engine/plain/engine.ts';
import { PlainVariables } from '../engine/plain/variables.ts';
import type { GenerateOptions, Generation } from './generation.ts';
import { type TokenBatch, hiddenStates, logits } from './gpt2.ts';
import type { Model } from './model.ts';
import { sampleToken, tokenLogprob } from './sampling.ts';

interface LayerCache {
  keys: tf.Tensor3D;
  values: tf.Tensor3D;
}

/** Keys and values of every layer, [B·H, T, D/H], and the bias [B, 1, 1, T] that hides padding. */
class Cache {
  readonly #layers: LayerCache[] = [];
  #bias: tf.Tensor4D;

  constructor(mask: tf.Tensor2D) {
    const [batch, time] = mask.shape;
    this.#bias = tf.tidy(() => tf.reshape<tf.Rank.R4>(tf.mul(tf.sub(1, mask), MASKED), [batch, 1, 1, time]));
  }

  /** Stores the prompts' keys and values of a layer. */
  fill(qkv: tf.Tensor2D, heads: number): void {
    const batch = this.#bias.shape[0];
    const [keys, values] = tf.tidy(() => {
      const [, k, v] = tf.split(qkv, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      return [splitHeads(k, batch, heads), splitHeads(v, batch, heads)];
    });
    this.#layers.push({ keys: tf.keep(keys), values: tf.keep(values) });
  }

  /** Makes room for one more token; its key is real for every row. */
  advance(): void {
    const old = this.#bias;
    this.#bias = tf.tidy(() => tf.concat([old, tf.zeros<tf.Rank.R4>([old.shape[0], 1, 1, 1])], 3));
    old.dispose();
  }

  /** Attention of the new token, qkv [B, 3D], over everything so far → [B, D]. */
  attend(qkv: tf.Tensor2D, layer: number, heads: number): tf.Tensor2D {
    const cache = this.#layers[layer] as LayerCache;
    const [q, keys, values] = tf.tidy(() => {
      const parts = tf.split(qkv, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const [q, k, v] = parts.map((x) => splitHeads(x, this.#bias.shape[0], heads)) as [
        tf.Tensor3D,
        tf.Tensor3D,
        tf.Tensor3D,
      ];
      return [q, tf.concat([cache.keys, k], 1), tf.concat([cache.values, v], 1)];
    });
    tf.dispose([cache.keys, cache.values]);
    this.#layers[layer] = { keys: tf.keep(keys), values: tf.keep(values) };
    return cachedAttention(q, keys, values, this.#bias);
  }

  dispose(): void {
    tf.dispose([this.#bias, ...this.#layers.flatMap(({ keys, values }) => [keys, values])]);
  }
}

/** The batch's arrays as tensors; dispose or tidy them. */
function upload(batch: PaddedBatch): TokenBatch<tf.Tensor> {
  return {
    ids: tf.tensor1d(batch.ids, 'int32'),
    positions: tf.tensor1d(batch.positions, 'int32'),
    mask: tf.tensor2d(batch.mask, [batch.size, batch.time]),
  };
}

/** See `generate`; `model` is one of a plain engine, and the prompts fit its context. */
export async function plainGenerate(
  model: Model,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<Generation[]> {
  const { config, engine, variables } = model;
  if (!(engine instanceof PlainEngine && variables instanceof PlainVariables))
    throw new TypeError(`plain generation by a model on the ${engine.kind} engine`);
  const { ops } = engine;
  const { layout, flat } = variables;
  const batch = padRows(prompts, options.pad, 'left');
  const parameters = tf.tidy(() => layout.views(flat));
  const mask = tf.tensor2d(batch.mask, [batch.size, batch.time]);
  const cache = new Cache(mask);
  mask.dispose();
  const vocabulary = config.vocab_size;
  const rows: Generation[] = prompts.map(() => ({ tokens: [], ended: false, logprobs: [] }));
  try {
    let scores = tf.tidy(() => {
      const tokens = upload(batch);
      const hidden = hiddenStates(ops, parameters, config, tokens, (qkv) => {
        cache.fill(qkv as tf.Tensor2D, config.n_head);
        return ops.attention(qkv, tokens.mask, config.n_head);
      });
      return logits(ops, parameters, ops.rows(hidden, tf.tensor1d(batch.last, 'int32')));
    });
    for (let i = 0; ; i++) {
      const values = await scores.data<'float32'>();
      scores.dispose();
      const logitsOf = (b: number): Float32Array => values.subarray(b * vocabulary, (b + 1) * vocabulary);
      const next = rows.map((row, b) =>
        row.ended ? options.pad : sampleToken(logitsOf(b), options, options.seed, (options.firstRow ?? 0) + b, i),
      );
      options.onTokens?.(
        next,
        rows.map((row) => row.ended),
      );
      rows.forEach((row, b) => {
        if (row.ended) return;
        row.tokens.push(next[b] as number);
        row.logprobs.push(tokenLogprob(logitsOf(b), next[b] as number, options.temperature));
        row.ended = next[b] === options.stop;
      });
      if (i + 1 === options.maxNewTokens || rows.every((row) => row.ended)) return rows;
      cache.advance();
      scores = tf.tidy(() => {
        const tokens = {
          ids: tf.tensor1d(next, 'int32'),
          positions: tf.tensor1d(
            prompts.map((prompt) => prompt.length + i),
            'int32',
          ),
          mask: tf.ones([prompts.length, 1]),
        };
        const attend = (qkv: tf.Tensor, layer: number): tf.Tensor =>
          cache.attend(qkv as tf.Tensor2D, layer, config.n_head);
        return logits(ops, parameters, hiddenStates(ops, parameters, config, tokens, attend));
      });
    }
  } finally {
    cache.dispose();
    tf.dispose(Object.values(parameters));
  }
}
