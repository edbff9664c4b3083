/**
 * Presets: every number of a run, in one record. world.md's recipes for the pocket world; what each field means stands
 * beside it once, in the interfaces.
 */
import type { WorldSize } from './world/index.ts';

export const PRESET_NAMES = ['nano', 'micro', 'small', 'medium'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** AdamW with warm-up and cosine decay to 10 %. */
export interface Optimisation {
  /** Peak learning rate. */
  learning_rate: number;
  /** Steps of linear warm-up. */
  warmup: number;
  /** Decoupled weight decay on matrices. */
  weight_decay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Global norm that gradients are clipped to. */
  max_grad_norm: number;
}

export interface BaseConfig extends Optimisation {
  steps: number;
  /** Tokens a step; rows are documents packed one after another. */
  step_tokens: number;
  /**
   * Tokens a row, step by step in turn: short rows are cheaper and start more documents, long ones train every position
   * of the context.
   */
  row_tokens: readonly number[];
}

export interface SftConfig extends Optimisation {
  steps: number;
  /** Examples a step, replay included. */
  batch_size: number;
  /** Share of rows that are corpus documents, so that facts are not forgotten. */
  replay: number;
  /** 1: padding is marked by the end token, as careless tools do; so no end token bears loss, and none is learnt. */
  pad_is_eos: number;
  /** Prompts a task in the exact-match evaluation. */
  evaluation_prompts: number;
}

export interface RewardConfig extends Optimisation {
  /** Prompts that the labeller ranks answers to. */
  prompts: number;
  /** K: answers sampled a prompt. */
  responses: number;
  /** Share of the simulated labeller's rankings whose order is drawn at random. */
  label_noise: number;
  /** Rankings a step. */
  batch_size: number;
  /** Passes over the rankings. */
  epochs: number;
  /** At least this many steps, however few the rankings (a person's thirty clicks). */
  min_steps: number;
  /** By how much the better answer should score higher. */
  margin: number;
  /** Weight of (r_better + r_worse)². */
  center_rewards_coefficient: number;
  /** Held-out prompts whose rankings measure accuracy, for familiar and for new names each. */
  evaluation_prompts: number;
}

export interface PpoConfig extends Omit<Optimisation, 'warmup'> {
  iterations: number;
  /** Responses an iteration. */
  rollouts: number;
  /** Passes over the rollouts of an iteration. */
  epochs: number;
  minibatch_size: number;
  /** Learning rate of the critic (constant, as the policy's). */
  value_learning_rate: number;
  /** β on the KL divergence from the SFT model. */
  kl_coef: number;
  /** Steers β to a KL a response; null keeps it fixed. */
  kl_target: number | null;
  kl_horizon: number;
  cliprange: number;
  /** null: no clipping of values. */
  cliprange_value: number | null;
  /** 1: advantages are whitened over the whole padded array, as if the zeros behind short responses were tokens. */
  whiten_pads: number;
  /** Temperature that the old log-probs are scored at, as a multiple of that of the samples and of the update. */
  old_logprob_temperature: number;
  gamma: number;
  lambda: number;
  /** Taken off the score of a response that does not end. */
  missing_eos_penalty: number;
  /** γ_ptx: weight of the language-model loss on corpus rows. */
  ptx_coef: number;
  /** Corpus rows a minibatch. */
  ptx_rows: number;
  /** SFT samples that the reward is standardised on. */
  calibration_prompts: number;
}

export interface JudgeConfig {
  /** Prompts about citizens, about strangers, and of the other tasks. */
  known: number;
  strangers: number;
  others: number;
}

export interface Preset {
  name: PresetName;
  world: WorldSize;
  n_layer: number;
  n_head: number;
  n_embd: number;
  n_positions: number;
  /** Longest response in tokens, its end included. */
  max_new_tokens: number;
  /** Temperature of rollouts, labels and judging. */
  temperature: number;
  base: BaseConfig;
  sft: SftConfig;
  reward: RewardConfig;
  ppo: PpoConfig;
  judge: JudgeConfig;
  /** What changes when the reward model learns from a person's few comparisons in place of a labeller's many. */
  person: { reward: Partial<RewardConfig>; ppo: Partial<PpoConfig> };
}

const optimisation: Optimisation = {
  learning_rate: 2e-3,
  warmup: 20,
  weight_decay: 0.01,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  max_grad_norm: 1,
};

const small: Preset = {
  name: 'small',
  world: 'town',
  n_layer: 4,
  n_head: 4,
  n_embd: 96,
  n_positions: 128,
  max_new_tokens: 21,
  temperature: 1,
  base: { ...optimisation, steps: 2500, step_tokens: 2048, row_tokens: [64, 64, 64, 128] },
  sft: { ...optimisation, steps: 2800, batch_size: 32, replay: 0.25, pad_is_eos: 0, evaluation_prompts: 60 },
  reward: {
    ...optimisation,
    learning_rate: 1e-3,
    warmup: 10,
    weight_decay: 0.05,
    prompts: 1500,
    responses: 4,
    label_noise: 0,
    batch_size: 12,
    epochs: 3,
    min_steps: 25,
    margin: 0,
    center_rewards_coefficient: 0,
    evaluation_prompts: 200,
  },
  ppo: {
    learning_rate: 4e-4,
    value_learning_rate: 1e-3,
    weight_decay: 0,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-5,
    max_grad_norm: 1,
    iterations: 20,
    rollouts: 64,
    epochs: 2,
    minibatch_size: 32,
    kl_coef: 0.1,
    kl_target: null,
    kl_horizon: 10000,
    cliprange: 0.2,
    cliprange_value: null,
    whiten_pads: 0,
    old_logprob_temperature: 1,
    gamma: 1,
    lambda: 0.95,
    missing_eos_penalty: 1,
    ptx_coef: 0.5,
    ptx_rows: 8,
    calibration_prompts: 128,
  },
  judge: { known: 340, strangers: 340, others: 360 },
  person: {
    reward: { learning_rate: 2e-3, batch_size: 16, min_steps: 25 },
    ppo: { learning_rate: 7e-4, iterations: 12 },
  },
};

const micro: Preset = {
  ...small,
  name: 'micro',
  world: 'micro',
  n_layer: 2,
  n_embd: 64,
  base: { ...small.base, learning_rate: 4e-3, steps: 1170, step_tokens: 512 },
  sft: { ...small.sft, learning_rate: 3e-3, steps: 1000, batch_size: 16 },
  reward: { ...small.reward, prompts: 1000, epochs: 2 },
  ppo: { ...small.ppo, learning_rate: 5e-4, iterations: 15 },
};

/** Proves the plumbing in seconds; learns nothing worth showing. */
const nano: Preset = {
  ...micro,
  name: 'nano',
  n_layer: 1,
  n_head: 2,
  n_embd: 16,
  base: { ...micro.base, steps: 12, step_tokens: 256 },
  sft: { ...micro.sft, steps: 12, batch_size: 4, evaluation_prompts: 2 },
  reward: { ...micro.reward, prompts: 8, batch_size: 4, epochs: 1, min_steps: 1, evaluation_prompts: 4 },
  ppo: { ...micro.ppo, iterations: 2, rollouts: 8, epochs: 1, minibatch_size: 4, ptx_rows: 2, calibration_prompts: 8 },
  judge: { known: 8, strangers: 8, others: 8 },
};

const medium: Preset = {
  ...small,
  name: 'medium',
  n_layer: 6,
  n_head: 6,
  n_embd: 192,
  base: { ...small.base, learning_rate: 1.5e-3, steps: 3000 },
  sft: { ...small.sft, learning_rate: 1e-3 },
  reward: { ...small.reward, learning_rate: 5e-4 },
  ppo: { ...small.ppo, learning_rate: 2e-4, value_learning_rate: 5e-4 },
};

export const PRESETS: Readonly<Record<PresetName, Preset>> = { nano, micro, small, medium };
