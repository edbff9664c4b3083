/**
 * What is compared: one training problem and, for every library, a subject that solves it.
 *
 * All subjects start from the same weights and see the same tokens at every step, so that they must report the same
 * losses: that is checked before anything is timed.
 */
import type { Preset } from '../../src/core/presets.ts';
import { Rng } from '../../src/core/rng.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import { type Gpt2Config, initialParameters } from '../model/gpt2.ts';

/** AdamW as every subject runs it; decay acts on matrices and embeddings, decoupled from the gradient. */
export const ADAMW = { learning_rate: 1e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weight_decay: 0.01 } as const;

/** The sizes that the benchmark varies. */
export interface Size {
  layers: number;
  width: number;
  heads: number;
  /** T: tokens a sequence; the model's context is as long. */
  time: number;
  /** B: sequences a batch. */
  batch: number;
  vocabulary: number;
}

/** A rollout: `rows` prompts of `promptLength` tokens, each continued by `newTokens` sampled ones, without an end token. */
export interface RolloutSize {
  rows: number;
  promptLength: number;
  newTokens: number;
}

export interface Problem {
  readonly size: Size;
  readonly config: Gpt2Config;
  /** By the names of `parameterShapes`. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  /** [B·T] token ids. */
  readonly ids: Int32Array;
  /** [B·T] what each position is to predict. */
  readonly targets: Int32Array;
  readonly rollout: RolloutSize;
  /** [rows · promptLength] */
  readonly prompts: Int32Array;
}

export interface Subject {
  readonly name: string;
  /** One AdamW step on the mean cross-entropy of all B·T positions; the loss before the update, when the device is done. */
  step(): Promise<number>;
  /** Samples the rollout at temperature 1 → [rows · newTokens] ids, when they are on the host. */
  rollout?(): Promise<ArrayLike<number>>;
  dispose(): void;
}

export const BASE: Size = { layers: 4, width: 128, heads: 4, time: 64, batch: 16, vocabulary: 512 };
export const TINY: Size = { layers: 2, width: 32, heads: 2, time: 32, batch: 4, vocabulary: 128 };

/** A prompt and its continuation fit the context of `size`: 16 + 48 tokens at T = 64. */
function rolloutOf(size: Size): RolloutSize {
  const newTokens = Math.min(48, (size.time * 3) / 4);
  return { rows: 32, promptLength: size.time - newTokens, newTokens };
}

/** The same problem for the same arguments, in every process. */
export function makeProblem(size: Size, seed = 1): Problem {
  const { layers, width, heads, time, batch, vocabulary } = size;
  const config: Gpt2Config = {
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    vocab_size: vocabulary,
    n_positions: time,
    layer_norm_epsilon: 1e-5,
  };
  const rollout = rolloutOf(size);
  const rng = Rng.fromSeed(seed, 'benchmark');
  const tokens = (count: number): Int32Array => Int32Array.from({ length: count }, () => rng.int(vocabulary));
  return {
    size,
    config,
    weights: initialParameters(config, rng),
    ids: tokens(batch * time),
    targets: tokens(batch * time),
    rollout,
    prompts: tokens(rollout.rows * rollout.promptLength),
  };
}

/**
 * Floating-point operations of a training step's matrix products: the linear layers and the head once forward and twice
 * backward, attention over the causal half. What is elementwise does not count.
 */
export function stepFlops({ layers, width, time, batch, vocabulary }: Size): number {
  const tokens = batch * time;
  const linear = 2 * tokens * (12 * layers * width * width + vocabulary * width);
  const attention = 2 * tokens * time * layers * width;
  return 3 * (linear + attention);
}

/** The size at which a preset trains its base model. */
export function presetSize({ world, n_layer, n_embd, n_head, base }: Preset): Size {
  const time = base.row_tokens[0] ?? 64;
  const vocabulary = new Tokenizer(createWorld(world).vocabulary).size;
  return { layers: n_layer, width: n_embd, heads: n_head, time, batch: base.step_tokens / time, vocabulary };
}

/** "4L d128 H4 T64 B16 V512" */
export function sizeName({ layers, width, heads, time, batch, vocabulary }: Size): string {
  return `${layers}L d${width} H${heads} T${time} B${batch} V${vocabulary}`;
}
