/**
 * Every operation of the compiled engine against the plain one on the CPU, values and gradients, on shapes that fill no
 * tile: odd lengths, widths that are no multiple of 4 or 64, vocabularies from 5 to 50257.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { openDawn } from '../../tools/dawn.ts';
import { relativeError } from '../../tools/reference/measure.ts';
import { crossEntropy } from '../../workers/algorithms/sft.ts';
import type { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import { lanesOf } from '../../workers/engine/compiled/kernels/lanes.ts';
import { DIRECT, TILED, type Tiling, direct } from '../../workers/engine/compiled/kernels/matmul.ts';
import type { Computation, Feed, InputSpec } from '../../workers/engine/computation.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import type { Operations } from '../../workers/engine/operations.ts';
import { ParameterLayout, type Parameters } from '../../workers/engine/parameters.ts';
import { openCompiled, openPlainCpu } from './setup.ts';

const TOLERANCE = 1e-4;

interface Shape {
  B: number;
  T: number;
  d: number;
}

interface Case {
  name: string;
  shape: Shape;
  parameters: Record<string, number[]>;
  /** Columns of the result. */
  width: number;
  rows: 'tokens' | 'selected';
  build<V>(ops: Operations<V>, p: Parameters<V>, inputs: Readonly<Record<string, V>>): V;
}

const INPUTS = {
  ids: { extent: 'tokens', type: 'int' },
  mask: { extent: 'tokens', type: 'float' },
  select: { extent: 'selected', type: 'token_index' },
  picks: { extent: 'selected', type: 'int' },
  selectedMask: { extent: 'selected', type: 'float' },
} as const satisfies Record<string, InputSpec>;

const VOCABULARY = 53;

const shapes: Shape[] = [
  { B: 1, T: 1, d: 48 },
  { B: 3, T: 7, d: 96 },
  { B: 2, T: 63, d: 48 },
  { B: 1, T: 65, d: 128 },
  { B: 1, T: 200, d: 20 },
  { B: 5, T: 13, d: 10 },
];

const cases = shapes.flatMap((shape): Case[] => {
  const { d } = shape;
  const base = { shape, width: d, rows: 'tokens' as const };
  const table = { table: [VOCABULARY, d] };
  const embed = <V>(ops: Operations<V>, p: Parameters<V>, inputs: Readonly<Record<string, V>>): V =>
    ops.rows(p['table'] as V, inputs['ids'] as V);
  return [
    { ...base, name: 'rows', parameters: table, build: (ops, p, inputs) => embed(ops, p, inputs) },
    {
      ...base,
      name: 'rows + rows',
      parameters: { ...table, other: [VOCABULARY, d] },
      build: (ops, p, inputs) => ops.add(embed(ops, p, inputs), ops.rows(p['other'] as never, inputs['ids'] as never)),
    },
    {
      ...base,
      name: 'layerNorm',
      parameters: { ...table, gain: [d], bias: [d] },
      build: (ops, p, inputs) => ops.layerNorm(embed(ops, p, inputs), p['gain'] as never, p['bias'] as never, 1e-5),
    },
    {
      ...base,
      name: 'two layerNorms and a residual',
      parameters: { ...table, gain: [d], bias: [d], gain2: [d], bias2: [d] },
      build: (ops, p, inputs) => {
        const x = embed(ops, p, inputs);
        const y = ops.add(x, ops.layerNorm(x, p['gain'] as never, p['bias'] as never, 1e-5));
        return ops.layerNorm(y, p['gain2'] as never, p['bias2'] as never, 1e-5);
      },
    },
    {
      ...base,
      name: 'linear',
      width: 3 * d,
      parameters: { ...table, weight: [d, 3 * d], bias: [3 * d] },
      build: (ops, p, inputs) => ops.linear(embed(ops, p, inputs), p['weight'] as never, p['bias'] as never),
    },
    {
      ...base,
      name: 'linear, gelu, linear, residual',
      parameters: { ...table, weight: [d, 4 * d], bias: [4 * d], weight2: [4 * d, d], bias2: [d] },
      build: (ops, p, inputs) => {
        const x = embed(ops, p, inputs);
        const wide = ops.gelu(ops.linear(x, p['weight'] as never, p['bias'] as never));
        return ops.add(x, ops.linear(wide, p['weight2'] as never, p['bias2'] as never));
      },
    },
    {
      ...base,
      name: 'gelu that is used twice',
      parameters: { ...table, weight: [d, d], bias: [d], weight2: [d, d], bias2: [d] },
      build: (ops, p, inputs) => {
        const g = ops.gelu(ops.linear(embed(ops, p, inputs), p['weight'] as never, p['bias'] as never));
        return ops.add(g, ops.linear(g, p['weight2'] as never, p['bias2'] as never));
      },
    },
    {
      ...base,
      name: 'attention',
      parameters: { ...table, weight: [d, 3 * d], bias: [3 * d] },
      build: (ops, p, inputs) => {
        const qkv = ops.linear(embed(ops, p, inputs), p['weight'] as never, p['bias'] as never);
        return ops.attention(qkv, inputs['mask'] as never, 2);
      },
    },
    {
      ...base,
      name: 'rows of tokens',
      rows: 'selected',
      parameters: table,
      build: (ops, p, inputs) => ops.rows(embed(ops, p, inputs), inputs['select'] as never),
    },
  ];
});

/** The case's result, and as a loss the cross-entropy of one column made of it. */
function computationOf(each: Case): Computation {
  const { name, rows } = each;
  return {
    name,
    inputs: INPUTS,
    build: (ops, p, inputs) => {
      const values = each.build(ops, p, inputs);
      const counted = rows === 'tokens' ? ops.rows(values, inputs['select'] as never) : values;
      const x = ops.project(counted, p['head'] as never);
      return { outputs: { values }, loss: ops.loss(crossEntropy, x, { mask: inputs['selectedMask'] as never }) };
    },
  };
}

function feedFor({ B, T }: Shape): Feed {
  const rng = Rng.fromSeed(B * 1000 + T);
  const N = B * T;
  const selected = Math.max(1, N - 2);
  const ints = (count: number, below: number): Int32Array => Int32Array.from({ length: count }, () => rng.int(below));
  const mask = Float32Array.from({ length: N }, () => (rng.chance(0.8) ? 1 : 0));
  const arrays = {
    ids: ints(N, VOCABULARY),
    mask,
    select: ints(selected, N),
    picks: ints(selected, VOCABULARY),
    selectedMask: Float32Array.from({ length: selected }, (_, i) => (i === 0 || rng.chance(0.7) ? 1 : 0)),
  };
  return { size: B, time: T, arrays };
}

function layoutAndValues(parameters: Record<string, number[]>): { layout: ParameterLayout; flat: Float32Array } {
  const layout = new ParameterLayout(Object.entries(parameters).map(([name, shape]) => ({ name, shape })));
  const rng = Rng.fromSeed(layout.count);
  const values = layout.slots.map(({ name, rows, columns }) => [
    name,
    Float32Array.from({ length: rows * columns }, () => rng.normal() * (rows > 1 ? 1 / Math.sqrt(columns) : 1)),
  ]);
  return { layout, flat: layout.pack(Object.fromEntries(values) as Record<string, Float32Array>) };
}

/** Outputs, loss and gradients of one computation. */
async function everything(
  engine: Engine,
  layout: ParameterLayout,
  flat: Float32Array,
  computation: Computation,
  feed: Feed,
): Promise<Record<string, Float32Array>> {
  const variables = engine.createVariables(layout, flat);
  const { gradient, report } = await engine.gradient(variables, [{ computation, feed, weight: 0.7 }]);
  const [term] = report.terms;
  const result = {
    ...term?.outputs,
    loss: Float32Array.of(report.loss, report.grad_norm, ...Object.values(term?.metrics ?? {})),
    ...Object.fromEntries(Object.entries(layout.unpack(gradient)).map(([name, values]) => [`d ${name}`, values])),
  };
  variables.dispose();
  return result;
}

/** Whose lanes share what they read, where the adapter has subgroups; else DIRECT again. */
async function inSubgroups(): Promise<Tiling> {
  const dawn = await openDawn({ software: true });
  const adapter = await dawn.gpu?.requestAdapter();
  return adapter ? direct(lanesOf(adapter.features, adapter.info)) : DIRECT;
}
const tilings = ['direct', 'in subgroups', 'tiled'] as const;

const engines = new Map<string, CompiledEngine>();
let plain: Engine;
beforeAll(async () => {
  engines.set('direct', await openCompiled({ tiling: DIRECT }));
  engines.set('in subgroups', await openCompiled({ tiling: await inSubgroups() }));
  engines.set('tiled', await openCompiled({ tiling: TILED }));
  plain = await openPlainCpu();
});
afterAll(() => {
  for (const engine of engines.values()) engine.dispose();
});

async function compare(
  tiling: string,
  parameters: Record<string, number[]>,
  computation: Computation,
  feed: Feed,
): Promise<void> {
  const { layout, flat } = layoutAndValues(parameters);
  const [actual, expected] = [
    await everything(engines.get(tiling) as CompiledEngine, layout, flat, computation, feed),
    await everything(plain, layout, flat, computation, feed),
  ];
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected))
    expect(relativeError(actual[name] as Float32Array, values), name).toBeLessThan(TOLERANCE);
}

/** Cases that multiply matrices: the others are the same kernels with every tiling. */
const multiplies = ({ name }: Case): boolean => /linear|gelu|attention/.test(name);

describe.each(tilings)('operations against the plain engine, %s', (tiling) => {
  const titled = cases
    .filter((each) => tiling === 'direct' || multiplies(each))
    .map((each): [string, Case] => {
      const { B, T, d } = each.shape;
      return [`${each.name}, B ${B} T ${T} d ${d}`, each];
    });
  it.each(titled)('%s', async (_, each) => {
    const parameters = { ...each.parameters, head: [1, each.width] };
    await compare(tiling, parameters, computationOf(each), feedFor(each.shape));
  });
});

describe.each(tilings)('the vocabulary, %s', (tiling) => {
  it.each([
    { V: 5, d: 12, M: 1 },
    { V: 53, d: 48, M: 40 },
    { V: 613, d: 96, M: 33 },
    { V: 50257, d: 16, M: 3 },
  ])('log-probs of $M of $V tokens', async ({ V, d, M }) => {
    const rng = Rng.fromSeed(V);
    const computation: Computation = {
      name: 'log-probs',
      inputs: {
        ids: { extent: 'tokens', type: 'int' },
        select: { extent: 'selected', type: 'token_index' },
        targets: { extent: 'selected', type: 'int' },
        mask: { extent: 'selected', type: 'float' },
      },
      build: (ops, p, inputs) => {
        const x = ops.rows(ops.rows(p['table'] as never, inputs['ids'] as never), inputs['select'] as never);
        const logits = ops.project(x, p['table'] as never);
        const targets = inputs['targets'] as never;
        const logprobs = ops.tokenLogprobs(logits, targets, 0.8);
        const outputs = { logprobs, entropy: ops.tokenEntropy(logits), hits: ops.tokenHits(logits, targets) };
        return { outputs, loss: ops.loss(crossEntropy, logprobs, { mask: inputs['mask'] as never }) };
      },
    };
    const ints = (count: number, below: number): Int32Array => Int32Array.from({ length: count }, () => rng.int(below));
    const feed = {
      size: 1,
      time: M,
      arrays: {
        ids: ints(M, V),
        select: ints(M, M),
        targets: ints(M, V),
        mask: Float32Array.from({ length: M }, (_, i) => (i % 3 === 1 ? 0 : 1)),
      },
    };
    await compare(tiling, { table: [V, d] }, computation, feed);
  });
});
