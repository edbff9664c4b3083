/** The gradients of nodes on their way back through the graph: who has which array, and how more is added to it. */
import { type Node, TraceError, rowExtent } from './graph.ts';
import { accumulate, addArrays } from './kernels/elementwise.ts';
import type { Scratch } from './plan.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** A gradient under way, and the nodes whose gradient it is (a sum hands its own on to both sides). */
export interface Gradient {
  readonly place: Scratch;
  readonly owners: Set<Node>;
}

export class Gradients {
  readonly #builder: PlanBuilder;
  readonly #byNode = new Map<Node, Gradient>();
  /** The array that is being passed on. */
  #reading: Scratch | null = null;

  constructor(builder: PlanBuilder) {
    this.#builder = builder;
  }

  has(node: Node): boolean {
    return this.#byNode.has(node);
  }

  /** Makes the array at `place` the gradient of `node`, whatever it was before. */
  start(node: Node, place: Scratch): void {
    this.#byNode.set(node, { place, owners: new Set([node]) });
  }

  /** The whole gradient of `node`, to be passed on until the next is taken; null where none has come. */
  take(node: Node): Gradient | null {
    const gradient = this.#byNode.get(node);
    if (!gradient) return null;
    this.#reading = gradient.place;
    gradient.owners.delete(node);
    return gradient;
  }

  /** Adds to the gradient of `node` what `make` computes: it sets an array, or with `add` adds to one. */
  contribute(
    node: Node,
    make: (target: Scratch, add: boolean) => void,
    { adds }: { adds: boolean } = { adds: true },
  ): void {
    const present = this.#byNode.get(node);
    // In place, unless it is being read, or someone who has not read it yet shares it.
    if (present && adds && present.owners.size === 1 && present.place !== this.#reading) {
      make(present.place, true);
      return;
    }
    const place = this.#scratchFor(node);
    make(place, false);
    if (present) {
      this.#builder.plan.call(accumulate(shapeOf(node)), present.place, place);
      present.owners.delete(node);
    }
    this.start(node, place);
  }

  /** Makes `gradient` that of `node` too, or adds it to the one that is there. */
  share(node: Node, gradient: Gradient): void {
    const present = this.#byNode.get(node);
    if (!present) {
      gradient.owners.add(node);
      this.#byNode.set(node, gradient);
      return;
    }
    if (present === gradient) throw new TraceError('add: both sides are the same array');
    const { plan } = this.#builder;
    if (present.owners.size === 1) {
      plan.call(accumulate(shapeOf(node)), gradient.place, present.place);
      return;
    }
    const place = this.#scratchFor(node);
    plan.call(addArrays(shapeOf(node)), present.place, gradient.place, place);
    present.owners.delete(node);
    this.start(node, place);
  }

  /** Room for the gradient of `node`; of a parameter that is used as an activation, all of its rows. */
  #scratchFor(node: Node): Scratch {
    if (node.operation.kind !== 'parameter') return this.#builder.scratchFor(node);
    const { rows, stride } = node.operation.slot;
    return this.#builder.plan.scratch(() => rows * stride * 4);
  }
}

function shapeOf(node: Node): { rows: 'tokens' | 'selected'; width: number } {
  return { rows: rowExtent(node), width: node.width ?? 1 };
}
