/** Softmax over the vocabulary: log-probs of given tokens, entropy, hits, and the gradient of the log-probs. */
import { type Binding, type Kernel, LINEAR_GROUP, kernel, linearGrid, stride } from '../kernel.ts';
import type { RowExtent } from './matmul.ts';
import { maximumOf, powerOfTwo, reduction } from './reduce.ts';

interface Options {
  readonly rows: RowExtent;
  readonly vocabulary: number;
  readonly temperature: number;
}

/** Most invocations that share a row. */
const WIDEST = 128;

/** What can be had of every row, [rows] each: the first two of logits / temperature and ids, entropy of the softmax. */
const STATISTICS = {
  logprobs: '(chosen - largest) * inverse - logSum',
  /** log Σ exp(logits / temperature), for the gradient of the log-probs. */
  lse: 'logSum + largest * inverse',
  entropy: 'logSum - sums.y / sums.x',
  /** 1 where the id is the most probable token. */
  hits: '1.0 - beaten',
} as const;

export type Statistic = keyof typeof STATISTICS;

/** logits[, ids], then one array a wanted statistic, in the order given. Ids are bound when log-probs or hits are wanted. */
export function tokenStatistics({
  rows,
  vocabulary,
  temperature,
  wanted,
  sums,
}: Options & { readonly wanted: readonly Statistic[]; readonly sums: number }): Kernel {
  const size = powerOfTwo(vocabulary, Math.min(WIDEST, sums));
  const withIds = wanted.includes('logprobs') || wanted.includes('hits');
  const outputs = wanted.map((name) => [name, 'write f32'] as const satisfies [string, Binding]);
  return kernel({
    label: `token ${wanted.join('+')} ${vocabulary}`,
    buffers: { logits: 'read f32', ...(withIds ? { ids: 'read u32' } : {}), ...Object.fromEntries(outputs) },
    declarations: `${reduction({ name: 'maximum', type: 'f32', size, combine: maximumOf })}${reduction({ name: 'sum', type: 'vec2f', size })}`,
    workgroup: [size],
    body: `let row = ${LINEAR_GROUP};
if (row >= run.${rows}) { return; }
let start = row * ${stride(vocabulary)}u;
${withIds ? 'let id = ids[row]; let chosen = logits[start + id];' : ''}
var largest = -3.0e38;
// A token beats the chosen one when it is larger, or as large with a lower id.
var beaten = 0.0;
for (var c = thread; c < ${vocabulary}u; c += ${size}u) {
  let z = logits[start + c];
  largest = max(largest, z);
  ${withIds ? 'if (z > chosen || (z == chosen && c < id)) { beaten = 1.0; }' : ''}
}
largest = maximum(largest, thread);
${wanted.includes('hits') ? 'beaten = maximum(beaten, thread);' : ''}
let inverse = ${(1 / temperature).toExponential()}f;
var sums = vec2f();
for (var c = thread; c < ${vocabulary}u; c += ${size}u) {
  let z = (logits[start + c] - largest) * inverse;
  let e = exp(z);
  sums += vec2f(e, e * z);
}
sums = sum(sums, thread);
if (thread == 0u) {
  let logSum = log(sums.x);
  ${wanted.map((name) => `${name}[row] = ${STATISTICS[name]};`).join('\n  ')}
}`,
    grid: (run) => linearGrid(run[rows]),
  });
}

/** lse, ids, slope, logits: the logits become the gradient of Σ slope · log-prob, in place. */
export function tokenLogprobsBackward({ rows, vocabulary, temperature }: Options): Kernel {
  const width = stride(vocabulary);
  const inverse = `${(1 / temperature).toExponential()}f`;
  return kernel({
    label: `token log-probs backward ${vocabulary}`,
    buffers: { lse: 'read f32', ids: 'read u32', slope: 'read f32', logits: 'write f32' },
    workgroup: [64],
    body: `let i = ${LINEAR_GROUP} * 64u + thread;
if (i >= run.${rows} * ${width}u) { return; }
let row = i / ${width}u;
let c = i % ${width}u;
let d = slope[row];
var gradient = 0.0;
// Rows without a loss may hold anything.
if (d != 0.0 && c < ${vocabulary}u) {
  gradient = -exp(logits[i] * ${inverse} - lse[row]);
  if (c == ids[row]) { gradient += 1.0; }
  gradient *= d * ${inverse};
}
logits[i] = gradient;`,
    grid: (run) => linearGrid(Math.ceil((run[rows] * width) / 64)),
  });
}
