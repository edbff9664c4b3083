/** Rows of a table by their index, and the gradient: rows added up in a fixed order, never by float atomics. */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid, stride } from '../kernel.ts';
import type { RowExtent } from './matmul.ts';
import { strandsOver } from './reduce.ts';

interface Options {
  /** How many rows are picked. */
  readonly rows: RowExtent;
  readonly width: number;
}

/** table, indices, out: out[n] = table[indices[n]]. */
export function gatherRows({ rows, width }: Options): Kernel {
  return gather(`rows ${width}`, rows, width, ['table'], ['indices']);
}

/** a, b, indicesA, indicesB, out: out[n] = a[indicesA[n]] + b[indicesB[n]]: tokens and positions at once. */
export function gatherSum({ rows, width }: Options): Kernel {
  return gather(`rows + rows ${width}`, rows, width, ['a', 'b'], ['indicesA', 'indicesB']);
}

function gather(label: string, rows: RowExtent, width: number, tables: string[], indices: string[]): Kernel {
  const w4 = stride(width) / 4;
  return kernel({
    label,
    buffers: {
      ...Object.fromEntries(tables.map((table) => [table, 'read vec4f'] as const)),
      ...Object.fromEntries(indices.map((index) => [index, 'read u32'] as const)),
      out: 'write vec4f',
    },
    workgroup: [64],
    body: `let i = ${LINEAR_GROUP} * 64u + thread;
if (i >= run.${rows} * ${w4}u) { return; }
let n = i / ${w4}u;
let c = i % ${w4}u;
out[i] = ${tables.map((table, t) => `${table}[${indices[t] as string}[n] * ${w4}u + c]`).join(' + ')};`,
    grid: (run) => linearGrid(Math.ceil((run[rows] * w4) / 64)),
  });
}

/** Words that `tableSegments` of n indices take up. */
export const tableSegmentWords = (n: number): number => 2 + 3 * n;

/**
 * Which entries pick the same row of a table, for its gradient: [count, keys (n), starts (n + 1), order (n)]. The entries
 * of key s are order[starts[s]] … order[starts[s + 1] − 1], in rising order.
 */
export function tableSegments(indices: ArrayLike<number>, n: number, out: Uint32Array): void {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((a, b) => (indices[a] as number) - (indices[b] as number) || a - b);
  let count = 0;
  order.forEach((entry, i) => {
    const key = indices[entry] as number;
    if (i === 0 || key !== out[count]) {
      out[1 + count] = key;
      out[1 + n + count] = i;
      count += 1;
    }
  });
  out[1 + n + count] = n;
  out[0] = count;
  out.set(order, 2 + 2 * n);
}

/** Words that `tokenSegments` of n indices into `tokens` take up. */
export const tokenSegmentWords = (n: number, tokens: number): number => tokens + 1 + n;

/** Which entries pick each of the tokens: [starts (tokens + 1), order (n)], as in `tableSegments` with every key. */
export function tokenSegments(indices: ArrayLike<number>, n: number, tokens: number, out: Uint32Array): void {
  out.fill(0, 0, tokens + 1);
  for (let i = 0; i < n; i++) {
    const key = (indices[i] as number) + 1;
    out[key] = (out[key] as number) + 1;
  }
  for (let token = 0; token < tokens; token++) out[token + 1] = (out[token] as number) + (out[token + 1] as number);
  const next = out.slice(0, tokens);
  for (let i = 0; i < n; i++) {
    const key = indices[i] as number;
    const at = next[key] as number;
    out[tokens + 1 + at] = i;
    next[key] = at + 1;
  }
}

/** dout, segments (`tokenSegments`), dx [tokens]: dx[t] is set to Σ dout of its entries, or that is added. */
export function gatherBackward({ width, add }: { readonly width: number; readonly add: boolean }): Kernel {
  const w4 = stride(width) / 4;
  return kernel({
    label: `rows of tokens backward ${width}`,
    buffers: { dout: 'read vec4f', segments: 'read u32', dx: 'write vec4f' },
    workgroup: [64],
    body: `let i = ${LINEAR_GROUP} * 64u + thread;
if (i >= run.tokens * ${w4}u) { return; }
let token = i / ${w4}u;
let c = i % ${w4}u;
var sum = vec4f();
for (var e = segments[token]; e < segments[token + 1u]; e++) { sum += dout[segments[run.tokens + 1u + e] * ${w4}u + c]; }
dx[i] ${add ? '+=' : '='} sum;`,
    grid: (run) => linearGrid(Math.ceil((run.tokens * w4) / 64)),
  });
}

/**
 * dout, segments (`tableSegments`), table: table[key] += Σ dout of its entries. The invocations of a workgroup lie over the columns, and
 * over the entries as far as there are more of them: a frequent token would keep one invocation long.
 */
export function scatterRows({ rows, width, sums }: Options & { readonly sums: number }): Kernel {
  const w4 = stride(width) / 4;
  const { threads, lanes, strands, fold } = strandsOver(w4, sums);
  return kernel({
    label: `rows backward ${width}`,
    buffers: { dout: 'read vec4f', segments: 'read u32', table: 'write vec4f' },
    declarations: `var<workgroup> part: array<vec4f, ${strands * lanes}>;`,
    workgroup: [threads],
    body: `let segment = ${LINEAR_GROUP};
if (segment >= run.${rows}) { return; }
let entries = run.${rows};
let real = segment < segments[0];
var first = 0u; var end = 0u;
if (real) { first = segments[1u + entries + segment]; end = segments[2u + entries + segment]; }
let strand = thread / ${lanes}u;
let lane = thread % ${lanes}u;
for (var c0 = 0u; c0 < ${w4}u; c0 += ${lanes}u) {
  let c = c0 + lane;
  var sum = vec4f();
  if (strand < ${strands}u && c < ${w4}u) {
    for (var e = first + strand; e < end; e += ${strands}u) { sum += dout[segments[2u + 2u * entries + e] * ${w4}u + c]; }
  }
  if (strand < ${strands}u) { part[strand * ${lanes}u + lane] = sum; }
  workgroupBarrier();
  ${fold}
  if (real && strand == 0u && c < ${w4}u) { table[segments[1u + segment] * ${w4}u + c] += part[lane]; }
  workgroupBarrier();
}`,
    grid: (run) => linearGrid(run[rows]),
  });
}
