/** A model with its optimiser, and both as a snapshot. */
import type * as tf from '@tensorflow/tfjs-core';
import { AdamW, type AdamWOptions, type AdamWState } from '../engine/adamw.ts';
import type { Parameters } from '../engine/parameters.ts';
import { type Objective, type StepReport, trainStep } from '../engine/train.ts';
import type { Gpt2Config } from '../model/gpt2.ts';
import { Model, type Weights } from '../model/model.ts';
import type { Resume } from './stage.ts';

export class Trainer {
  readonly model: Model;
  readonly #optimiser: AdamW;

  constructor(model: Model, options: AdamWOptions, state?: AdamWState) {
    this.model = model;
    this.#optimiser = new AdamW(model.layout, options, state);
  }

  /** From `weights`, or from where a snapshot under `prefix` left off; `weights` say which tensors there are. */
  static open(config: Gpt2Config, weights: Weights, options: AdamWOptions, prefix: string, resume?: Resume): Trainer {
    const model = new Model(config, weights);
    if (!resume) return new Trainer(model, options);
    const { [`${prefix}.flat`]: flat, [`${prefix}.m`]: m, [`${prefix}.v`]: v } = resume.tensors;
    const step = (resume.state as Record<string, unknown>)[`${prefix}.step`];
    if (!flat || !m || !v || typeof step !== 'number' || flat.length !== model.layout.length)
      throw new Error(`snapshot: no optimiser state of "${prefix}" that fits the model`);
    model.set(flat);
    return new Trainer(model, options, { step, m, v });
  }

  step(learningRate: number, objective: (views: Parameters<tf.Tensor>) => Objective): Promise<StepReport> {
    return trainStep(this.model, this.#optimiser, learningRate, objective);
  }

  async snapshot(prefix: string): Promise<{ tensors: Record<string, Float32Array>; state: Record<string, number> }> {
    const [flat, { step, m, v }] = await Promise.all([this.model.flat.data<'float32'>(), this.#optimiser.state()]);
    return {
      tensors: { [`${prefix}.flat`]: flat.slice(), [`${prefix}.m`]: m, [`${prefix}.v`]: v },
      state: { [`${prefix}.step`]: step },
    };
  }

  dispose(): void {
    this.model.dispose();
    this.#optimiser.dispose();
  }
}
