/**
 * From a graph to a list of kernel calls: forward in the order of the trace, backward in the reverse order. Nothing here
 * knows a model.
 */
import { lowerBackward } from './backward.ts';
import { lowerForward } from './forward.ts';
import { type Graph, type Node, TraceError } from './graph.ts';
import type { Place, Plan, Scratch } from './plan.ts';
import { PlanBuilder, type PlanOptions } from './plan-builder.ts';

export interface Lowered {
  readonly plan: Plan;
  readonly outputs: readonly { readonly name: string; readonly node: Node; readonly place: Place }[];
  /** Where the loss and its metrics are; null without a loss. */
  readonly figures: Scratch | null;
}

/** Kernel calls of `graph`; with `backward`, those that add the loss's gradient to the parameters' gradient. */
export function lower(graph: Graph, options: PlanOptions): Lowered {
  if (options.backward && !graph.loss) throw new TraceError(`${graph.name}: it has no loss to be minimised`);
  const builder = new PlanBuilder(graph, options);
  lowerForward(builder);
  if (options.backward) lowerBackward(builder);
  return {
    plan: builder.plan,
    outputs: Object.entries(graph.outputs).map(([name, node]) => ({ name, node, place: builder.placeOf(node) })),
    figures: builder.figures,
  };
}
