/**
 * Which nodes one kernel computes together: a linear layer with the GELU or the residual sum behind it, the embeddings of
 * tokens and positions, the GELU's slope with the gradient that flows into it.
 */
import type { Graph, Node } from './graph.ts';

/** Nodes that outputs or loss depend on, and how many of them use each. */
export type Uses = ReadonlyMap<Node, number>;

export function usesOf({ outputs, loss }: Graph): Uses {
  const uses = new Map<Node, number>();
  const visit = (node: Node): void => {
    const before = uses.get(node);
    uses.set(node, (before ?? 0) + 1);
    if (before === undefined) node.inputs.forEach(visit);
  };
  [...Object.values(outputs), ...(loss ? [loss] : [])].forEach(visit);
  return uses;
}

/** Nodes that are computed together with a later one → that one. `nodes` are in the order of the trace. */
export function fusionsOf(nodes: readonly Node[], uses: Uses): ReadonlyMap<Node, Node> {
  const fused = new Map<Node, Node>();
  /** Nobody but the one who asks needs `input`. */
  const alone = (input: Node | undefined, kind: Node['operation']['kind']): boolean =>
    input?.operation.kind === kind && uses.get(input) === 1 && !fused.has(input);
  for (const node of nodes) {
    const { kind } = node.operation;
    const [a, b] = node.inputs;
    if (kind === 'gelu' && alone(a, 'linear')) fused.set(a as Node, node);
    if (kind !== 'add') continue;
    const embeds = (input: Node | undefined): boolean => alone(input, 'rows') && input?.inputs[0]?.width === node.width;
    if (embeds(a) && embeds(b) && a !== b) {
      fused.set(a as Node, node);
      fused.set(b as Node, node);
    } else if (alone(b, 'linear')) fused.set(b as Node, node);
    else if (alone(a, 'linear')) fused.set(a as Node, node);
  }
  return fused;
}

/**
 * What went into the GELU whose result is `x`, or null where `x` is no such result or somebody else needs either: then the
 * gradient of `x` is good for nothing but that of what went in, and need not be written down.
 */
export function behindGelu(x: Node, uses: Uses): Node | null {
  if (x.operation.kind !== 'gelu' || uses.get(x) !== 1) return null;
  const z = x.inputs[0] as Node;
  return uses.get(z) === 1 ? z : null;
}
