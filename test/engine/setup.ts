/** What the engine's tests share: a backend in Node, a tiny model, rows of tokens, downloads. */
import * as tf from '@tensorflow/tfjs-core';
import { type PromptAndResponse } from '../../src/core/data/batches.ts';
import type { BackendName } from '../../src/core/protocol.ts';
import { Rng } from '../../src/core/rng.ts';
import { openNodeBackend } from '../../tools/node-backend.ts';
import { operationsFor } from '../../workers/engine/backend.ts';
import type { Operations } from '../../workers/engine/operations.ts';
import type { Gpt2Config } from '../../workers/model/gpt2.ts';
import { Model } from '../../workers/model/model.ts';

export type Ops = Operations<tf.Tensor>;

/** Makes `backend` tfjs's current one, with the operations that the product uses on it. */
export async function open(backend: BackendName): Promise<Ops> {
  await openNodeBackend(backend);
  return operationsFor(backend);
}

export const PAD = 0;
export const EOS = 1;

export const tinyConfig: Gpt2Config = {
  n_layer: 2,
  n_head: 2,
  n_embd: 16,
  vocab_size: 23,
  n_positions: 32,
  layer_norm_epsilon: 1e-5,
};

/** A tiny model whose distributions are far from uniform: fresh weights, a head where it is scored. */
export function tinyModel(seed: number, options: { scored?: boolean } = {}): Model {
  const rng = Rng.fromSeed(seed, 'tiny model');
  const model = Model.initial(tinyConfig, rng);
  const weights = model.layout.unpack(model.flat.dataSync<'float32'>());
  model.dispose();
  for (const values of Object.values(weights)) values.forEach((x, i) => (values[i] = x + 0.1 * rng.normal()));
  weights['wte.weight']?.forEach((x, i, wte) => (wte[i] = 6 * x));
  if (options.scored) weights['score.weight'] = Float32Array.from({ length: tinyConfig.n_embd }, () => rng.normal());
  return new Model(tinyConfig, weights);
}

/** `count` random rows of real tokens (neither PAD nor EOS), of `shortest` to `longest` tokens. */
export function randomRows(seed: number, count: number, shortest: number, longest: number): number[][] {
  const rng = Rng.fromSeed(seed, 'rows');
  return Array.from({ length: count }, () =>
    Array.from({ length: shortest + rng.int(longest - shortest + 1) }, () => 2 + rng.int(tinyConfig.vocab_size - 2)),
  );
}

export function randomPairs(seed: number, count: number): PromptAndResponse[] {
  const prompts = randomRows(seed, count, 2, 8);
  const responses = randomRows(seed + 1, count, 1, 9);
  return prompts.map((prompt, b) => ({ prompt, response: [...(responses[b] ?? []), EOS] }));
}

/** Runs `compute` and downloads what it returns; no tensor is left. */
export async function valuesOf(compute: () => tf.Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(compute);
  const values = Float32Array.from(await tensor.data());
  tensor.dispose();
  return values;
}

/** The largest absolute difference; infinite for different lengths. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
  return most;
}
