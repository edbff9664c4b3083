/**
 * GPT-2 (Radford et al. 2019), with the names, shapes and formulas of Hugging Face's GPT2LMHeadModel, so that a
 * checkpoint loads there and back: pre-LN blocks, learned positions, tanh GELU, Conv1D weights [in, out], tied head.
 *
 * Written once against `Operations`; it knows no backend.
 */
import type { Rng } from '../../src/core/rng.ts';
import type { Operations } from '../engine/operations.ts';
import type { Parameters, ParameterShape } from '../engine/parameters.ts';

/** The scalar head of reward and value models, as in Hugging Face's GPT2ForSequenceClassification: [1, D], no bias. */
export const HEAD = 'score.weight';

export interface Gpt2Config {
  n_layer: number;
  n_head: number;
  n_embd: number;
  vocab_size: number;
  /** Longest sequence in tokens. */
  n_positions: number;
  layer_norm_epsilon: number;
}

/** A padded batch, as arrays of a backend. N = B·T, row-major. */
export interface TokenBatch<V> {
  /** [N] int32; any id at padding. */
  ids: V;
  /** [N] int32: the number of real tokens before each one, so that padding on either side changes no real token. */
  positions: V;
  /** [B, T] float32: 1 real, 0 padding. */
  mask: V;
}

/** What a layer's attention is computed by; generation puts a cache in its place. qkv [N, 3D] → [N, D]. */
export type AttentionOf<V> = (qkv: V, layer: number) => V;

/** Throws a RangeError when the numbers do not make a model. */
export function checkConfig(config: Gpt2Config): void {
  for (const key of ['n_layer', 'n_head', 'n_embd', 'vocab_size', 'n_positions'] as const)
    if (!Number.isInteger(config[key]) || config[key] < 1)
      throw new RangeError(`GPT-2 configuration: ${key} must be a whole number from 1, got ${config[key]}`);
  if (config.n_embd % config.n_head !== 0)
    throw new RangeError(`GPT-2 configuration: n_embd ${config.n_embd} is not a multiple of n_head ${config.n_head}`);
}

export function parameterShapes(config: Gpt2Config): ParameterShape[] {
  checkConfig(config);
  const { n_embd: d, n_layer, vocab_size, n_positions } = config;
  const block = (i: number): ParameterShape[] =>
    Object.entries({
      'ln_1.weight': [d],
      'ln_1.bias': [d],
      'attn.c_attn.weight': [d, 3 * d],
      'attn.c_attn.bias': [3 * d],
      'attn.c_proj.weight': [d, d],
      'attn.c_proj.bias': [d],
      'ln_2.weight': [d],
      'ln_2.bias': [d],
      'mlp.c_fc.weight': [d, 4 * d],
      'mlp.c_fc.bias': [4 * d],
      'mlp.c_proj.weight': [4 * d, d],
      'mlp.c_proj.bias': [d],
    }).map(([name, shape]) => ({ name: `h.${i}.${name}`, shape }));
  return [
    { name: 'wte.weight', shape: [vocab_size, d] },
    { name: 'wpe.weight', shape: [n_positions, d] },
    ...Array.from({ length: n_layer }, (_, i) => block(i)).flat(),
    { name: 'ln_f.weight', shape: [d] },
    { name: 'ln_f.bias', shape: [d] },
  ];
}

/**
 * Fresh parameters. Matrices N(0, (.7/√fan_in)²), residual projections half of that, embeddings N(0, .05²): wider than
 * GPT-2's N(0, .02²), which learns slower at widths ≤ 128.
 */
export function initialParameters(config: Gpt2Config, rng: Rng): Record<string, Float32Array> {
  const entries = parameterShapes(config).map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = new Float32Array(size);
    if (shape.length === 1) values.fill(/ln_\w+\.weight$/.test(name) ? 1 : 0);
    else {
      const residual = name.endsWith('c_proj.weight') ? 0.5 : 1;
      const std = /^w[tp]e/.test(name) ? 0.05 : (0.7 / Math.sqrt(shape[0] as number)) * residual;
      for (let i = 0; i < size; i++) values[i] = rng.normal() * std;
    }
    return [name, values] as const;
  });
  return Object.fromEntries(entries);
}

/** Final hidden states [N, D], after ln_f. */
export function hiddenStates<V>(
  ops: Operations<V>,
  parameters: Parameters<V>,
  config: Gpt2Config,
  batch: TokenBatch<V>,
  attend: AttentionOf<V> = (qkv) => ops.attention(qkv, batch.mask, config.n_head),
): V {
  const p = (name: string): V => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`parameter ${name} is missing`);
    return value;
  };
  const norm = (x: V, name: string): V =>
    ops.layerNorm(x, p(`${name}.weight`), p(`${name}.bias`), config.layer_norm_epsilon);
  const dense = (x: V, name: string): V => ops.linear(x, p(`${name}.weight`), p(`${name}.bias`));

  let x = ops.add(ops.rows(p('wte.weight'), batch.ids), ops.rows(p('wpe.weight'), batch.positions));
  for (let i = 0; i < config.n_layer; i++) {
    const h = `h.${i}`;
    const attended = attend(dense(norm(x, `${h}.ln_1`), `${h}.attn.c_attn`), i);
    x = ops.add(x, dense(attended, `${h}.attn.c_proj`));
    const wide = ops.gelu(dense(norm(x, `${h}.ln_2`), `${h}.mlp.c_fc`));
    x = ops.add(x, dense(wide, `${h}.mlp.c_proj`));
  }
  return norm(x, 'ln_f');
}

/** Logits [N, V] of hidden states [N, D]: the head is tied to the token embedding. */
export function logits<V>(ops: Operations<V>, parameters: Parameters<V>, hidden: V): V {
  return ops.project(hidden, parameters['wte.weight'] as V);
}
