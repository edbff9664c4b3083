/** The forward pass: the kernels that compute each kind of operation. */
import { type Node, rowExtent } from './graph.ts';
import type { Kernel } from './kernel.ts';
import { attentionForward } from './kernels/attention.ts';
import { cacheKeysValues, cachedAttention } from './kernels/cached-attention.ts';
import { addArrays, geluForward } from './kernels/elementwise.ts';
import { layerNormForward } from './kernels/layernorm.ts';
import { FIGURE_WORDS, lossKernel } from './kernels/loss.ts';
import { matmulForward } from './kernels/matmul.ts';
import { gatherRows, gatherSum } from './kernels/rows.ts';
import { scoreForward } from './kernels/score.ts';
import { type Statistic, tokenStatistics } from './kernels/tokens.ts';
import type { Place } from './plan.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** Computes every node that outputs or loss depend on. */
export function lowerForward(builder: PlanBuilder): void {
  for (const node of builder.live) if (!builder.fused.has(node) && !builder.isPlaced(node)) lowerNode(builder, node);
}

function lowerNode(builder: PlanBuilder, node: Node): void {
  const { operation, inputs } = node;
  const { plan, tiling } = builder;
  const at = (i: number): Place => builder.placeOf(inputs[i] as Node);
  const width = node.width ?? 1;
  switch (operation.kind) {
    case 'input':
      builder.put(node, { kind: 'upload', name: operation.name });
      return;
    case 'parameter': {
      const { offset, size } = operation.slot;
      builder.put(node, { kind: 'parameters', offset, size });
      return;
    }
    case 'lasting':
      builder.put(node, { kind: 'lasting', name: operation.name });
      return;
    case 'rows':
      compute(builder, node, gatherRows({ rows: rowExtent(node), width }), at(0), at(1));
      return;
    case 'add':
      lowerAdd(builder, node);
      return;
    case 'layerNorm': {
      const rows = rowExtent(node);
      const [out, moments] = [builder.scratchFor(node), plan.scratch((run) => run[rows] * 8)];
      const kernel = layerNormForward({ rows, width, sums: tiling.sums, epsilon: operation.epsilon });
      plan.call(kernel, at(0), at(1), at(2), out, moments);
      builder.put(node, out);
      builder.kept.set(node, moments);
      return;
    }
    case 'linear':
      lowerLinear(builder, node, node);
      return;
    case 'project': {
      const [x] = inputs as [Node];
      const rows = rowExtent(node);
      const inner = x.width as number;
      const kernel =
        node.width === null
          ? scoreForward({ rows, width: inner, sums: tiling.sums })
          : matmulForward({ rows, inner, outer: node.width, table: true, tiling });
      compute(builder, node, kernel, at(0), at(1));
      return;
    }
    case 'gelu': {
      const [x] = inputs as [Node];
      if (builder.fused.get(x) !== node) compute(builder, node, geluForward({ rows: rowExtent(node), width }), at(0));
      else if (builder.backward) {
        const z = builder.scratchFor(x);
        builder.put(x, z);
        lowerLinear(builder, x, node, 'gelu+z', z);
      } else lowerLinear(builder, x, node, 'gelu');
      return;
    }
    case 'attention': {
      const { heads } = operation;
      const [out, terms] = [builder.scratchFor(node), plan.scratch((run) => run.tokens * heads * 8)];
      plan.call(attentionForward({ width, heads, lanes: tiling.lanes }), at(0), at(1), out, terms);
      builder.put(node, out);
      builder.kept.set(node, terms);
      return;
    }
    case 'cacheKeysValues':
      plan.call(cacheKeysValues({ width: width / 3, context: operation.context }), at(0), at(1));
      builder.put(node, at(0));
      return;
    case 'cachedAttention': {
      const { heads, context } = operation;
      compute(builder, node, cachedAttention({ width, heads, context, sums: tiling.sums }), at(0), at(1), at(2));
      return;
    }
    case 'tokenLogprobs':
    case 'tokenEntropy':
    case 'tokenHits':
      lowerStatistics(builder, node);
      return;
    case 'loss': {
      const [x] = inputs as [Node];
      // A parameter has as many entries as are selected.
      const rows = typeof x.rows === 'number' ? 'selected' : rowExtent(x);
      const slope = plan.scratch((run) => run[rows] * 4);
      const figures = plan.scratch(() => FIGURE_WORDS * 4);
      const arrays = inputs.map((input) => builder.placeOf(input));
      const kernel = lossKernel(operation.definition, rows, tiling.sums);
      plan.call(kernel, ...arrays, slope, figures, { kind: 'lasting', name: 'state' });
      builder.figures = figures;
      builder.kept.set(node, slope);
      return;
    }
  }
}

/** Computes `node` by one kernel, whose last buffer is the result. */
function compute(builder: PlanBuilder, node: Node, kernel: Kernel, ...places: Place[]): void {
  const out = builder.scratchFor(node);
  builder.plan.call(kernel, ...places, out);
  builder.put(node, out);
}

/** A sum, with the embeddings or the linear layer that are fused with it. */
function lowerAdd(builder: PlanBuilder, node: Node): void {
  const [a, b] = node.inputs as [Node, Node];
  const shape = { rows: rowExtent(node), width: node.width ?? 1 };
  const [fusedA, fusedB] = [a, b].map((input) => builder.fused.get(input) === node);
  if (fusedA && fusedB) {
    const [tables, indices] = [0, 1].map((k) => [a, b].map((input) => builder.placeOf(input.inputs[k] as Node)));
    compute(builder, node, gatherSum(shape), ...(tables as Place[]), ...(indices as Place[]));
  } else if (fusedA || fusedB) {
    const [linear, residual] = fusedB ? [b, a] : [a, b];
    lowerLinear(builder, linear, node, 'residual', builder.placeOf(residual));
  } else compute(builder, node, addArrays(shape), builder.placeOf(a), builder.placeOf(b));
}

/** The product of `linear`, and what is fused with it, as the value of `result`. */
function lowerLinear(
  builder: PlanBuilder,
  linear: Node,
  result: Node,
  then?: 'gelu' | 'gelu+z' | 'residual',
  extra?: Place,
): void {
  const [x] = linear.inputs as [Node];
  const kernel = matmulForward({
    rows: rowExtent(linear),
    inner: x.width as number,
    outer: linear.width as number,
    bias: true,
    then,
    tiling: builder.tiling,
  });
  const places = linear.inputs.map((input) => builder.placeOf(input));
  compute(builder, result, kernel, ...places, ...(extra ? [extra] : []));
}

const STATISTICS = { tokenLogprobs: 'logprobs', tokenEntropy: 'entropy', tokenHits: 'hits' } as const;

const isStatistic = ({ operation }: Node): boolean => operation.kind in STATISTICS;

const temperatureOf = ({ operation }: Node): number => (operation.kind === 'tokenLogprobs' ? operation.temperature : 1);

/** What is wanted of the same logits at once, where temperature and ids allow it. */
function lowerStatistics(builder: PlanBuilder, node: Node): void {
  const [logits, nodeIds] = node.inputs as [Node, Node | undefined];
  const temperature = temperatureOf(node);
  const together = builder.live.filter(
    (other) =>
      isStatistic(other) &&
      other.inputs[0] === logits &&
      temperatureOf(other) === temperature &&
      (nodeIds === undefined || other.inputs[1] === undefined || other.inputs[1] === nodeIds) &&
      !builder.isPlaced(other),
  );
  const wanted: Statistic[] = [];
  const places: Place[] = [];
  let ids: Node | undefined;
  for (const each of together) {
    wanted.push(STATISTICS[each.operation.kind as keyof typeof STATISTICS]);
    const place = builder.scratchFor(each);
    places.push(place);
    builder.put(each, place);
    ids ??= each.inputs[1];
    if (each.operation.kind !== 'tokenLogprobs' || !builder.backward) continue;
    const lse = builder.scratchFor(each);
    wanted.push('lse');
    places.push(lse);
    builder.kept.set(each, lse);
  }
  const kernel = tokenStatistics({
    rows: rowExtent(node),
    vocabulary: logits.width as number,
    temperature,
    wanted,
    sums: builder.tiling.sums,
  });
  builder.plan.call(kernel, builder.placeOf(logits), ...(ids ? [builder.placeOf(ids)] : []), ...places);
}
