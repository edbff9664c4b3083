/** A model with its optimiser, and both as a snapshot. */
import type { AdamWOptions, AdamWState } from '../engine/adamw.ts';
import type { Term } from '../engine/computation.ts';
import type { Engine, Optimiser, StepReport } from '../engine/engine.ts';
import type { Gpt2Config } from '../model/gpt2.ts';
import { Model, type Weights } from '../model/model.ts';
import type { Resume } from './stage.ts';

export class Trainer {
  readonly model: Model;
  readonly #optimiser: Optimiser;

  constructor(model: Model, options: AdamWOptions, state?: AdamWState) {
    this.model = model;
    this.#optimiser = model.engine.createOptimiser(model.variables, options, state);
  }

  /** From `weights`, or from where a snapshot under `prefix` left off; `weights` say which tensors there are. */
  static open(
    { engine, config }: { engine: Engine; config: Gpt2Config },
    weights: Weights,
    options: AdamWOptions,
    prefix: string,
    resume?: Resume,
  ): Trainer {
    const model = new Model(engine, config, weights);
    if (!resume) return new Trainer(model, options);
    const wanted = model.layout.length;
    const take = (name: string): Float32Array => {
      const array = resume.tensors[`${prefix}.${name}`];
      if (array?.length === wanted) return array;
      model.dispose();
      throw new Error(`snapshot: "${prefix}.${name}" has ${array?.length ?? 'no'} values, the model has ${wanted}`);
    };
    const [flat, m, v] = [take('flat'), take('m'), take('v')];
    const step = (resume.state as Record<string, unknown>)[`${prefix}.step`];
    if (typeof step !== 'number') throw new Error(`snapshot: it has no "${prefix}.step"`);
    model.set(flat);
    return new Trainer(model, options, { step, m, v });
  }

  /** One step on Σ weight · loss of `terms`. */
  step(learningRate: number, terms: readonly Term[]): Promise<StepReport> {
    return this.model.engine.step(this.#optimiser, learningRate, terms);
  }

  async snapshot(prefix: string): Promise<{ tensors: Record<string, Float32Array>; state: Record<string, number> }> {
    const [flat, { step, m, v }] = await Promise.all([this.model.variables.read(), this.#optimiser.state()]);
    return {
      tensors: { [`${prefix}.flat`]: flat, [`${prefix}.m`]: m, [`${prefix}.v`]: v },
      state: { [`${prefix}.step`]: step },
    };
  }

  dispose(): void {
    this.model.dispose();
    this.#optimiser.dispose();
  }
}
