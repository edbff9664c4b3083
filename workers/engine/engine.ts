/**
 * What trains and runs models: parameters on a device, gradients, optimiser steps. Two engines implement it: the plain
 * one (tfjs operations; everywhere, and the oracle) and the compiled one (static lists of WGSL kernels; WebGPU).
 */
import type { AdamWOptions, AdamWState } from './adamw.ts';
import type { Computation, Feed, Term } from './computation.ts';
import type { ParameterLayout } from './parameters.ts';

/** Named arrays that a computation put out. */
export type Outputs = Record<string, Float32Array>;

/** The parameters of a model on the device, one flat array. */
export interface Variables {
  readonly layout: ParameterLayout;
  /** [layout.length], as they are after all that was asked for before. */
  read(): Promise<Float32Array>;
  /** Replaces them by `flat` [layout.length]. */
  write(flat: Float32Array): void;
  dispose(): void;
}

/** AdamW's moments of some variables on the device. */
export interface Optimiser {
  readonly variables: Variables;
  readonly options: AdamWOptions;
  state(): Promise<AdamWState>;
  dispose(): void;
}

export interface TermReport {
  loss: number;
  metrics: Record<string, number>;
  outputs: Outputs;
}

export interface StepReport {
  /** Σ weight · loss over the terms. */
  loss: number;
  /** Global norm of the gradient before clipping. */
  grad_norm: number;
  /** One a term, in order; each loss without its weight. */
  terms: TermReport[];
}

/** What an engine holds now. */
export interface MemoryReport {
  bytes: number;
  /** Buffers on the device; of the plain engine all of tfjs's tensors. */
  arrays: number;
  /** Bytes; more is refused. Null where tfjs keeps the memory, which has no limit of its own. */
  budget: number | null;
}

export interface Engine {
  readonly kind: 'plain' | 'compiled';
  readonly memory: MemoryReport;
  /** A copy of `flat` [layout.length] on the device. */
  createVariables(layout: ParameterLayout, flat: Float32Array): Variables;
  /** Fresh moments, or those of `state`. Throws when the state's lengths do not fit. */
  createOptimiser(variables: Variables, options: AdamWOptions, state?: AdamWState): Optimiser;
  /** The outputs of a computation. */
  run(variables: Variables, computation: Computation, feed: Feed): Promise<Outputs>;
  /** Loss and flat gradient [layout.length] of Σ weight · loss, without an update. */
  gradient(variables: Variables, terms: readonly Term[]): Promise<{ gradient: Float32Array; report: StepReport }>;
  /**
   * One AdamW step on Σ weight · loss of `terms`. Throws NonFiniteError, with parameters and moments as they were, when
   * the loss or the gradient is not finite.
   */
  step(optimiser: Optimiser, learningRate: number, terms: readonly Term[]): Promise<StepReport>;
  dispose(): void;
}

/** Thrown before an update would be made from a loss or gradient that is not a number; nothing has changed. */
export class NonFiniteError extends Error {
  override name = 'NonFiniteError';
}
