/** A computation made ready for a device: kernels with their buffers bound, inputs uploaded in one piece. */
import type { Computation, Feed } from '../computation.ts';
import type { Gpu } from './gpu.ts';
import type { Graph, Rows } from './graph.ts';
import { type Grid, ROW_TILE, RUN_BYTES, type Run, runBytes, stride } from './kernel.ts';
import { tableSegmentWords, tableSegments, tokenSegmentWords, tokenSegments } from './kernels/rows.ts';
import type { Lowered } from './lower.ts';
import type { Call, Place, Scratch } from './plan.ts';
import type { Dispatch, Recorder } from './recorder.ts';
import type { ScratchPool } from './scratch.ts';

/** `count` rows as an array has them. */
export const padded = (count: number): number => Math.ceil(count / ROW_TILE) * ROW_TILE;

/** B′ ≥ B and T′ ≥ T with the smallest B′·T′ that is a multiple of ROW_TILE. */
function paddedBatch(size: number, time: number): { batch: number; time: number } {
  let best = { batch: size, time: padded(time) };
  for (let factor = 1; factor <= ROW_TILE; factor *= 2) {
    const batch = Math.ceil(size / factor) * factor;
    const other = ROW_TILE / factor;
    const tried = { batch, time: Math.ceil(time / other) * other };
    if (tried.batch * tried.time < best.batch * best.time) best = tried;
  }
  return best;
}

/** The sizes of a run of `computation` on `feed`. */
export function runOf({ inputs }: Pick<Computation, 'inputs'>, { size, time, arrays }: Feed, weight: number): Run {
  const entries = Object.entries(inputs);
  const lengthOf = (extent: 'selected' | 'pairs'): number =>
    arrays[entries.find(([, input]) => input.extent === extent)?.[0] ?? '']?.length ?? 0;
  const hasTokens = entries.some(([, { extent }]) => extent === 'tokens');
  const batch = hasTokens ? paddedBatch(size, time) : { batch: 0, time: 0 };
  return {
    ...batch,
    tokens: batch.batch * batch.time,
    selected: padded(lengthOf('selected')),
    pairs: lengthOf('pairs'),
    weight,
  };
}

/** Room for `run`, and a quarter more than there was, so that slowly growing batches do not rebuild at every step. */
export function capacityFor(run: Run, before?: Run): Run {
  const grown = (size: number, old = 0): number => (size <= old ? old : Math.max(size, padded(1.25 * old)));
  return {
    ...run,
    tokens: grown(run.tokens, before?.tokens),
    selected: grown(run.selected, before?.selected),
    pairs: grown(run.pairs, before?.pairs),
  };
}

interface UploadPart {
  readonly offset: number;
  readonly words: number;
}

export interface ProgrammeOptions {
  readonly gpu: Gpu;
  readonly pool: ScratchPool;
  readonly graph: Graph;
  readonly lowered: Lowered;
  readonly inputs: Computation['inputs'];
  readonly capacity: Run;
  readonly parameters: GPUBuffer;
  readonly gradient: GPUBuffer | null;
  readonly lasting: Readonly<Record<string, GPUBuffer>>;
}

export class Programme {
  readonly graph: Graph;
  readonly lowered: Lowered;
  readonly capacity: Run;
  readonly #options: ProgrammeOptions;
  readonly #scratches: ReadonlyMap<Scratch, GPUBuffer>;
  readonly #upload: GPUBuffer;
  readonly #constants = new Map<string, GPUBuffer>();
  readonly #parts = new Map<string, UploadPart>();
  readonly #staging: ArrayBuffer;
  readonly #calls: readonly (Dispatch & { grid: (run: Run) => Grid; label: string })[];

  constructor(options: ProgrammeOptions) {
    const { gpu, pool, graph, lowered, inputs, capacity } = options;
    this.#options = options;
    this.graph = graph;
    this.lowered = lowered;
    this.capacity = capacity;
    let words = RUN_BYTES / 4;
    const part = (name: string, size: number): void => {
      const offset = Math.ceil(words / 64) * 64;
      this.#parts.set(name, { offset, words: size });
      words = offset + size;
    };
    for (const [name, { extent }] of Object.entries(inputs)) part(name, Math.max(1, capacity[extent]));
    for (const [name, { extent, over }] of lowered.plan.segments)
      part(
        name,
        over === 'table' ? tableSegmentWords(capacity[extent]) : tokenSegmentWords(capacity[extent], capacity.tokens),
      );
    this.#staging = new ArrayBuffer(words * 4);
    const kept = [lowered.figures, ...lowered.outputs.map(({ place }) => place)].filter(
      (place): place is Scratch => place?.kind === 'scratch',
    );
    this.#scratches = pool.assign(lowered.plan, capacity, kept, graph.name);
    this.#upload = gpu.createBuffer(
      `inputs of ${graph.name}`,
      words * 4,
      GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    for (const [name, values] of lowered.plan.constants) {
      const buffer = gpu.createStorage(`${name} of ${graph.name}`, values.byteLength);
      gpu.device.queue.writeBuffer(buffer, 0, values as Uint32Array<ArrayBuffer>);
      this.#constants.set(name, buffer);
    }
    this.#calls = lowered.plan.calls.map((call) => this.#bind(call));
  }

  get inputs(): Computation['inputs'] {
    return this.#options.inputs;
  }

  /** An input with one entry a selected token. */
  get selectedInput(): string | undefined {
    return Object.entries(this.#options.inputs).find(([, { extent }]) => extent === 'selected')?.[0];
  }

  /** Names of the kernels in order. */
  get labels(): string[] {
    return this.#calls.map(({ label }) => label);
  }

  fits(run: Run): boolean {
    const { capacity } = this;
    return run.tokens <= capacity.tokens && run.selected <= capacity.selected && run.pairs <= capacity.pairs;
  }

  /** Writes the sizes and inputs of a run: effective for what is submitted from now on. */
  upload(run: Run, { size, time, arrays }: Feed): void {
    const { inputs, lowered, gpu } = this.#options;
    new Uint8Array(this.#staging).set(new Uint8Array(runBytes(run)));
    for (const [name, { extent, type }] of Object.entries(inputs)) {
      const values = arrays[name] as Int32Array | Float32Array;
      const count = run[extent];
      const target = type === 'float' ? this.#floats(name, count) : this.#words(name, count);
      target.fill(0);
      if (extent !== 'tokens') {
        // Indices of tokens point into padded rows now.
        if (type === 'token_index' && run.time !== time)
          values.forEach((index, i) => (target[i] = Math.floor(index / time) * run.time + (index % time)));
        else target.set(values);
      } else if (run.time === time) target.set(values);
      else for (let b = 0; b < size; b++) target.set(values.subarray(b * time, (b + 1) * time), b * run.time);
    }
    for (const [name, { indices, extent, over }] of lowered.plan.segments) {
      const entries = this.#words(indices, run[extent]);
      if (over === 'table') tableSegments(entries, run[extent], this.#words(name, tableSegmentWords(run[extent])));
      else {
        const words = tokenSegmentWords(run[extent], run.tokens);
        tokenSegments(entries, run[extent], run.tokens, this.#words(name, words));
      }
    }
    gpu.device.queue.writeBuffer(this.#upload, 0, this.#staging);
  }

  encode(recorder: Recorder, run: Run): void {
    for (const call of this.#calls) recorder.dispatch(call, call.grid(run));
  }

  /** Bytes of an output in a run, its padding included. */
  outputBytes({ node }: Lowered['outputs'][number], run: Run): number {
    return rowsIn(node.rows, run) * (node.width === null ? 1 : stride(node.width)) * 4;
  }

  /** Buffer and offset of a place. */
  locate(place: Place): { buffer: GPUBuffer; offset: number; size?: number } {
    const { parameters, gradient, lasting, graph } = this.#options;
    switch (place.kind) {
      case 'scratch':
        return { buffer: this.#scratches.get(place) as GPUBuffer, offset: 0 };
      case 'slice':
        return { buffer: this.#scratches.get(place.of) as GPUBuffer, offset: place.offset };
      case 'parameters':
        return { buffer: parameters, offset: place.offset * 4, size: place.size * 4 };
      case 'gradient': {
        if (!gradient) throw new Error(`${graph.name}: there is no gradient`);
        return {
          buffer: gradient,
          offset: place.offset * 4,
          ...(place.size < Infinity ? { size: place.size * 4 } : {}),
        };
      }
      case 'lasting':
        return { buffer: lasting[place.name] as GPUBuffer, offset: 0 };
      case 'upload': {
        const constant = this.#constants.get(place.name);
        if (constant) return { buffer: constant, offset: 0 };
        const { offset, words } = this.#parts.get(place.name) as UploadPart;
        return { buffer: this.#upload, offset: offset * 4, size: words * 4 };
      }
    }
  }

  dispose(): void {
    const { gpu, pool } = this.#options;
    pool.release(this.#scratches);
    gpu.destroy(this.#upload);
    for (const buffer of this.#constants.values()) gpu.destroy(buffer);
  }

  #bind({ kernel, places }: Call): Dispatch & { grid: Call['kernel']['grid']; label: string } {
    const { gpu } = this.#options;
    const resources = [
      { buffer: this.#upload, offset: 0, size: RUN_BYTES },
      ...places.map((each) => this.locate(each)),
    ];
    const bindGroup = gpu.device.createBindGroup({
      label: kernel.label,
      layout: gpu.layoutOf(kernel),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    return { pipeline: gpu.pipelineOf(kernel), bindGroup, grid: kernel.grid, label: kernel.label };
  }

  #words(name: string, count: number): Uint32Array {
    return new Uint32Array(this.#staging, (this.#parts.get(name) as UploadPart).offset * 4, count);
  }

  #floats(name: string, count: number): Float32Array {
    return new Float32Array(this.#staging, (this.#parts.get(name) as UploadPart).offset * 4, count);
  }
}

const rowsIn = (rows: Rows, run: Run): number => (typeof rows === 'number' ? rows : run[rows]);
