/** Parameters on the device, their gradient, and the programmes that work on them. */
import type { Computation } from '../computation.ts';
import type { Variables } from '../engine.ts';
import type { ParameterLayout } from '../parameters.ts';
import { trace } from './graph.ts';
import type { Run } from './kernel.ts';
import { normParts } from './kernels/adamw.ts';
import { lower } from './lower.ts';
import { Programme, capacityFor } from './programme.ts';
import type { BoundKernel, Resources } from './resources.ts';

/** Without or with a backward pass. */
export type ProgrammeKind = 'forward' | 'training';

export class CompiledVariables implements Variables {
  readonly layout: ParameterLayout;
  readonly parameters: GPUBuffer;
  readonly #resources: Resources;
  readonly #programmes: Readonly<Record<ProgrammeKind, Map<Computation, Programme>>> = {
    forward: new Map(),
    training: new Map(),
  };
  readonly #freed: (() => void)[] = [];
  #gradient: GPUBuffer | null = null;
  #norm: BoundKernel | null = null;

  constructor(resources: Resources, layout: ParameterLayout, flat: Float32Array) {
    this.#resources = resources;
    this.layout = layout;
    this.parameters = resources.gpu.createStorage('parameters', layout.length * 4);
    this.write(flat);
  }

  /** Made when it is first asked for. */
  get gradient(): GPUBuffer {
    this.#gradient ??= this.#resources.gpu.createStorage('gradient', this.layout.length * 4);
    return this.#gradient;
  }

  /** Writes the parts of the gradient's squared norm into the resources' `state`. */
  get norm(): BoundKernel {
    const { tiling, state } = this.#resources;
    this.#norm ??= this.#resources.bind(normParts(this.layout.length, tiling.sums), [this.gradient, state]);
    return this.#norm;
  }

  write(flat: Float32Array): void {
    if (flat.length !== this.layout.length)
      throw new RangeError(`parameters: expected ${this.layout.length} floats, got ${flat.length}`);
    this.#resources.gpu.device.queue.writeBuffer(this.parameters, 0, flat as Float32Array<ArrayBuffer>);
  }

  read(): Promise<Float32Array> {
    return this.#resources.read(this.parameters, this.layout.length * 4);
  }

  /** The programme of a computation with room for `run`; one that is too small makes way for a larger one. */
  programme(kind: ProgrammeKind, computation: Computation, run: Run): Programme {
    const programmes = this.#programmes[kind];
    const found = programmes.get(computation);
    if (found?.fits(run)) return found;
    const { gpu, pool, tiling, state } = this.#resources;
    const backward = kind === 'training';
    const graph = found?.graph ?? trace(computation, this.layout);
    const lowered = found?.lowered ?? lower(graph, { tiling, backward });
    const capacity = capacityFor(run, found?.capacity);
    found?.dispose();
    programmes.delete(computation);
    const programme = new Programme({
      gpu,
      pool,
      graph,
      lowered,
      inputs: computation.inputs,
      capacity,
      parameters: this.parameters,
      gradient: backward ? this.gradient : null,
      lasting: { state },
    });
    programmes.set(computation, programme);
    return programme;
  }

  /** `free` is called when these variables are disposed. */
  onDispose(free: () => void): void {
    this.#freed.push(free);
  }

  dispose(): void {
    for (const programmes of Object.values(this.#programmes)) {
      for (const programme of programmes.values()) programme.dispose();
      programmes.clear();
    }
    for (const free of this.#freed) free();
    this.#resources.gpu.destroy(this.parameters);
    if (this.#gradient) this.#resources.gpu.destroy(this.#gradient);
  }
}

/** The variables, which have to be of the compiled engine. */
export function compiledVariables(variables: Variables): CompiledVariables {
  if (!(variables instanceof CompiledVariables)) throw new TypeError('the variables belong to another engine');
  return variables;
}
