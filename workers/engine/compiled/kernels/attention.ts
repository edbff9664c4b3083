/**
 * Causal self-attention over whole sequences, forward and backward, tiled over T (Dao et al., "FlashAttention", 2022).
 *
 * Departures from the paper: an invocation owns a whole query (or key), so nothing is reduced across invocations, and
 * sums have a fixed order; the backward pass finds dq, dk and dv in one dispatch without atomics, by computing the
 * weights twice, for the queries of a workgroup and for its keys. Every workgroup of it visits about T + 32 others.
 */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid, repeat, stride } from '../kernel.ts';

export interface AttentionShape {
  /** Width of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
}

/** How the columns of a head are reached. */
export interface HeadLayout {
  /** Columns of a head. */
  readonly size: number;
  /** Vectors of 4 that hold them, zeros behind. */
  readonly chunks: number;
  /** Floats an element of the arrays: 4 where every head begins at a multiple of 4, else 1. Offsets count elements. */
  readonly unit: 1 | 4;
  readonly type: 'f32' | 'vec4f';
  /** Factor of the scores. */
  readonly scale: number;
}

export function headLayout({ width, heads }: AttentionShape): HeadLayout {
  const size = width / heads;
  if (!Number.isInteger(size)) throw new RangeError(`width ${width} does not split into ${heads} heads`);
  const whole = size % 4 === 0;
  return {
    size,
    chunks: Math.ceil(size / 4),
    unit: whole ? 4 : 1,
    type: whole ? 'vec4f' : 'f32',
    scale: 1 / Math.sqrt(size),
  };
}

/** A function `load_<buffer>(at, c)`: vector c of the head that begins at element `at`, zeros behind its end. */
export function headLoad(buffer: string, { size, chunks, unit }: HeadLayout): string {
  const signature = `fn load_${buffer}(at: u32, c: u32) -> vec4f`;
  if (unit === 4) return `${signature} { return ${buffer}[at + c]; }\n`;
  const inLast = repeat(4, (i) => String(i < size - 4 * (chunks - 1)), ', ');
  return `${signature} {
  let k = at + 4u * c;
  let x = vec4f(${repeat(4, (i) => `${buffer}[k + ${i}u]`, ', ')});
  return select(vec4f(), x, vec4<bool>(${inLast}) | vec4<bool>(c < ${chunks - 1}u));
}
`;
}

/** A function `store_<buffer>(at, c, x)`, the counterpart of `load_<buffer>`; leaves what is behind the head's end. */
export function headStore(buffer: string, { size, unit }: HeadLayout): string {
  const signature = `fn store_${buffer}(at: u32, c: u32, x: vec4f)`;
  if (unit === 4) return `${signature} { ${buffer}[at + c] = x; }\n`;
  return `${signature} {
  for (var k = 4u * c; k < min(4u * c + 4u, ${size}u); k++) { ${buffer}[at + k] = x[k % 4u]; }
}
`;
}

/** Zeros from column `width` to the end of row `row`. Heads of vectors leave no such columns. */
export const zeroPadding = (buffer: string, row: string, width: number): string =>
  repeat(stride(width) - width, (i) => `${buffer}[${row} * ${stride(width)}u + ${width + i}u] = 0.;`, ' ');

/** A score below every real one; finite, so that no difference of scores is NaN. */
export const LOWEST = '-1e30';

/** Positions of a workgroup, one an invocation. */
const ROWS = 32;
/** Workgroup memory that every adapter has. */
const WORKGROUP_BYTES = 16384;

/** The code that both passes share: the place of a workgroup and the tiles that it walks over. */
function tiling({ width, heads }: AttentionShape, besides: { type: string; bytes: number }) {
  const layout = headLayout({ width, heads });
  const { chunks: n, unit, size } = layout;
  // The longest power of two that fits.
  let tile = ROWS;
  while (tile * (2 * 16 * n + besides.bytes) > WORKGROUP_BYTES) tile /= 2;
  if (tile < 1) throw new RangeError(`heads of ${size} columns do not fit workgroup memory`);

  /** Code for every vector of a head. */
  const chunks = (code: (c: number) => string, separator = '\n  '): string => repeat(n, code, separator);
  return {
    layout,
    tile,
    chunks,
    grid: ({ batch, time }: { batch: number; time: number }) => linearGrid(batch * heads * Math.ceil(time / ROWS)),

    declarations: `
var<workgroup> tile_a: array<vec4f, ${tile * n}>;
var<workgroup> tile_b: array<vec4f, ${tile * n}>;
var<workgroup> besides: array<${besides.type}, ${tile}>;`,

    /** The workgroup's positions are low ≤ t < high, the invocation's is `own`; beyond T it neither loops nor writes. */
    place: `
  let tiles = (run.time + ${ROWS - 1}u) / ${ROWS}u;
  let pair = ${LINEAR_GROUP} / tiles;
  if (pair >= run.batch * ${heads}u) { return; }
  let origin = pair / ${heads}u * run.time;
  let head = pair % ${heads}u;
  let low = ${LINEAR_GROUP} % tiles * ${ROWS}u;
  let high = min(low + ${ROWS}u, run.time);
  let own = low + thread;
  let inside = own < high;
  let row = origin + min(own, run.time - 1u);`,

    /** The element at which the head begins in `row` of an array that has `parts` parts of `width` columns. */
    at: (parts: number, part = 0, row = 'row'): string =>
      `${row} * ${stride(parts * width) / unit}u + ${(part * width) / unit}u + head * ${size / unit}u`,

    /**
     * Fills the tile with the rows from `start` (those beyond T repeat the last): vector c of `row` into tile_a and
     * tile_b, and besides them whatever.
     */
    fill: (a: string, b: string, other: string): string => `
    workgroupBarrier();
    for (var e = thread; e < ${tile * n}u; e += ${ROWS}u) {
      let row = origin + min(start + e / ${n}u, run.time - 1u);
      let c = e % ${n}u;
      tile_a[e] = ${a};
      tile_b[e] = ${b};
    }
    if (thread < ${tile}u) {
      let row = origin + min(start + thread, run.time - 1u);
      besides[thread] = ${other};
    }
    workgroupBarrier();`,

    /**
     * A loop over the tile's rows j before `end`: their vectors a0, a1, … and b0, b1, …, and what is `beside`. One row at
     * a time: four together, unrolled, took 1.2 to 1.9 times as long on lavapipe.
     */
    loop: (end: string, body: string): string => `
    let end = select(0u, min(start + ${tile}u, ${end}), inside);
    for (var j = start; j < end; j++) {
      let at = (j - start) * ${n}u;
      let beside = besides[j - start];
      ${chunks((c) => `let a${c} = tile_a[at + ${c}u]; let b${c} = tile_b[at + ${c}u];`)}
${body}
    }`,

    /** The product of the heads x0, x1, … and y0, y1, … */
    dot: (x: string, y: string): string => chunks((c) => `dot(${x}${c}, ${y}${c})`, ' + '),
  };
}

/**
 * qkv [B·T, 3·width], mask [B, T] → out [B·T, width] and lse [B, heads, T], the log-sum-exp of each query's scaled
 * scores. Query i sees key j when j ≤ i and (mask[j] = 1 or j = i).
 */
export function attentionForward(shape: AttentionShape): Kernel {
  const { width, heads } = shape;
  const { layout, chunks, ...code } = tiling(shape, { type: 'f32', bytes: 4 });
  return kernel({
    label: `attention ${width}/${heads}`,
    buffers: { qkv: `read ${layout.type}`, mask: 'read f32', out: `write ${layout.type}`, lse: 'write f32' },
    declarations: headLoad('qkv', layout) + headStore('out', layout) + code.declarations,
    workgroup: [ROWS],
    grid: code.grid,
    body: `${code.place}
  let query = ${code.at(3)};
  ${chunks((c) => `let q${c} = load_qkv(query, ${c}u) * ${layout.scale}; var o${c} = vec4f();`)}
  var largest = ${LOWEST};
  var total = 0.;
  for (var start = 0u; start < high; start += ${code.tile}u) {
    ${code.fill(`load_qkv(${code.at(3, 1)}, c)`, `load_qkv(${code.at(3, 2)}, c)`, 'mask[row]')}
    ${code.loop(
      'own + 1u',
      `
  if (beside <= .5 && j != own) { continue; }
  let score = ${code.dot('q', 'a')};
  let before = largest;
  largest = max(largest, score);
  let rescale = exp(before - largest);
  let weight = exp(score - largest);
  total = total * rescale + weight;
  ${chunks((c) => `o${c} = o${c} * rescale + weight * b${c};`)}`,
    )}
  }
  if (!inside) { return; }
  let result = ${code.at(1)};
  ${chunks((c) => `store_out(result, ${c}u, o${c} / total);`)}
  lse[pair * run.time + own] = largest + log(total);
  if (head == ${heads - 1}u) { ${zeroPadding('out', 'row', width)} }`,
  });
}

/**
 * The gradient of `attentionForward`: qkv, mask, its out and lse, dOut [B·T, width] → dQkv [B·T, 3·width].
 *
 * With weights p = exp(score − lse) and D = dOut·out of a query: dv = Σ p·dOut, dscore = p·(dOut·v − D).
 */
export function attentionBackward(shape: AttentionShape): Kernel {
  const { width, heads } = shape;
  const { layout, chunks, ...code } = tiling(shape, { type: 'vec2f', bytes: 8 });
  const { type } = layout;
  const terms = `query_terms(${code.at(1)}, pair * run.time + row - origin)`;
  return kernel({
    label: `attention gradient ${width}/${heads}`,
    buffers: {
      qkv: `read ${type}`,
      mask: 'read f32',
      out: `read ${type}`,
      lse: 'read f32',
      dOut: `read ${type}`,
      dQkv: `write ${type}`,
    },
    declarations:
      ['qkv', 'out', 'dOut'].map((name) => headLoad(name, layout)).join('') +
      headStore('dQkv', layout) +
      code.declarations +
      `
// lse and D of a query. A loop, not unrolled: compilers' time grows faster than the code.
fn query_terms(at: u32, lse_at: u32) -> vec2f {
  var d = 0.;
  for (var c = 0u; c < ${layout.chunks}u; c++) { d += dot(load_dOut(at, c), load_out(at, c)); }
  return vec2f(lse[lse_at], d);
}`,
    workgroup: [ROWS],
    grid: code.grid,
    body: `${code.place}
  let query = ${code.at(3)};
  let key = ${code.at(3, 1)};
  let value = ${code.at(3, 2)};
  // dq of the workgroup's queries, over the keys up to them.
  {
  ${chunks((c) => `let q${c} = load_qkv(query, ${c}u) * ${layout.scale}; var dq${c} = vec4f();`)}
  let result = ${code.at(1)};
  ${chunks((c) => `let g${c} = load_dOut(result, ${c}u);`)}
  let of_query = ${terms};
  for (var start = 0u; start < high; start += ${code.tile}u) {
    ${code.fill(`load_qkv(${code.at(3, 1)}, c)`, `load_qkv(${code.at(3, 2)}, c)`, 'vec2f(mask[row], 0.)')}
    ${code.loop(
      'own + 1u',
      `
  if (beside.x <= .5 && j != own) { continue; }
  let weight = exp(${code.dot('q', 'a')} - of_query.x);
  let d_score = weight * (${code.dot('g', 'b')} - of_query.y);
  ${chunks((c) => `dq${c} += d_score * a${c};`)}`,
    )}
  }
  if (inside) {
  ${chunks((c) => `store_dQkv(query, ${c}u, dq${c} * ${layout.scale});`)}
  }
  }
  // dk and dv of its keys, over the queries from them on.
  ${chunks((c) => `let k${c} = load_qkv(key, ${c}u); var dk${c} = vec4f();`)}
  ${chunks((c) => `let v${c} = load_qkv(value, ${c}u); var dv${c} = vec4f();`)}
  let padding = mask[row] <= .5;
  for (var start = low; start < run.time; start += ${code.tile}u) {
    ${code.fill(`load_qkv(${code.at(3)}, c) * ${layout.scale}`, `load_dOut(${code.at(1)}, c)`, terms)}
    ${code.loop(
      'run.time',
      `
  if (j < own || (padding && j != own)) { continue; }
  let weight = exp(${code.dot('k', 'a')} - beside.x);
  let d_score = weight * (${code.dot('v', 'b')} - beside.y);
  ${chunks((c) => `dk${c} += d_score * a${c}; dv${c} += weight * b${c};`)}`,
    )}
  }
  if (!inside) { return; }
  ${chunks((c) => `store_dQkv(key, ${c}u, dk${c}); store_dQkv(value, ${c}u, dv${c});`)}
  if (head == ${heads - 1}u) { ${zeroPadding('dQkv', 'row', 3 * width)} }`,
  });
}
