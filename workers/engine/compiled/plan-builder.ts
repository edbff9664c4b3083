/** A plan in the making: the calls so far, and where in them every node of the graph has its array. */
import { type Uses, fusionsOf, usesOf } from './fusion.ts';
import { type Graph, type Node, rowExtent } from './graph.ts';
import { stride } from './kernel.ts';
import type { Tiling } from './kernels/matmul.ts';
import { type Place, Plan, type Scratch } from './plan.ts';

export interface PlanOptions {
  readonly tiling: Tiling;
  /** Whether a backward pass follows: forward kernels keep what it needs. */
  readonly backward: boolean;
}

export class PlanBuilder {
  readonly plan = new Plan();
  readonly graph: Graph;
  readonly tiling: Tiling;
  readonly backward: boolean;
  readonly uses: Uses;
  /** Nodes that outputs or loss depend on, in the order of the trace. */
  readonly live: readonly Node[];
  /** Nodes that are computed together with a later one → that one. */
  readonly fused: ReadonlyMap<Node, Node>;
  /** What a forward kernel kept for the backward one; of a loss, its slope. */
  readonly kept = new Map<Node, Scratch>();
  /** The loss and its metrics, once they are computed. */
  figures: Scratch | null = null;
  readonly #places = new Map<Node, Place>();

  constructor(graph: Graph, { tiling, backward }: PlanOptions) {
    this.graph = graph;
    this.tiling = tiling;
    this.backward = backward;
    this.uses = usesOf(graph);
    this.live = graph.nodes.filter((node) => this.uses.has(node));
    this.fused = fusionsOf(this.live, this.uses);
  }

  isPlaced(node: Node): boolean {
    return this.#places.has(node);
  }

  /** Throws where the node has not been computed, which is a mistake in the order of calls. */
  placeOf(node: Node): Place {
    const place = this.#places.get(node);
    if (!place) throw new Error(`${node.operation.kind} ${node.id} was not computed`);
    return place;
  }

  put(node: Node, place: Place): void {
    this.#places.set(node, place);
  }

  /** A new array of the shape of `node`. */
  scratchFor(node: Node): Scratch {
    const extent = rowExtent(node);
    const floats = node.width === null ? 1 : stride(node.width);
    return this.plan.scratch((run) => run[extent] * floats * 4);
  }
}
