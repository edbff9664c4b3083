/** AdamW's moments on the device, and the kernel that takes a step. */
import type { AdamWOptions, AdamWState } from '../adamw.ts';
import type { Optimiser } from '../engine.ts';
import { SETTINGS_WORDS, adamw } from './kernels/adamw.ts';
import type { Recorder } from './recorder.ts';
import type { BoundKernel, Resources } from './resources.ts';
import type { CompiledVariables } from './variables.ts';

export class CompiledOptimiser implements Optimiser {
  readonly variables: CompiledVariables;
  readonly options: AdamWOptions;
  readonly #resources: Resources;
  readonly #m: GPUBuffer;
  readonly #v: GPUBuffer;
  readonly #decay: GPUBuffer;
  readonly #settings: GPUBuffer;
  readonly #update: BoundKernel;
  #step: number;

  constructor(resources: Resources, variables: CompiledVariables, options: AdamWOptions, state?: AdamWState) {
    const { layout } = variables;
    if (state && (state.m.length !== layout.length || state.v.length !== layout.length))
      throw new Error(`optimiser state: ${state.m.length} and ${state.v.length} moments for ${layout.length} floats`);
    const { gpu } = resources;
    this.#resources = resources;
    this.variables = variables;
    this.options = options;
    this.#step = state?.step ?? 0;
    const filled = (label: string, values?: Float32Array): GPUBuffer => {
      const buffer = gpu.createStorage(label, layout.length * 4);
      if (values) gpu.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
      return buffer;
    };
    this.#m = filled('first moments', state?.m);
    this.#v = filled('second moments', state?.v);
    this.#decay = filled('decay', layout.decayMask());
    this.#settings = gpu.createStorage('optimiser settings', SETTINGS_WORDS * 4);
    const { gradient, parameters } = variables;
    const kernel = adamw(layout.length, resources.tiling.sums);
    const buffers = [parameters, gradient, this.#m, this.#v, this.#decay, resources.state, this.#settings];
    this.#update = resources.bind(kernel, buffers);
  }

  /** Writes the settings of the next step. */
  prepare(learningRate: number): void {
    const { beta1, beta2, epsilon, weight_decay, max_grad_norm } = this.options;
    const t = this.#step + 1;
    const largest = Number.isFinite(max_grad_norm) ? max_grad_norm : 3e38;
    const settings = [learningRate, beta1, beta2, epsilon, weight_decay, 1 - beta1 ** t, 1 - beta2 ** t, largest];
    this.#resources.gpu.device.queue.writeBuffer(this.#settings, 0, Float32Array.from(settings));
  }

  /** Records the update, after the gradient and its norm. */
  encode(recorder: Recorder): void {
    recorder.dispatch(this.#update, this.#update.grid);
  }

  /** The step was taken. */
  advance(): void {
    this.#step += 1;
  }

  async state(): Promise<AdamWState> {
    const bytes = this.variables.layout.length * 4;
    const step = this.#step;
    const [m, v] = await Promise.all([this.#resources.read(this.#m, bytes), this.#resources.read(this.#v, bytes)]);
    return { step, m, v };
  }

  dispose(): void {
    for (const buffer of [this.#m, this.#v, this.#decay, this.#settings]) this.#resources.gpu.destroy(buffer);
  }
}
