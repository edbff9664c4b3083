/**
 * What an engine can be asked to compute: a function from parameters and named inputs to outputs or a loss, written once
 * against `Operations`. The plain engine runs it at every call; a compiled one traces it once into a list of kernels.
 */
import type { LossValue, Operations } from './operations.ts';
import type { Parameters } from './parameters.ts';

/**
 * How many entries an input has: one a token of the padded batch [B·T], one a selected token [M] (responses, last
 * tokens), one a pair [P] of a ranking.
 */
export type Extent = 'tokens' | 'selected' | 'pairs';

export interface InputSpec {
  readonly extent: Extent;
  /** 'token_index' is an int32 that points into the batch's B·T tokens. */
  readonly type: 'float' | 'int' | 'token_index';
}

/** What a computation gives: arrays to be read back by name, a loss to be minimised, or both. */
export interface Built<V> {
  readonly outputs?: Readonly<Record<string, V>>;
  readonly loss?: LossValue<V>;
}

/** Engines cache by identity: make a computation once and keep it, not once a call. */
export interface Computation<Name extends string = string> {
  readonly name: string;
  readonly inputs: Readonly<Record<Name, InputSpec>>;
  build<V>(ops: Operations<V>, parameters: Parameters<V>, inputs: Readonly<Record<Name, V>>): Built<V>;
}

/** The computation as it is; `build` knows its inputs by name. */
export function computation<Name extends string>(definition: Computation<Name>): Computation {
  return definition;
}

/** What one run of a computation is fed with. */
export interface Feed {
  /** B and T of the inputs with an entry a token. */
  readonly size: number;
  readonly time: number;
  /** Every input of the computation by name. Other arrays may be there too. */
  readonly arrays: Readonly<Record<string, Int32Array | Float32Array>>;
}

/** A part of a loss: loss = Σ weight · loss of its terms. Several terms of one computation accumulate gradients. */
export interface Term {
  readonly computation: Computation;
  readonly feed: Feed;
  /** Default 1. */
  readonly weight?: number;
}

/** Throws a RangeError that names the first input of `computation` which `feed` lacks or has in another length. */
export function checkFeed({ name, inputs }: Computation, { size, time, arrays }: Feed): void {
  const lengths: Partial<Record<Extent, number>> = { tokens: size * time };
  for (const [key, { extent }] of Object.entries(inputs)) {
    const length = arrays[key]?.length;
    if (length === undefined) throw new RangeError(`${name}: input "${key}" is missing`);
    const expected = (lengths[extent] ??= length);
    if (length !== expected || length === 0)
      throw new RangeError(`${name}: input "${key}" has ${length} entries, expected ${expected} (${extent})`);
  }
}
