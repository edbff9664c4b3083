/**
 * The compiled engine: every computation becomes a static list of WGSL kernels, a step is one submit, and nothing is
 * created once a computation has been seen in its largest size.
 */
import type { AdamWOptions, AdamWState } from '../adamw.ts';
import { type Computation, type Feed, type Term, checkFeed } from '../computation.ts';
import {
  type Engine,
  type MemoryReport,
  NonFiniteError,
  type Optimiser,
  type Outputs,
  type StepReport,
  type TermReport,
  type Variables,
} from '../engine.ts';
import type { ParameterLayout } from '../parameters.ts';
import type { Gpu } from './gpu.ts';
import { trace } from './graph.ts';
import { type Kernel, RUN_BYTES, type Run, stride } from './kernel.ts';
import { NORM_PARTS, SETTINGS_WORDS, STATE_WORDS, adamw, normParts } from './kernels/adamw.ts';
import { TILED, type Tiling } from './kernels/matmul.ts';
import { FIGURE_WORDS, type Lowered, lower } from './lower.ts';
import { Programme, capacityFor, runOf } from './programme.ts';
import { Readback } from './readback.ts';
import { type Dispatch, Recorder } from './recorder.ts';
import { ScratchPool } from './scratch.ts';
import { SharedBuffers } from './shared.ts';

export interface CompiledOptions {
  readonly tiling?: Tiling;
  /** Dispatches a submit; default all of a step in one. Fewer keep a page smooth while it trains. */
  readonly dispatchesPerSubmit?: number;
  /** Called before every submit of our own: whoever else records commands for the device hands them over now. */
  readonly flush?: () => void;
}

/** What one computation over one set of variables has become. */
interface Prepared {
  readonly lowered: Lowered;
  programme: Programme;
}

export class CompiledVariables implements Variables {
  readonly layout: ParameterLayout;
  readonly parameters: GPUBuffer;
  readonly #engine: CompiledEngine;
  readonly #programmes = new Map<string, Map<Computation, Prepared>>();
  readonly #freed: (() => void)[] = [];
  #gradient: GPUBuffer | null = null;

  constructor(engine: CompiledEngine, layout: ParameterLayout, flat: Float32Array) {
    this.#engine = engine;
    this.layout = layout;
    this.parameters = engine.gpu.createStorage('parameters', layout.length * 4);
    this.write(flat);
  }

  /** Made when it is first asked for. */
  get gradient(): GPUBuffer {
    this.#gradient ??= this.#engine.gpu.createStorage('gradient', this.layout.length * 4);
    return this.#gradient;
  }

  write(flat: Float32Array): void {
    if (flat.length !== this.layout.length)
      throw new RangeError(`parameters: expected ${this.layout.length} floats, got ${flat.length}`);
    this.#engine.gpu.device.queue.writeBuffer(this.parameters, 0, flat as Float32Array<ArrayBuffer>);
  }

  read(): Promise<Float32Array> {
    return this.#engine.read(this.parameters, this.layout.length * 4);
  }

  /** `free` is called when these variables are disposed. */
  onDispose(free: () => void): void {
    this.#freed.push(free);
  }

  /** The programmes of one kind by their computation. */
  programmes(kind: 'forward' | 'training'): Map<Computation, Prepared> {
    const found = this.#programmes.get(kind) ?? new Map<Computation, Prepared>();
    this.#programmes.set(kind, found);
    return found;
  }

  dispose(): void {
    for (const kind of this.#programmes.values()) for (const { programme } of kind.values()) programme.dispose();
    this.#programmes.clear();
    for (const free of this.#freed) free();
    this.#engine.gpu.destroy(this.parameters);
    if (this.#gradient) this.#engine.gpu.destroy(this.#gradient);
  }
}

export class CompiledOptimiser implements Optimiser {
  readonly variables: CompiledVariables;
  readonly options: AdamWOptions;
  readonly #engine: CompiledEngine;
  readonly #m: GPUBuffer;
  readonly #v: GPUBuffer;
  readonly #decay: GPUBuffer;
  readonly #settings: GPUBuffer;
  readonly #update: Dispatch & { kernel: Kernel };
  #step: number;

  constructor(engine: CompiledEngine, variables: CompiledVariables, options: AdamWOptions, state?: AdamWState) {
    const { layout } = variables;
    if (state && (state.m.length !== layout.length || state.v.length !== layout.length))
      throw new Error(`optimiser state: ${state.m.length} and ${state.v.length} moments for ${layout.length} floats`);
    const { gpu } = engine;
    this.#engine = engine;
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
    const kernel = adamw(layout.length, engine.tiling.sums);
    const buffers = [parameters, gradient, this.#m, this.#v, this.#decay, engine.state, this.#settings];
    this.#update = { ...engine.bind(kernel, buffers), kernel };
  }

  /** Writes the settings of the next step. */
  prepare(learningRate: number): void {
    const { beta1, beta2, epsilon, weight_decay, max_grad_norm } = this.options;
    const t = this.#step + 1;
    const largest = Number.isFinite(max_grad_norm) ? max_grad_norm : 3e38;
    const settings = [learningRate, beta1, beta2, epsilon, weight_decay, 1 - beta1 ** t, 1 - beta2 ** t, largest];
    this.#engine.gpu.device.queue.writeBuffer(this.#settings, 0, Float32Array.from(settings));
  }

  /** Records the update, after the gradient and its norm. */
  encode(recorder: Recorder): void {
    recorder.dispatch(this.#update, this.#update.kernel.grid(NOTHING));
  }

  /** The step was taken. */
  advance(): void {
    this.#step += 1;
  }

  async state(): Promise<AdamWState> {
    const bytes = this.variables.layout.length * 4;
    const step = this.#step;
    const [m, v] = await Promise.all([this.#engine.read(this.#m, bytes), this.#engine.read(this.#v, bytes)]);
    return { step, m, v };
  }

  dispose(): void {
    for (const buffer of [this.#m, this.#v, this.#decay, this.#settings]) this.#engine.gpu.destroy(buffer);
  }
}

/** Sizes for kernels that do not depend on a batch. */
const NOTHING: Run = { batch: 0, time: 0, tokens: 0, selected: 0, pairs: 0, weight: 1 };

/** A term with its programme and sizes. */
interface Job {
  readonly prepared: Prepared;
  readonly run: Run;
  readonly feed: Feed;
}

export class CompiledEngine implements Engine {
  readonly kind = 'compiled';
  readonly gpu: Gpu;
  /** The parts of the gradient's norm and the guard, see kernels/adamw.ts. */
  readonly state: GPUBuffer;
  readonly tiling: Tiling;
  readonly pool: ScratchPool;
  readonly #options: CompiledOptions;
  readonly readback: Readback;
  /** Arrays that outlive a run and that models of one shape have in common. */
  readonly shared: SharedBuffers;
  /** A uniform `run` for kernels that do not look at it. */
  readonly #run: GPUBuffer;
  /** Norms by the buffer of the gradient. */
  readonly #norms = new WeakMap<GPUBuffer, Dispatch & { kernel: Kernel }>();

  constructor(gpu: Gpu, options: CompiledOptions = {}) {
    this.gpu = gpu;
    this.#options = options;
    this.tiling = options.tiling ?? TILED;
    this.pool = new ScratchPool(gpu);
    this.readback = new Readback(gpu);
    this.shared = new SharedBuffers(gpu);
    this.state = gpu.createStorage('optimiser state', STATE_WORDS * 4);
    this.#run = gpu.createBuffer('sizes', RUN_BYTES, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  }

  get memory(): MemoryReport {
    return this.gpu.memory;
  }

  createVariables(layout: ParameterLayout, flat: Float32Array): CompiledVariables {
    return new CompiledVariables(this, layout, flat);
  }

  createOptimiser(variables: Variables, options: AdamWOptions, state?: AdamWState): CompiledOptimiser {
    return new CompiledOptimiser(this, compiledVariables(variables), options, state);
  }

  async run(variables: Variables, computation: Computation, feed: Feed): Promise<Outputs> {
    const job = this.#prepare(compiledVariables(variables), { computation, feed }, 'forward');
    const recorder = this.recorder();
    job.prepared.programme.upload(job.run, feed);
    job.prepared.programme.encode(recorder, job.run);
    const reading = this.readback.begin(outputBytes(job));
    this.#readOutputs(job, recorder, reading.take);
    recorder.submit();
    const values = await reading.values();
    return outputsOf(job, values, 0);
  }

  async gradient(
    variables: Variables,
    terms: readonly Term[],
  ): Promise<{ gradient: Float32Array; report: StepReport }> {
    const own = compiledVariables(variables);
    const report = await this.#descend(own, terms);
    return { gradient: await this.read(own.gradient, own.layout.length * 4), report };
  }

  async step(optimiser: Optimiser, learningRate: number, terms: readonly Term[]): Promise<StepReport> {
    if (!(optimiser instanceof CompiledOptimiser)) throw new TypeError('the optimiser belongs to another engine');
    optimiser.prepare(learningRate);
    const report = await this.#descend(optimiser.variables, terms, optimiser);
    // The kernels have looked at the same numbers and left everything as it was.
    if (!Number.isFinite(report.loss) || !Number.isFinite(report.grad_norm))
      throw new NonFiniteError(`loss ${report.loss}, gradient norm ${report.grad_norm}: the step was not taken`);
    optimiser.advance();
    return report;
  }

  dispose(): void {
    this.gpu.destroyAll();
  }

  /** Dispatches of a step of `terms` as it stands. For listings and tests. */
  kernelsOf(variables: Variables, term: Term): string[] {
    return this.#prepare(compiledVariables(variables), term, 'training').prepared.programme.labels;
  }

  recorder(): Recorder {
    this.gpu.check();
    this.#options.flush?.();
    return new Recorder(this.gpu.device, this.#options.dispatchesPerSubmit);
  }

  /** `bytes` of `buffer`, after all that was submitted. */
  async read(buffer: GPUBuffer, bytes: number): Promise<Float32Array> {
    const recorder = this.recorder();
    const reading = this.readback.begin(bytes);
    reading.take(recorder, buffer, 0, bytes);
    recorder.submit();
    return reading.values();
  }

  /** `kernel` over whole buffers; its sizes are not those of a batch. */
  bind(kernel: Kernel, buffers: readonly GPUBuffer[]): Dispatch {
    const entries = [this.#run, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const layout = this.gpu.layoutOf(kernel);
    return {
      pipeline: this.gpu.pipelineOf(kernel),
      bindGroup: this.gpu.device.createBindGroup({ label: kernel.label, layout, entries }),
    };
  }

  #normOf({ gradient, layout }: CompiledVariables): Dispatch & { kernel: Kernel } {
    let norm = this.#norms.get(gradient);
    if (!norm) {
      const kernel = normParts(layout.length, this.tiling.sums);
      norm = { ...this.bind(kernel, [gradient, this.state]), kernel };
      this.#norms.set(gradient, norm);
    }
    return norm;
  }

  /** Gradient and norm of the weighted sum of `terms`, and an update; one submit unless a programme comes twice. */
  async #descend(
    variables: CompiledVariables,
    terms: readonly Term[],
    optimiser?: CompiledOptimiser,
  ): Promise<StepReport> {
    const jobs = terms.map((term) => this.#prepare(variables, term, 'training'));
    const recorder = this.recorder();
    recorder.clear(variables.gradient);
    recorder.clear(this.state);
    const bytes = jobs.reduce((sum, job) => sum + FIGURE_WORDS * 4 + outputBytes(job), NORM_PARTS * 4);
    const reading = this.readback.begin(bytes);
    const uploaded = new Set<Programme>();
    const starts = jobs.map((job) => {
      const { programme } = job.prepared;
      // The queue writes inputs before what is recorded after: what needs the old ones has to be on its way.
      if (uploaded.has(programme)) {
        recorder.submit();
        uploaded.clear();
      }
      uploaded.add(programme);
      programme.upload(job.run, job.feed);
      programme.encode(recorder, job.run);
      const { buffer } = programme.locate(job.prepared.lowered.figures as NonNullable<Lowered['figures']>);
      const start = reading.take(recorder, buffer, 0, FIGURE_WORDS * 4);
      this.#readOutputs(job, recorder, reading.take);
      return start;
    });
    const parts = this.#normOf(variables);
    recorder.dispatch(parts, parts.kernel.grid(NOTHING));
    optimiser?.encode(recorder);
    const norm = reading.take(recorder, this.state, 0, NORM_PARTS * 4);
    recorder.submit();
    const values = await reading.values();
    const squares = values.subarray(norm / 4, norm / 4 + NORM_PARTS).reduce((a, b) => a + b, 0);
    const reports = jobs.map((job, i): TermReport => {
      const start = (starts[i] as number) / 4;
      const metrics = job.prepared.programme.graph.metrics.map(
        ({ name, figure }) => [name, values[start + figure] as number] as const,
      );
      return {
        loss: values[start] as number,
        metrics: Object.fromEntries(metrics),
        outputs: outputsOf(job, values, start + FIGURE_WORDS),
      };
    });
    const loss = reports.reduce((sum, each, i) => sum + each.loss * (terms[i]?.weight ?? 1), 0);
    return { loss, grad_norm: Math.sqrt(squares), terms: reports };
  }

  #prepare(variables: CompiledVariables, { computation, feed, weight = 1 }: Term, kind: 'forward' | 'training'): Job {
    checkFeed(computation, feed);
    const run = runOf(computation, feed, weight);
    const programmes = variables.programmes(kind);
    const found = programmes.get(computation);
    if (found?.programme.fits(run)) return { prepared: found, run, feed };
    const graph = found?.programme.graph ?? trace(computation, variables.layout);
    const lowered = found?.lowered ?? lower(graph, this.tiling, kind === 'training');
    const capacity = capacityFor(run, found?.programme.capacity);
    found?.programme.dispose();
    programmes.delete(computation);
    const programme = new Programme({
      gpu: this.gpu,
      pool: this.pool,
      graph,
      lowered,
      inputs: computation.inputs,
      capacity,
      parameters: variables.parameters,
      gradient: kind === 'training' ? variables.gradient : null,
      lasting: { state: this.state },
    });
    const prepared = { lowered, programme };
    programmes.set(computation, prepared);
    return { prepared, run, feed };
  }

  #readOutputs(
    { prepared: { programme, lowered }, run }: Job,
    recorder: Recorder,
    take: (recorder: Recorder, buffer: GPUBuffer, offset: number, bytes: number) => number,
  ): void {
    for (const output of lowered.outputs) {
      const { buffer, offset } = programme.locate(output.place);
      take(recorder, buffer, offset, programme.outputBytes(output, run));
    }
  }
}

/** The variables, which have to be of the compiled engine. */
export function compiledVariables(variables: Variables): CompiledVariables {
  if (!(variables instanceof CompiledVariables)) throw new TypeError('the variables belong to another engine');
  return variables;
}

function outputBytes({ prepared: { programme, lowered }, run }: Job): number {
  return lowered.outputs.reduce((sum, output) => sum + programme.outputBytes(output, run), 0);
}

/** The outputs of a job without their padding, from words that hold them one after another. */
function outputsOf({ prepared: { programme, lowered }, run, feed }: Job, words: Float32Array, start: number): Outputs {
  let at = start;
  return Object.fromEntries(
    lowered.outputs.map((output) => {
      const { node, name } = output;
      const values = words.subarray(at, (at += programme.outputBytes(output, run) / 4));
      const width = node.width ?? 1;
      const pitch = node.width === null ? 1 : stride(width);
      // Rows of the run that are rows of the feed.
      const rows =
        node.rows === 'tokens'
          ? Array.from(
              { length: feed.size * feed.time },
              (_, n) => Math.floor(n / feed.time) * run.time + (n % feed.time),
            )
          : Array.from({ length: selectedOf(feed, programme) }, (_, n) => n);
      const result = new Float32Array(rows.length * width);
      rows.forEach((row, n) => result.set(values.subarray(row * pitch, row * pitch + width), n * width));
      return [name, result];
    }),
  );
}

/** Entries that the feed selects. */
function selectedOf({ arrays }: Feed, { selectedInput }: Programme): number {
  return arrays[selectedInput ?? '']?.length ?? 0;
}
