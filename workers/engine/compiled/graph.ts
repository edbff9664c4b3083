/** A computation traced into nodes: what is computed from what, and in which shape; not yet how. */
import type { Computation, Extent } from '../computation.ts';
import type { LossDefinition } from '../loss.ts';
import type { Operations } from '../operations.ts';
import type { ParameterLayout, Slot } from '../parameters.ts';
import type { RowExtent } from './kernels/matmul.ts';

/** How many rows an array has: an extent of the run, or a number that never changes. */
export type Rows = Extent | number;

/** What a node computes; the arrays that it is computed from are the node's `inputs`, in this order. */
export type Operation =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'parameter'; readonly slot: Slot }
  /** An array that outlives the run. */
  | { readonly kind: 'lasting'; readonly name: string }
  /** table, indices */
  | { readonly kind: 'rows' }
  | { readonly kind: 'add' }
  /** x, gain, bias */
  | { readonly kind: 'layerNorm'; readonly epsilon: number }
  /** x, weight, bias */
  | { readonly kind: 'linear' }
  /** x, table */
  | { readonly kind: 'project' }
  | { readonly kind: 'gelu' }
  /** qkv, mask */
  | { readonly kind: 'attention'; readonly heads: number }
  /** qkv, cache: qkv itself, after its keys and values went into the cache; see kernels/cached-attention.ts. */
  | { readonly kind: 'cacheKeysValues'; readonly context: number }
  /** qkv, cache, positions */
  | { readonly kind: 'cachedAttention'; readonly heads: number; readonly context: number }
  /** logits, ids */
  | { readonly kind: 'tokenLogprobs'; readonly temperature: number }
  /** logits */
  | { readonly kind: 'tokenEntropy' }
  /** logits, ids */
  | { readonly kind: 'tokenHits' }
  /** x, then the definition's arrays */
  | { readonly kind: 'loss'; readonly definition: LossDefinition };

export interface Node {
  /** Place in the order of the trace: inputs come before what is computed from them. */
  readonly id: number;
  readonly operation: Operation;
  readonly inputs: readonly Node[];
  readonly rows: Rows;
  /** Columns; null for an array of one dimension. */
  readonly width: number | null;
}

/** A traced computation. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, Node>>;
  readonly loss: Node | null;
  /** Names of the loss's metrics as the computation calls them, in the order of the figures after the loss. */
  readonly metrics: readonly { readonly name: string; readonly figure: number }[];
}

/** Thrown where a computation does not fit together; the message names the operation and the shapes. */
export class TraceError extends Error {
  override name = 'TraceError';
}

/** What stands for a scalar (a loss, a metric) while tracing: figure `k` of a loss node. */
interface Figure extends Node {
  readonly figure: number;
}

const widthOf = (node: Node, operation: string): number => {
  if (node.width === null) throw new TraceError(`${operation}: expected an array of two dimensions`);
  return node.width;
};

/** The rows of `indices`. Throws unless `x` has as many; a parameter has as many as are asked for. */
function sameRows(x: Node, indices: Node): Rows {
  if (x.rows !== indices.rows && typeof x.rows !== 'number')
    throw new TraceError(`${x.operation.kind} has ${x.rows} rows, what belongs to them ${indices.rows}`);
  return indices.rows;
}

/** `Operations` that only write down what was asked for. */
export class Tracer implements Operations<Node> {
  readonly nodes: Node[] = [];

  node(operation: Operation, inputs: readonly Node[], rows: Rows, width: number | null): Node {
    const node = { id: this.nodes.length, operation, inputs, rows, width };
    this.nodes.push(node);
    return node;
  }

  rows(table: Node, indices: Node): Node {
    return this.node({ kind: 'rows' }, [table, indices], indices.rows, widthOf(table, 'rows'));
  }

  add(a: Node, b: Node): Node {
    if (a.rows !== b.rows || a.width !== b.width)
      throw new TraceError(`add: [${a.rows}, ${a.width}] and [${b.rows}, ${b.width}]`);
    return this.node({ kind: 'add' }, [a, b], a.rows, a.width);
  }

  layerNorm(x: Node, gain: Node, bias: Node, epsilon: number): Node {
    return this.node({ kind: 'layerNorm', epsilon }, [x, gain, bias], x.rows, widthOf(x, 'layerNorm'));
  }

  linear(x: Node, weight: Node, bias: Node): Node {
    if (x.width !== weight.rows)
      throw new TraceError(`linear: width ${x.width} times [${weight.rows}, ${weight.width}]`);
    return this.node({ kind: 'linear' }, [x, weight, bias], x.rows, weight.width);
  }

  project(x: Node, table: Node): Node {
    if (x.width !== table.width) throw new TraceError(`project: width ${x.width} on [${table.rows}, ${table.width}]`);
    if (typeof table.rows !== 'number') throw new TraceError('project: the table has to be a parameter');
    // One column is an array of one dimension: rows of one float would be padded to four.
    return this.node({ kind: 'project' }, [x, table], x.rows, table.rows === 1 ? null : table.rows);
  }

  gelu(x: Node): Node {
    return this.node({ kind: 'gelu' }, [x], x.rows, x.width);
  }

  attention(qkv: Node, mask: Node, heads: number): Node {
    return this.node({ kind: 'attention', heads }, [qkv, mask], qkv.rows, widthOf(qkv, 'attention') / 3);
  }

  lasting(name: string, rows: Rows): Node {
    return this.node({ kind: 'lasting', name }, [], rows, null);
  }

  cacheKeysValues(qkv: Node, cache: Node, context: number): Node {
    return this.node({ kind: 'cacheKeysValues', context }, [qkv, cache], qkv.rows, qkv.width);
  }

  cachedAttention(qkv: Node, cache: Node, positions: Node, heads: number, context: number): Node {
    const width = widthOf(qkv, 'cachedAttention') / 3;
    return this.node({ kind: 'cachedAttention', heads, context }, [qkv, cache, positions], qkv.rows, width);
  }

  tokenLogprobs(logits: Node, ids: Node, temperature: number): Node {
    return this.node({ kind: 'tokenLogprobs', temperature }, [logits, ids], sameRows(logits, ids), null);
  }

  tokenEntropy(logits: Node): Node {
    return this.node({ kind: 'tokenEntropy' }, [logits], logits.rows, null);
  }

  tokenHits(logits: Node, ids: Node): Node {
    return this.node({ kind: 'tokenHits' }, [logits, ids], sameRows(logits, ids), null);
  }

  loss<Name extends string>(
    definition: LossDefinition<Name>,
    x: Node,
    arrays: Readonly<Record<Name, Node>>,
  ): { loss: Figure; metrics: Record<string, Figure> } {
    if (x.width !== null) throw new TraceError(`loss ${definition.name}: x has to have one dimension`);
    const constants = Object.keys(definition.arrays).map((array) => {
      const node = arrays[array as Name] as Node | undefined;
      if (!node) throw new TraceError(`loss ${definition.name}: array "${array}" is missing`);
      if (node.rows !== 'pairs') sameRows(x, node);
      return node;
    });
    const node = this.node({ kind: 'loss', definition }, [x, ...constants], 1, null);
    const figure = (k: number): Figure => ({ ...node, figure: k });
    return {
      loss: figure(0),
      metrics: Object.fromEntries(definition.metrics.map((metric, k) => [metric, figure(1 + k)])),
    };
  }
}

/** Traces `computation` over the parameters of `layout`. */
export function trace(computation: Computation, layout: ParameterLayout): Graph {
  const tracer = new Tracer();
  const parameters = traceParameters(tracer, layout);
  const inputs = Object.fromEntries(
    Object.entries(computation.inputs).map(([name, { extent }]) => [
      name,
      tracer.node({ kind: 'input', name }, [], extent, null),
    ]),
  );
  const { outputs = {}, loss } = computation.build(tracer, parameters, inputs);
  const metrics = Object.entries(loss?.metrics ?? {}).map(([name, node]) => ({
    name,
    figure: (node as Figure).figure,
  }));
  return {
    name: computation.name,
    nodes: tracer.nodes,
    outputs,
    loss: loss ? (tracer.nodes[loss.loss.id] as Node) : null,
    metrics,
  };
}

/** A node a parameter. */
export function traceParameters(tracer: Tracer, layout: ParameterLayout): Record<string, Node> {
  return Object.fromEntries(
    layout.slots.map((slot) => {
      const vector = slot.shape.length === 1;
      const rows = vector ? slot.columns : slot.rows;
      return [slot.name, tracer.node({ kind: 'parameter', slot }, [], rows, vector ? null : slot.columns)];
    }),
  );
}

/** The extent of an activation's rows. Throws for pairs and fixed numbers, over which nothing is computed. */
export function rowExtent({ rows, operation }: Node): RowExtent {
  if (rows === 'tokens' || rows === 'selected') return rows;
  throw new TraceError(`${operation.kind}: its rows are ${rows}, expected tokens or selected`);
}
