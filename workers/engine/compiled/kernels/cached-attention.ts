/**
 * Attention of one new token a row over the keys and values of the tokens before it, for generation.
 *
 * The cache of a layer is [B, context, 2·width]: at each position its key, then its value. Rows are padded on the right,
 * so a row's tokens are at positions 0, 1, … and no mask is needed.
 */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid, repeat, stride } from '../kernel.ts';
import { type AttentionShape, LOWEST, headLayout, headLoad, headStore, zeroPadding } from './attention.ts';
import { rolled } from './lanes.ts';
import { maximumOf, powerOfTwo, reduction } from './reduce.ts';

export interface CacheShape {
  readonly width: number;
  /** Positions a row has room for. */
  readonly context: number;
}

/** Invocations of a workgroup, and keys that it scores at a time, at most. */
const LANES = 64;

/** qkv [B·T, 3·width] of the prompts → their keys and values in `cache`, at positions t < min(T, context). */
export function cacheKeysValues({ width, context }: CacheShape): Kernel {
  const unit = width % 4 === 0 ? 4 : 1;
  const type = unit === 4 ? 'vec4f' : 'f32';
  const columns = (2 * width) / unit;
  return kernel({
    label: `cache ${width}`,
    buffers: { qkv: `read ${type}`, cache: `write ${type}` },
    workgroup: [LANES],
    grid: ({ batch, time }) => linearGrid(Math.ceil((batch * time * columns) / LANES)),
    body: `
  let e = ${LINEAR_GROUP} * ${LANES}u + thread;
  let row = e / ${columns}u;
  let column = e % ${columns}u;
  let b = row / run.time;
  let t = row % run.time;
  if (b >= run.batch || t >= ${context}u) { return; }
  cache[(b * ${context}u + t) * ${stride(2 * width) / unit}u + column] =
    qkv[row * ${stride(3 * width) / unit}u + ${width / unit}u + column];`,
  });
}

/**
 * qkv [B, 3·width] of the new tokens, at positions [B] < context → out [B, width]; appends their keys and values to
 * `cache`. The new key and value are taken from qkv, because the workgroup has only just written them to the cache.
 */
export function cachedAttention({
  width,
  heads,
  context,
  sums,
}: AttentionShape & CacheShape & { readonly sums: number }): Kernel {
  const layout = headLayout({ width, heads });
  const { chunks: n, unit, size, type, scale } = layout;
  if (n > LANES) throw new RangeError(`heads of ${size} columns are wider than ${4 * LANES}`);
  const lanes = Math.max(Math.min(LANES, sums), powerOfTwo(n, LANES));
  // An invocation sums one vector of the values over every `slices`-th key.
  const slices = Math.floor(lanes / n);
  const [maximum, sum] = [
    reduction({ name: 'maximum', size: lanes, type: 'f32', combine: maximumOf }),
    reduction({ name: 'sum', size: lanes, type: 'f32' }),
  ];
  return kernel({
    label: `cached attention ${width}/${heads}`,
    buffers: { qkv: `read ${type}`, cache: `write ${type}`, positions: 'read u32', out: `write ${type}` },
    declarations: `${['qkv', 'cache'].map((name) => headLoad(name, layout)).join('')}
${['cache', 'out'].map((name) => headStore(name, layout)).join('')}
${maximum}${sum}
var<workgroup> query: array<vec4f, ${n}>;
var<workgroup> weights: array<f32, ${lanes}>;
var<workgroup> parts: array<vec4f, ${lanes}>;`,
    workgroup: [lanes],
    grid: ({ batch }) => linearGrid(batch * heads),
    body: `
  let b = ${LINEAR_GROUP} / ${heads}u;
  if (b >= run.batch) { return; }
  let head = ${LINEAR_GROUP} % ${heads}u;
  let position = positions[b];
  // Elements at which the head begins: in the new token's q, k and v, and in the key and value at position 0.
  let q = b * ${stride(3 * width) / unit}u + head * ${size / unit}u;
  let k = q + ${width / unit}u;
  let v = k + ${width / unit}u;
  let keys = b * ${(context * stride(2 * width)) / unit}u + head * ${size / unit}u;
  let values = keys + ${width / unit}u;
  if (thread < ${n}u) {
    query[thread] = load_qkv(q, thread) * ${scale};
    store_cache(keys + position * ${stride(2 * width) / unit}u, thread, load_qkv(k, thread));
    store_cache(values + position * ${stride(2 * width) / unit}u, thread, load_qkv(v, thread));
  }
  workgroupBarrier();
  let column = thread % ${n}u;
  let slice = thread / ${n}u;
  var largest = ${LOWEST};
  var total = 0.;
  var part = vec4f();
  for (var start = 0u; start <= position; start += ${lanes}u) {
    let j = start + thread;
    var score = ${LOWEST};
    if (j < position) {
      let at = keys + j * ${stride(2 * width) / unit}u;
      score = 0.;
      for (var c = 0u; c < ${rolled(n)}; c++) { score += dot(query[c], load_cache(at, c)); }
    } else if (j == position) {
      score = 0.;
      for (var c = 0u; c < ${rolled(n)}; c++) { score += dot(query[c], load_qkv(k, c)); }
    }
    let before = largest;
    largest = max(largest, maximum(score, thread));
    let weight = select(0., exp(score - largest), j <= position);
    let rescale = exp(before - largest);
    total = total * rescale + weight;
    part *= rescale;
    // Nobody still reads the last weights: the maximum has waited for all.
    weights[thread] = weight;
    workgroupBarrier();
    if (slice < ${slices}u) {
      for (var i = slice; i < min(${lanes}u, position - start); i += ${slices}u) {
        part += weights[i] * load_cache(values + (start + i) * ${stride(2 * width) / unit}u, column);
      }
      if (slice == 0u && position - start < ${lanes}u) { part += weights[position - start] * load_qkv(v, column); }
    }
  }
  total = sum(total, thread);
  parts[thread] = part;
  workgroupBarrier();
  if (thread < ${n}u) {
    ${repeat(slices - 1, (i) => `part += parts[thread + ${(i + 1) * n}u];`, ' ')}
    store_out(b * ${stride(width) / unit}u + head * ${size / unit}u, thread, part / total);
  }
  if (thread == 0u && head == ${heads - 1}u) { ${zeroPadding('out', 'b', width)} }`,
  });
}
