/** The backward pass: how the gradient of each kind of operation's result becomes that of what went into it. */
import { behindGelu } from './fusion.ts';
import { type Gradient, Gradients } from './gradients.ts';
import { type Node, TraceError, rowExtent } from './graph.ts';
import type { Kernel } from './kernel.ts';
import { attentionBackward } from './kernels/attention.ts';
import { accumulate, geluBackward } from './kernels/elementwise.ts';
import { BLOCK_ROWS, layerNormBackward, partialsPitch, sumPartials } from './kernels/layernorm.ts';
import { matmulBackward } from './kernels/matmul.ts';
import { gatherBackward, scatterRows } from './kernels/rows.ts';
import { scoreBackward } from './kernels/score.ts';
import { tokenLogprobsBackward } from './kernels/tokens.ts';
import type { Place, Region, Scratch } from './plan.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** Adds the loss's gradient to the parameters' gradient; after the forward pass. */
export function lowerBackward(builder: PlanBuilder): void {
  new BackwardPass(builder).run();
}

class BackwardPass {
  readonly #builder: PlanBuilder;
  readonly #gradients: Gradients;
  /** Layer norms' gradients of gain and bias, a block of rows each, by the first of the norms that share the array. */
  readonly #partials = new Map<Node, Scratch>();

  constructor(builder: PlanBuilder) {
    this.#builder = builder;
    this.#gradients = new Gradients(builder);
  }

  run(): void {
    for (const node of this.#builder.live.toReversed()) {
      if (node.operation.kind === 'loss') {
        this.#gradients.start(node.inputs[0] as Node, this.#builder.kept.get(node) as Scratch);
        continue;
      }
      // Nothing is learned of inputs.
      const gradient = node.operation.kind === 'input' ? null : this.#gradients.take(node);
      if (gradient) this.#passOn(node, gradient);
    }
    this.#sumNorms();
  }

  #passOn(node: Node, gradient: Gradient): void {
    const { operation, inputs } = node;
    const { plan, tiling, graph } = this.#builder;
    const { place: dout } = gradient;
    const [first, second] = inputs as [Node, Node];
    const width = node.width ?? 1;
    switch (operation.kind) {
      case 'parameter': {
        // Used as an activation: its gradient is an array like any other's.
        const { rows, columns } = operation.slot;
        plan.call(accumulate({ rows, width: columns }), dout, gradientOf(node));
        return;
      }
      case 'rows':
        this.#rows(node, dout);
        return;
      case 'add':
        this.#gradients.share(first, gradient);
        this.#gradients.share(second, gradient);
        return;
      case 'layerNorm':
        this.#layerNorm(node, dout);
        return;
      case 'linear':
      case 'project':
        if (node.width === null) this.#score(node, dout);
        else this.#product(node, node.width, dout);
        return;
      case 'gelu': {
        const z = this.#builder.placeOf(first);
        this.#gradients.contribute(first, (dz, add) => {
          plan.call(geluBackward({ rows: rowExtent(node), width, add }), dout, z, dz);
        });
        return;
      }
      case 'attention': {
        const [queries, keys] = attentionBackward({ width, heads: operation.heads, lanes: tiling.lanes });
        const [qkv, mask, out] = [first, second, node].map((each) => this.#builder.placeOf(each)) as [
          Place,
          Place,
          Place,
        ];
        const terms = this.#builder.kept.get(node) as Scratch;
        const make = (dqkv: Scratch): void => {
          plan.call(queries, qkv, mask, out, terms, dout, dqkv);
          plan.call(keys, qkv, mask, terms, dout, dqkv);
        };
        this.#gradients.contribute(first, make, { adds: false });
        return;
      }
      case 'tokenLogprobs':
        this.#tokenLogprobs(node, operation.temperature, dout);
        return;
      default:
        throw new TraceError(`${graph.name}: no gradient flows through ${operation.kind}`);
    }
  }

  #rows(node: Node, dout: Scratch): void {
    const [table, indices] = node.inputs as [Node, Node];
    const { plan, tiling } = this.#builder;
    const rows = rowExtent(node);
    const width = node.width as number;
    if (indices.operation.kind !== 'input') throw new TraceError('rows: the indices have to be an input');
    const ofTable = table.operation.kind === 'parameter';
    const { name: input } = indices.operation;
    const name = `${input} by ${ofTable ? 'table' : 'token'}`;
    plan.segments.set(name, { indices: input, extent: rows, over: ofTable ? 'table' : 'tokens' });
    const segments: Place = { kind: 'upload', name };
    if (ofTable) plan.call(scatterRows({ rows, width, sums: tiling.sums }), dout, segments, gradientOf(table));
    else
      this.#gradients.contribute(table, (dx, add) => {
        plan.call(gatherBackward({ width, add }), dout, segments, dx);
      });
  }

  /** The gradient of the logits takes their place. */
  #tokenLogprobs(node: Node, temperature: number, dout: Scratch): void {
    const [x, ids] = node.inputs as [Node, Node];
    const { plan, graph, kept } = this.#builder;
    const logits = this.#builder.placeOf(x);
    if (logits.kind !== 'scratch' || this.#gradients.has(x) || Object.values(graph.outputs).includes(x))
      throw new TraceError(`${graph.name}: logits that are trained on can be used for nothing else`);
    const kernel = tokenLogprobsBackward({ rows: rowExtent(node), vocabulary: x.width as number, temperature });
    plan.call(kernel, kept.get(node) as Scratch, this.#builder.placeOf(ids), dout, logits);
    this.#gradients.start(x, logits);
  }

  /** A projection on one column. */
  #score(node: Node, dout: Scratch): void {
    const [x, weight] = node.inputs as [Node, Node];
    const { plan, tiling } = this.#builder;
    const places = [dout, this.#builder.placeOf(x), this.#builder.placeOf(weight)];
    const options = { rows: rowExtent(node), width: x.width as number, sums: tiling.sums };
    this.#gradients.contribute(x, (dx, add) => {
      plan.call(scoreBackward({ ...options, add }), ...places, dx, gradientOf(weight));
    });
  }

  /** A linear layer, or a projection on a table. */
  #product(node: Node, outer: number, dout: Scratch): void {
    const [x, weight, bias] = node.inputs as [Node, Node, Node | undefined];
    const { plan, tiling, uses } = this.#builder;
    const places = [dout, this.#builder.placeOf(x), this.#builder.placeOf(weight)];
    const regions = [weight, ...(bias ? [bias] : [])].map(gradientOf);
    const start = Math.min(...regions.map(({ offset }) => offset));
    const end = Math.max(...regions.map(({ offset, size }) => offset + size));
    const region: Region = { kind: 'gradient', offset: start, size: end - start };
    const [ofWeights, ofBias] = regions.map(({ offset }) => offset - start);
    const kernel = (dx: 'set' | 'add' | 'gelu'): Kernel =>
      matmulBackward({
        rows: rowExtent(node),
        inner: x.width as number,
        outer,
        table: node.operation.kind === 'project',
        offsets: { weights: ofWeights as number, bias: ofBias },
        dx,
        tiling,
      });
    const z = behindGelu(x, uses);
    if (z)
      this.#gradients.contribute(
        z,
        (dz) => {
          plan.call(kernel('gelu'), ...places, this.#builder.placeOf(z), dz, region);
        },
        { adds: false },
      );
    else
      this.#gradients.contribute(x, (dx, add) => {
        plan.call(kernel(add ? 'add' : 'set'), ...places, dx, region);
      });
  }

  #layerNorm(node: Node, dout: Scratch): void {
    const [x, gain] = node.inputs as [Node, Node];
    const { plan, tiling, kept } = this.#builder;
    const rows = rowExtent(node);
    const width = node.width as number;
    const norms = this.#normsLike(node);
    const [leader] = norms as [Node];
    const pitch = norms.length * partialsPitch(width) * 4;
    const partials = this.#partials.get(leader) ?? plan.scratch((run) => (run[rows] / BLOCK_ROWS) * pitch);
    this.#partials.set(leader, partials);
    const slice: Place = { kind: 'slice', of: partials, offset: norms.indexOf(node) * partialsPitch(width) * 4 };
    const moments = kept.get(node) as Scratch;
    const places = [dout, this.#builder.placeOf(x), this.#builder.placeOf(gain), moments];
    this.#gradients.contribute(x, (dx, add) => {
      const kernel = layerNormBackward({ rows, width, sums: tiling.sums, layers: norms.length, add });
      plan.call(kernel, ...places, dx, slice);
    });
  }

  /** Layer norms of the shape of `node`, itself among them: they sum up their gradients of gain and bias together. */
  #normsLike(node: Node): Node[] {
    return this.#builder.live.filter(
      ({ operation, rows, width }) => operation.kind === 'layerNorm' && rows === node.rows && width === node.width,
    );
  }

  #sumNorms(): void {
    const { plan } = this.#builder;
    for (const [leader, partials] of this.#partials) {
      const norms = this.#normsLike(leader);
      const offsets = norms.flatMap(({ inputs }) => inputs.slice(1).map((node) => gradientOf(node).offset));
      const name = `places ${leader.id}`;
      plan.constants.set(name, Uint32Array.from(offsets));
      const kernel = sumPartials({ rows: rowExtent(leader), width: leader.width as number, layers: norms.length });
      plan.call(kernel, partials, { kind: 'upload', name }, { kind: 'gradient', offset: 0, size: Infinity });
    }
  }
}

/** Where the gradient of a parameter is. */
function gradientOf({ operation }: Node): Region {
  if (operation.kind !== 'parameter') throw new TraceError(`${operation.kind}: expected a parameter`);
  const { offset, size } = operation.slot;
  return { kind: 'gradient', offset, size };
}
