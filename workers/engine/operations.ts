import type { LossDefinition } from './loss.ts';

/** A loss and what is reported beside it, scalars. */
export interface LossValue<V> {
  readonly loss: V;
  readonly metrics: Readonly<Record<string, V>>;
}

/**
 * The operations a model is written against.
 *
 * `V` is whatever a backend calls an array: a tfjs tensor in the plain backend, a node of a kernel list in a
 * compiled one. Activations are two-dimensional, one row a token: N = B·T rows, so that a linear layer is one
 * matrix product. Every operation is differentiable in its array arguments, except in ids and masks.
 */
export interface Operations<V> {
  /** Rows of `table` [V, D] picked by `indices` [N] (int32) → [N, D]. The gradient adds rows in a fixed order. */
  rows(table: V, indices: V): V;
  /** Elementwise sum of two arrays of one shape. */
  add(a: V, b: V): V;
  /** x [N, D] normalised a row (two-pass variance), times `gain` [D], plus `bias` [D]. */
  layerNorm(x: V, gain: V, bias: V, epsilon: number): V;
  /** x [N, I] · weight [I, O] + bias [O] → [N, O]: the layout of GPT-2's Conv1D. */
  linear(x: V, weight: V, bias: V): V;
  /** x [N, D] · tableᵀ, table [O, D] → [N, O]: tied logits, or a scalar head with O = 1. */
  project(x: V, table: V): V;
  /** GELU in GPT-2's tanh form, elementwise. */
  gelu(x: V): V;
  /**
   * Causal self-attention. qkv [B·T, 3D] holds q | k | v, each split into heads; mask [B, T] is 1 at real tokens.
   * Query i sees key j when j ≤ i and (mask[j] = 1 or j = i) → [B·T, D].
   */
  attention(qkv: V, mask: V, heads: number): V;
  /** log softmax(logits / temperature) at `ids`: logits [N, V], ids [N] (int32) → [N]. */
  tokenLogprobs(logits: V, ids: V, temperature: number): V;
  /** −Σ p log p of each row of logits [N, V] → [N], in nats. No gradient flows through it. */
  tokenEntropy(logits: V): V;
  /** 1 where ids [N] (int32) is the most probable token of logits [N, V], else 0 → [N]. No gradient. */
  tokenHits(logits: V, ids: V): V;
  /** A loss of x [N] (or [N, 1]) and constant arrays, see `LossDefinition`; the gradient flows to x only. */
  loss<Name extends string>(definition: LossDefinition<Name>, x: V, arrays: Readonly<Record<Name, V>>): LossValue<V>;
}
