/** What the engine's tests share: an engine in Node, a tiny model, rows of tokens, downloads. */
import type * as tf from '@tensorflow/tfjs-core';
import { type PromptAndResponse } from '../../src/core/data/batches.ts';
import type { BackendName } from '../../src/core/protocol.ts';
import { Rng } from '../../src/core/rng.ts';
import { openNodeEngine } from '../../tools/node-backend.ts';
import { openDawn } from '../../tools/dawn.ts';
import { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import { Gpu } from '../../workers/engine/compiled/gpu.ts';
import { DIRECT } from '../../workers/engine/compiled/kernels/matmul.ts';
import type { CompiledOptions } from '../../workers/engine/compiled/resources.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import type { Operations } from '../../workers/engine/operations.ts';
import { requestDevice } from '../../workers/engine/webgpu.ts';
import { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { type Gpt2Config, initialParameters } from '../../workers/model/gpt2.ts';
import { Model } from '../../workers/model/model.ts';

export type Ops = Operations<tf.Tensor>;

/** Makes `backend` tfjs's current one; the engine that the product uses on it, without its own kernels. */
export async function open(backend: BackendName): Promise<PlainEngine> {
  const { engine } = await openNodeEngine(backend, { compiled: false });
  return plainOf(engine);
}

/** The compiled engine on a device of its own, on Dawn; not gated by its self-test, so that a test says what is wrong. */
export async function openCompiled(options: CompiledOptions = {}): Promise<CompiledEngine> {
  const dawn = await openDawn({ software: true });
  const adapter = await dawn.gpu?.requestAdapter();
  if (!adapter) throw new Error('Dawn has no adapter');
  return new CompiledEngine(new Gpu(await requestDevice(adapter)), { tiling: DIRECT, ...options });
}

/** The plain engine on the CPU: the oracle. */
export const openPlainCpu = (): Promise<PlainEngine> => open('cpu');

/** The engine, which has to be a plain one. */
export function plainOf(engine: Engine): PlainEngine {
  if (!(engine instanceof PlainEngine)) throw new Error(`expected the plain engine, got the ${engine.kind} one`);
  return engine;
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
export function tinyModel(engine: Engine, seed: number, options: { scored?: boolean } = {}): Model {
  const rng = Rng.fromSeed(seed, 'tiny model');
  const weights = initialParameters(tinyConfig, rng);
  for (const values of Object.values(weights)) values.forEach((x, i) => (values[i] = x + 0.1 * rng.normal()));
  weights['wte.weight']?.forEach((x, i, wte) => (wte[i] = 6 * x));
  if (options.scored) weights['score.weight'] = Float32Array.from({ length: tinyConfig.n_embd }, () => rng.normal());
  return new Model(engine, tinyConfig, weights);
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

/** The largest absolute difference; infinite for different lengths. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
  return most;
}
