/**
 * From a graph to a list of kernel calls: forward in the order of the trace, backward in the reverse order. Each kind of
 * operation brings its kernels and the way its gradient is made; nothing here knows a model.
 *
 * What products can take along is fused: a linear layer with the GELU or the residual sum behind it, the GELU's slope
 * with the gradient that flows into it, the embeddings of tokens and positions.
 */
import type { Kernel, Run } from './kernel.ts';
import { stride } from './kernel.ts';
import { type Graph, type Node, TraceError, rowExtent } from './graph.ts';
import { attentionBackward, attentionForward } from './kernels/attention.ts';
import { cacheKeysValues, cachedAttention } from './kernels/cached-attention.ts';
import { accumulate, addArrays, geluBackward, geluForward } from './kernels/elementwise.ts';
import { layerNormBackward, layerNormForward, partialsPitch, sumPartials, BLOCK_ROWS } from './kernels/layernorm.ts';
import { lossKernel } from './kernels/loss.ts';
import { type Tiling, matmulBackward, matmulForward } from './kernels/matmul.ts';
import { gatherBackward, gatherRows, gatherSum, scatterRows } from './kernels/rows.ts';
import { scoreBackward, scoreForward } from './kernels/score.ts';
import { type Statistic, tokenLogprobsBackward, tokenStatistics } from './kernels/tokens.ts';
import { type Place, Plan, type Region, type Scratch } from './plan.ts';

/** Figures of a loss: the loss, then its metrics. */
export const FIGURE_WORDS = 64;

export interface Lowered {
  readonly plan: Plan;
  readonly outputs: readonly { readonly name: string; readonly node: Node; readonly place: Place }[];
  /** Where the loss and its metrics are; null without a loss. */
  readonly figures: Scratch | null;
}

/** A gradient under way, and the nodes whose gradient it is (a sum hands its own on to both sides). */
interface Gradient {
  readonly place: Scratch;
  readonly owners: Set<Node>;
}

/** Kernel calls of `graph`; with `backward`, those that add the loss's gradient to the parameters' gradient. */
export function lower(graph: Graph, tiling: Tiling, backward: boolean): Lowered {
  return new Lowering(graph, tiling).lower(backward);
}

class Lowering {
  readonly #graph: Graph;
  readonly #tiling: Tiling;
  readonly #plan = new Plan();
  readonly #places = new Map<Node, Place>();
  readonly #gradients = new Map<Node, Gradient>();
  /** Nodes that outputs or loss depend on, and how many of them use each. */
  readonly #uses = new Map<Node, number>();
  /** Nodes that are computed together with a later one. */
  readonly #fused = new Map<Node, Node>();
  /** What a forward kernel kept for the backward one. */
  readonly #kept = new Map<Node, Scratch>();
  #figures: Scratch | null = null;
  /** The gradient that is being passed on. */
  #reading: Scratch | null = null;

  constructor(graph: Graph, tiling: Tiling) {
    this.#graph = graph;
    this.#tiling = tiling;
  }

  lower(backward: boolean): Lowered {
    const { nodes, outputs, loss } = this.#graph;
    if (backward && !loss) throw new TraceError(`${this.#graph.name}: it has no loss to be minimised`);
    this.#findUses([...Object.values(outputs), ...(loss ? [loss] : [])]);
    const live = nodes.filter((node) => this.#uses.has(node));
    for (const node of live) this.#fuse(node);
    for (const node of live) if (!this.#fused.has(node) && !this.#places.has(node)) this.#forward(node, backward);
    if (backward) {
      for (const node of live.toReversed()) this.#backward(node);
      this.#sumNormGradients();
    }
    return {
      plan: this.#plan,
      outputs: Object.entries(outputs).map(([name, node]) => ({ name, node, place: this.#place(node) })),
      figures: this.#figures,
    };
  }

  #findUses(roots: readonly Node[]): void {
    const visit = (node: Node): void => {
      const uses = this.#uses.get(node);
      this.#uses.set(node, (uses ?? 0) + 1);
      if (uses === undefined) node.inputs.forEach(visit);
    };
    roots.forEach(visit);
  }

  /** Marks what `node` can compute along with itself. */
  #fuse(node: Node): void {
    const { kind } = node.operation;
    const alone = (input: Node | undefined, of: Node['operation']['kind']): boolean =>
      input?.operation.kind === of && this.#uses.get(input) === 1 && !this.#fused.has(input);
    const [a, b] = node.inputs;
    if (kind === 'gelu' && alone(a, 'linear')) this.#fused.set(a as Node, node);
    if (kind !== 'add') return;
    const pick = (input: Node | undefined): boolean => alone(input, 'rows') && input?.inputs[0]?.width === node.width;
    if (pick(a) && pick(b) && a !== b) {
      this.#fused.set(a as Node, node);
      this.#fused.set(b as Node, node);
    } else if (alone(b, 'linear')) this.#fused.set(b as Node, node);
    else if (alone(a, 'linear')) this.#fused.set(a as Node, node);
  }

  #place(node: Node): Place {
    const place = this.#places.get(node);
    if (!place) throw new Error(`${node.operation.kind} ${node.id} was not computed`);
    return place;
  }

  /** A scratch array of the shape of `node`. */
  #scratch(node: Node): Scratch {
    const extent = rowExtent(node);
    const floats = node.width === null ? 1 : stride(node.width);
    return this.#plan.scratch((run) => run[extent] * floats * 4);
  }

  /** Computes `node` by one kernel, whose last buffer is the result. */
  #compute(node: Node, kernel: Kernel, ...places: Place[]): void {
    const out = this.#scratch(node);
    this.#plan.call(kernel, ...places, out);
    this.#places.set(node, out);
  }

  #forward(node: Node, backward: boolean): void {
    const { operation, inputs } = node;
    const plan = this.#plan;
    const tiling = this.#tiling;
    const at = (i: number): Place => this.#place(inputs[i] as Node);
    const width = node.width ?? 1;
    switch (operation.kind) {
      case 'input':
        this.#places.set(node, { kind: 'upload', name: operation.name });
        return;
      case 'parameter': {
        const { offset, size } = operation.slot;
        this.#places.set(node, { kind: 'parameters', offset, size });
        return;
      }
      case 'lasting':
        this.#places.set(node, { kind: 'lasting', name: operation.name });
        return;
      case 'rows':
        this.#compute(node, gatherRows({ rows: rowExtent(node), width }), at(0), at(1));
        return;
      case 'add': {
        const [a, b] = inputs as [Node, Node];
        const fusedWith = (input: Node): boolean => this.#fused.get(input) === node;
        if (fusedWith(a) && fusedWith(b)) {
          const [tables, indices] = [0, 1].map((k) => [a, b].map((input) => this.#place(input.inputs[k] as Node)));
          const kernel = gatherSum({ rows: rowExtent(node), width });
          this.#compute(node, kernel, ...(tables as Place[]), ...(indices as Place[]));
        } else if (fusedWith(a) || fusedWith(b)) {
          const [linear, residual] = fusedWith(b) ? [b, a] : [a, b];
          this.#linear(linear, node, 'residual', this.#place(residual));
        } else this.#compute(node, addArrays({ rows: rowExtent(node), width: node.width ?? 1 }), at(0), at(1));
        return;
      }
      case 'layerNorm': {
        const rows = rowExtent(node);
        const [out, moments] = [this.#scratch(node), plan.scratch((run) => run[rows] * 8)];
        plan.call(
          layerNormForward({ rows, width, sums: tiling.sums, epsilon: operation.epsilon }),
          at(0),
          at(1),
          at(2),
          out,
          moments,
        );
        this.#places.set(node, out);
        this.#kept.set(node, moments);
        return;
      }
      case 'linear':
        this.#linear(node, node);
        return;
      case 'project': {
        const [x, table] = inputs as [Node, Node];
        const rows = rowExtent(node);
        const inner = x.width as number;
        if (node.width === null)
          this.#compute(node, scoreForward({ rows, width: inner, sums: tiling.sums }), at(0), at(1));
        else {
          const kernel = matmulForward({ rows, inner, outer: node.width, table: true, tiling });
          this.#compute(node, kernel, this.#place(x), this.#place(table));
        }
        return;
      }
      case 'gelu': {
        const [linear] = inputs as [Node];
        if (this.#fused.get(linear) !== node) this.#compute(node, geluForward({ rows: rowExtent(node), width }), at(0));
        else if (backward) {
          const z = this.#scratch(linear);
          this.#places.set(linear, z);
          this.#linear(linear, node, 'gelu+z', z);
        } else this.#linear(linear, node, 'gelu');
        return;
      }
      case 'attention': {
        const [out, terms] = [this.#scratch(node), plan.scratch((run) => run.tokens * operation.heads * 8)];
        plan.call(attentionForward({ width, heads: operation.heads, lanes: tiling.lanes }), at(0), at(1), out, terms);
        this.#places.set(node, out);
        this.#kept.set(node, terms);
        return;
      }
      case 'cacheKeysValues': {
        const { context } = operation;
        plan.call(cacheKeysValues({ width: width / 3, context }), at(0), at(1));
        this.#places.set(node, at(0));
        return;
      }
      case 'cachedAttention': {
        const { heads, context } = operation;
        this.#compute(node, cachedAttention({ width, heads, context, sums: tiling.sums }), at(0), at(1), at(2));
        return;
      }
      case 'tokenLogprobs':
      case 'tokenEntropy':
      case 'tokenHits':
        this.#statistics(node, backward);
        return;
      case 'loss': {
        const [x] = inputs as [Node];
        // A parameter has as many entries as are selected.
        const rows = typeof x.rows === 'number' ? 'selected' : rowExtent(x);
        const slope = plan.scratch((run) => run[rows] * 4);
        const figures = plan.scratch(() => FIGURE_WORDS * 4);
        const state: Place = { kind: 'lasting', name: 'state' };
        plan.call(
          lossKernel(operation.definition, rows, tiling.sums),
          ...inputs.map((input) => this.#place(input)),
          slope,
          figures,
          state,
        );
        this.#figures = figures;
        this.#gradients.set(x, { place: slope, owners: new Set([x]) });
        return;
      }
    }
  }

  /** The product of `linear`, and what is fused with it, as the value of `result`. */
  #linear(linear: Node, result: Node, then?: 'gelu' | 'gelu+z' | 'residual', extra?: Place): void {
    const [x, weight, bias] = linear.inputs as [Node, Node, Node];
    const kernel = matmulForward({
      rows: rowExtent(linear),
      inner: x.width as number,
      outer: linear.width as number,
      bias: true,
      then,
      tiling: this.#tiling,
    });
    const places = [x, weight, bias].map((node) => this.#place(node));
    this.#compute(result, kernel, ...places, ...(extra ? [extra] : []));
  }

  /** What is wanted of the same logits at once, where temperature and ids allow it. */
  #statistics(node: Node, backward: boolean): void {
    const [logits] = node.inputs as [Node];
    const temperatureOf = ({ operation }: Node): number =>
      operation.kind === 'tokenLogprobs' ? operation.temperature : 1;
    const temperature = temperatureOf(node);
    const together = this.#graph.nodes.filter(
      (other) =>
        this.#uses.has(other) &&
        /^token(Logprobs|Entropy|Hits)$/.test(other.operation.kind) &&
        other.inputs[0] === logits &&
        temperatureOf(other) === temperature &&
        (node.inputs[1] === undefined || other.inputs[1] === undefined || other.inputs[1] === node.inputs[1]) &&
        !this.#places.has(other),
    );
    const names = { tokenLogprobs: 'logprobs', tokenEntropy: 'entropy', tokenHits: 'hits' } as const;
    const wanted: Statistic[] = [];
    const places: Place[] = [];
    let ids: Node | undefined;
    for (const each of together) {
      wanted.push(names[each.operation.kind as keyof typeof names]);
      const place = this.#scratch(each);
      places.push(place);
      this.#places.set(each, place);
      ids ??= each.inputs[1];
      if (each.operation.kind !== 'tokenLogprobs' || !backward) continue;
      const lse = this.#scratch(each);
      wanted.push('lse');
      places.push(lse);
      this.#kept.set(each, lse);
    }
    const options = {
      rows: rowExtent(node),
      vocabulary: logits.width as number,
      temperature,
      wanted,
      sums: this.#tiling.sums,
    };
    this.#plan.call(tokenStatistics(options), this.#place(logits), ...(ids ? [this.#place(ids)] : []), ...places);
  }

  #backward(node: Node): void {
    const { operation, inputs } = node;
    const gradient = this.#gradients.get(node);
    if (operation.kind === 'loss' || operation.kind === 'input' || !gradient) return;
    const { place: dout } = gradient;
    this.#reading = dout;
    gradient.owners.delete(node);
    const plan = this.#plan;
    const width = node.width ?? 1;
    const [first, second] = inputs as [Node, Node];
    switch (operation.kind) {
      case 'parameter': {
        // Used as an activation: its gradient is an array like any other's.
        const { rows, columns } = operation.slot;
        plan.call(accumulate({ rows, width: columns }), dout, gradientOf(node));
        return;
      }
      case 'rows':
        this.#rowsBackward(node, dout);
        return;
      case 'add':
        this.#share(first, gradient);
        this.#share(second, gradient);
        return;
      case 'layerNorm':
        this.#layerNormBackward(node, dout);
        return;
      case 'linear':
      case 'project':
        this.#productBackward(node, dout);
        return;
      case 'gelu': {
        const z = this.#place(first);
        this.#contribute(first, (dz, add) => {
          plan.call(geluBackward({ rows: rowExtent(node), width, add }), dout, z, dz);
        });
        return;
      }
      case 'attention': {
        const { lanes } = this.#tiling;
        const [queries, keys] = attentionBackward({ width, heads: operation.heads, lanes });
        const [qkv, mask, out] = [this.#place(first), this.#place(second), this.#place(node)];
        const terms = this.#kept.get(node) as Scratch;
        const make = (dqkv: Scratch): void => {
          plan.call(queries, qkv, mask, out, terms, dout, dqkv);
          plan.call(keys, qkv, mask, terms, dout, dqkv);
        };
        this.#contribute(first, make, { adds: false });
        return;
      }
      case 'tokenLogprobs': {
        const logits = this.#place(first);
        if (
          logits.kind !== 'scratch' ||
          this.#gradients.has(first) ||
          Object.values(this.#graph.outputs).includes(first)
        )
          throw new TraceError(`${this.#graph.name}: logits that are trained on can be used for nothing else`);
        const options = {
          rows: rowExtent(node),
          vocabulary: first.width as number,
          temperature: operation.temperature,
        };
        const lse = this.#kept.get(node) as Scratch;
        plan.call(tokenLogprobsBackward(options), lse, this.#place(second), dout, logits);
        this.#gradients.set(first, { place: logits, owners: new Set([first]) });
        return;
      }
      default:
        throw new TraceError(`${this.#graph.name}: no gradient flows through ${operation.kind}`);
    }
  }

  #rowsBackward(node: Node, dout: Scratch): void {
    const [table, indices] = node.inputs as [Node, Node];
    const rows = rowExtent(node);
    const width = node.width as number;
    if (indices.operation.kind !== 'input') throw new TraceError('rows: the indices have to be an input');
    const ofTable = table.operation.kind === 'parameter';
    const name = `${indices.operation.name} by ${ofTable ? 'table' : 'token'}`;
    this.#plan.segments.set(name, {
      indices: indices.operation.name,
      extent: rows,
      over: ofTable ? 'table' : 'tokens',
    });
    const segments: Place = { kind: 'upload', name };
    if (ofTable)
      this.#plan.call(scatterRows({ rows, width, sums: this.#tiling.sums }), dout, segments, gradientOf(table));
    else
      this.#contribute(table, (dx, add) => {
        this.#plan.call(gatherBackward({ width, add }), dout, segments, dx);
      });
  }

  #productBackward(node: Node, dout: Scratch): void {
    const [x, weight, bias] = node.inputs as [Node, Node, Node | undefined];
    const rows = rowExtent(node);
    const inner = x.width as number;
    const places = [dout, this.#place(x), this.#place(weight)];
    if (node.width === null) {
      this.#contribute(x, (dx, add) => {
        this.#plan.call(
          scoreBackward({ rows, width: inner, sums: this.#tiling.sums, add }),
          ...places,
          dx,
          gradientOf(weight),
        );
      });
      return;
    }
    const regions = [weight, ...(bias ? [bias] : [])].map(gradientOf);
    const start = Math.min(...regions.map(({ offset }) => offset));
    const end = Math.max(...regions.map(({ offset, size }) => offset + size));
    const region: Region = { kind: 'gradient', offset: start, size: end - start };
    const [ofWeights, ofBias] = regions.map(({ offset }) => offset - start);
    const kernel = (dx: 'set' | 'add' | 'gelu'): Kernel =>
      matmulBackward({
        rows,
        inner,
        outer: node.width as number,
        table: node.operation.kind === 'project',
        offsets: { weights: ofWeights as number, bias: ofBias },
        dx,
        tiling: this.#tiling,
      });
    // The gradient of a GELU's result is needed for nothing but that of what went into it.
    const z = x.operation.kind === 'gelu' && this.#uses.get(x) === 1 ? (x.inputs[0] as Node) : null;
    if (z && this.#uses.get(z) === 1)
      this.#contribute(z, (dz) => this.#plan.call(kernel('gelu'), ...places, this.#place(z), dz, region), {
        adds: false,
      });
    else this.#contribute(x, (dx, add) => this.#plan.call(kernel(add ? 'add' : 'set'), ...places, dx, region));
  }

  /** Layer norms by their shape, which sum up their gradients of gain and bias together. */
  #norms(node: Node): Node[] {
    return this.#graph.nodes.filter(
      (other) =>
        other.operation.kind === 'layerNorm' &&
        this.#uses.has(other) &&
        other.rows === node.rows &&
        other.width === node.width,
    );
  }

  readonly #partials = new Map<Node, Scratch>();

  #layerNormBackward(node: Node, dout: Scratch): void {
    const [x, gain] = node.inputs as [Node, Node];
    const rows = rowExtent(node);
    const width = node.width as number;
    const norms = this.#norms(node);
    const [leader] = norms as [Node];
    const pitch = norms.length * partialsPitch(width) * 4;
    const partials = this.#partials.get(leader) ?? this.#plan.scratch((run: Run) => (run[rows] / BLOCK_ROWS) * pitch);
    this.#partials.set(leader, partials);
    const slice: Place = { kind: 'slice', of: partials, offset: norms.indexOf(node) * partialsPitch(width) * 4 };
    const moments = this.#kept.get(node) as Scratch;
    this.#contribute(x, (dx, add) => {
      const kernel = layerNormBackward({ rows, width, sums: this.#tiling.sums, layers: norms.length, add });
      this.#plan.call(kernel, dout, this.#place(x), this.#place(gain), moments, dx, slice);
    });
  }

  #sumNormGradients(): void {
    for (const [leader, partials] of this.#partials) {
      const norms = this.#norms(leader);
      const places = Uint32Array.from(
        norms.flatMap(({ inputs }) => inputs.slice(1).map((node) => gradientOf(node).offset)),
      );
      const name = `places ${leader.id}`;
      this.#plan.constants.set(name, places);
      const kernel = sumPartials({ rows: rowExtent(leader), width: leader.width as number, layers: norms.length });
      this.#plan.call(kernel, partials, { kind: 'upload', name }, { kind: 'gradient', offset: 0, size: Infinity });
    }
  }

  /** Adds to the gradient of `node` what `make` computes: it sets an array, or with `add` adds to one. */
  #contribute(
    node: Node,
    make: (target: Scratch, add: boolean) => void,
    { adds }: { adds: boolean } = { adds: true },
  ): void {
    const present = this.#gradients.get(node);
    // In place, unless it is being read, or someone who has not read it yet shares it.
    if (present && adds && present.owners.size === 1 && present.place !== this.#reading) {
      make(present.place, true);
      return;
    }
    const place = this.#scratchLike(node);
    make(place, false);
    if (present) {
      this.#plan.call(accumulate(this.#shape(node)), present.place, place);
      present.owners.delete(node);
    }
    this.#gradients.set(node, { place, owners: new Set([node]) });
  }

  /** Makes `gradient` that of `node` too, or adds it to the one that is there. */
  #share(node: Node, gradient: Gradient): void {
    const present = this.#gradients.get(node);
    if (!present) {
      gradient.owners.add(node);
      this.#gradients.set(node, gradient);
      return;
    }
    if (present === gradient) throw new TraceError('add: both sides are the same array');
    if (present.owners.size === 1) {
      this.#plan.call(accumulate(this.#shape(node)), gradient.place, present.place);
      return;
    }
    const place = this.#scratchLike(node);
    this.#plan.call(addArrays(this.#shape(node)), present.place, gradient.place, place);
    present.owners.delete(node);
    this.#gradients.set(node, { place, owners: new Set([node]) });
  }

  #shape(node: Node): { rows: 'tokens' | 'selected'; width: number } {
    return { rows: rowExtent(node), width: node.width ?? 1 };
  }

  /** Room for the gradient of `node`; of a parameter that is used as an activation, as many rows as the run selects. */
  #scratchLike(node: Node): Scratch {
    if (node.operation.kind !== 'parameter') return this.#scratch(node);
    const { rows, stride: pitch } = node.operation.slot;
    return this.#plan.scratch(() => rows * pitch * 4);
  }
}

function gradientOf({ operation }: Node): Region {
  if (operation.kind !== 'parameter') throw new TraceError(`${operation.kind}: expected a parameter`);
  const { offset, size } = operation.slot;
  return { kind: 'gradient', offset, size };
}
