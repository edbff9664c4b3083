/** From a preset's records to what the floors below take. */
import type { Optimisation, Preset } from '../../src/core/presets.ts';
import type { AdamWOptions } from '../engine/adamw.ts';
import type { Gpt2Config } from '../model/gpt2.ts';

export function modelConfig(preset: Preset, vocabularySize: number): Gpt2Config {
  const { n_layer, n_head, n_embd, n_positions } = preset;
  return { n_layer, n_head, n_embd, n_positions, vocab_size: vocabularySize, layer_norm_epsilon: 1e-5 };
}

export function adamwOptions(optimisation: Omit<Optimisation, 'learning_rate' | 'warmup'>): AdamWOptions {
  const { beta1, beta2, epsilon, weight_decay, max_grad_norm } = optimisation;
  return { beta1, beta2, epsilon, weight_decay, max_grad_norm };
}
