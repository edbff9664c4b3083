/** A list of kernel calls over arrays that have no place in memory yet. */
import type { Kernel, Run } from './kernel.ts';

/** An array that a programme makes and forgets: bytes for a run, so that it can be sized for the largest. */
export interface Scratch {
  readonly kind: 'scratch';
  readonly id: number;
  readonly bytes: (run: Run) => number;
}

/** A scratch array from some bytes on. */
export interface Slice {
  readonly kind: 'slice';
  readonly of: Scratch;
  readonly offset: number;
}

/** A part of the parameters, or of their gradient, in floats. */
export interface Region {
  readonly kind: 'parameters' | 'gradient';
  readonly offset: number;
  readonly size: number;
}

/** An input array, by name; or what is derived from it on the host. */
export interface Upload {
  readonly kind: 'upload';
  readonly name: string;
}

/** Arrays that outlive a run, by name: the optimiser's state, a cache of keys and values. */
export interface Lasting {
  readonly kind: 'lasting';
  readonly name: string;
}

export type Place = Scratch | Slice | Region | Upload | Lasting;

export interface Segments {
  /** The input. */
  readonly indices: string;
  readonly extent: 'tokens' | 'selected';
  /** Over the rows of a table, or over the tokens of the batch. */
  readonly over: 'table' | 'tokens';
}

export interface Call {
  readonly kernel: Kernel;
  /** One a buffer of the kernel. */
  readonly places: readonly Place[];
}

/** Calls in order, and the arrays that they work on. */
export class Plan {
  readonly calls: Call[] = [];
  /** Segments of index inputs that backward passes need: upload → how they are made (kernels/rows.ts). */
  readonly segments = new Map<string, Segments>();
  /** Constants to be uploaded once, by the name of the upload. */
  readonly constants = new Map<string, Uint32Array>();
  #scratches = 0;

  scratch(bytes: (run: Run) => number): Scratch {
    return { kind: 'scratch', id: this.#scratches++, bytes };
  }

  call(kernel: Kernel, ...places: Place[]): void {
    if (places.length !== kernel.access.length)
      throw new Error(`${kernel.label}: ${places.length} places for ${kernel.access.length} buffers`);
    this.calls.push({ kernel, places });
  }
}
