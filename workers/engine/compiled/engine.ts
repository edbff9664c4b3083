/**
 * The compiled engine: every computation becomes a static list of WGSL kernels, a step is one submit, and nothing is
 * created once a computation has been seen in its largest size.
 */
import type { AdamWOptions, AdamWState } from '../adamw.ts';
import type { Computation, Feed, Term } from '../computation.ts';
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
import { type Job, encodeJob, jobOf, outputBytes, outputsOf, takeOutputs } from './job.ts';
import { NORM_PARTS } from './kernels/adamw.ts';
import { FIGURE_WORDS } from './kernels/loss.ts';
import type { Tiling } from './kernels/matmul.ts';
import { CompiledOptimiser } from './optimiser.ts';
import type { Scratch } from './plan.ts';
import type { Programme } from './programme.ts';
import { type CompiledOptions, Resources } from './resources.ts';
import { CompiledVariables, compiledVariables } from './variables.ts';

export class CompiledEngine implements Engine {
  readonly kind = 'compiled';
  readonly resources: Resources;

  constructor(gpu: Gpu, options: CompiledOptions = {}) {
    this.resources = new Resources(gpu, options);
  }

  get gpu(): Gpu {
    return this.resources.gpu;
  }

  get tiling(): Tiling {
    return this.resources.tiling;
  }

  get memory(): MemoryReport {
    return this.gpu.memory;
  }

  createVariables(layout: ParameterLayout, flat: Float32Array): CompiledVariables {
    return new CompiledVariables(this.resources, layout, flat);
  }

  createOptimiser(variables: Variables, options: AdamWOptions, state?: AdamWState): CompiledOptimiser {
    return new CompiledOptimiser(this.resources, compiledVariables(variables), options, state);
  }

  async run(variables: Variables, computation: Computation, feed: Feed): Promise<Outputs> {
    const job = jobOf(compiledVariables(variables), { computation, feed }, 'forward');
    const recorder = this.resources.recorder();
    encodeJob(job, recorder);
    const reading = this.resources.readback.begin(outputBytes(job));
    takeOutputs(job, recorder, reading);
    recorder.submit();
    return outputsOf(job, await reading.values(), 0);
  }

  async gradient(
    variables: Variables,
    terms: readonly Term[],
  ): Promise<{ gradient: Float32Array; report: StepReport }> {
    const own = compiledVariables(variables);
    const report = await this.#descend(own, terms);
    return { gradient: await this.resources.read(own.gradient, own.layout.length * 4), report };
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
    return jobOf(compiledVariables(variables), term, 'training').programme.labels;
  }

  /** Gradient and norm of the weighted sum of `terms`, and an update; one submit unless a programme comes twice. */
  async #descend(
    variables: CompiledVariables,
    terms: readonly Term[],
    optimiser?: CompiledOptimiser,
  ): Promise<StepReport> {
    const { readback, state } = this.resources;
    const jobs = terms.map((term) => jobOf(variables, term, 'training'));
    const recorder = this.resources.recorder();
    recorder.clear(variables.gradient);
    recorder.clear(state);
    const bytes = jobs.reduce((sum, job) => sum + FIGURE_WORDS * 4 + outputBytes(job), NORM_PARTS * 4);
    const reading = readback.begin(bytes);
    const uploaded = new Set<Programme>();
    const starts = jobs.map((job) => {
      const { programme } = job;
      // The queue writes inputs before what is recorded after: what needs the old ones has to be on its way.
      if (uploaded.has(programme)) {
        recorder.submit();
        uploaded.clear();
      }
      uploaded.add(programme);
      encodeJob(job, recorder);
      const { buffer } = programme.locate(programme.lowered.figures as Scratch);
      const start = reading.take(recorder, buffer, 0, FIGURE_WORDS * 4);
      takeOutputs(job, recorder, reading);
      return start / 4;
    });
    recorder.dispatch(variables.norm, variables.norm.grid);
    optimiser?.encode(recorder);
    const norm = reading.take(recorder, state, 0, NORM_PARTS * 4) / 4;
    recorder.submit();
    const values = await reading.values();
    const squares = values.subarray(norm, norm + NORM_PARTS).reduce((a, b) => a + b, 0);
    const reports = jobs.map((job, i) => reportOf(job, values, starts[i] as number));
    const loss = reports.reduce((sum, each, i) => sum + each.loss * (terms[i]?.weight ?? 1), 0);
    return { loss, grad_norm: Math.sqrt(squares), terms: reports };
  }
}

/** A term's loss, metrics and outputs, from words that hold its figures and then its outputs from `start` on. */
function reportOf(job: Job, words: Float32Array, start: number): TermReport {
  const metrics = job.programme.graph.metrics.map(
    ({ name, figure }) => [name, words[start + figure] as number] as const,
  );
  return {
    loss: words[start] as number,
    metrics: Object.fromEntries(metrics),
    outputs: outputsOf(job, words, start + FIGURE_WORDS),
  };
}
