/**
 * Causal self-attention over whole sequences, forward and backward, tiled over T (Dao et al., "FlashAttention", 2022).
 *
 * Departures from the paper: an invocation owns a whole query (or key), so nothing is reduced across invocations, and
 * sums have a fixed order; the backward pass finds dq, then dk and dv, without atomics, by computing the weights twice,
 * for the queries of a workgroup and for its keys. Loops run over the columns of a head: unrolled, with the vectors in
 * registers, lavapipe compiled the gradient of 32 columns for 40 s and of 64 for 86 s.
 */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid, repeat, stride } from '../kernel.ts';
import { type Lanes, declareLane, ofBlock, readBlock, rolled, withLanes } from './lanes.ts';

export interface AttentionShape {
  /** Width of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
}

export interface AttentionOptions extends AttentionShape {
  /** Default 1. */
  readonly lanes?: Lanes;
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

/** Keys (or queries) that an invocation takes at a time; half as many compile faster where lanes do not share them. */
const blockOf = (lanes: Lanes): number => (lanes === 1 ? 4 : 8);
/** Most positions of a workgroup, one an invocation. */
const MOST_ROWS = 32;
/** Workgroup memory that every adapter has. */
const WORKGROUP_BYTES = 16384;

/**
 * The code that all passes share: the place of an invocation, the vectors of its own (`names`, in workgroup memory so
 * that loops can run over them, each invocation at its own: nothing waits), and those of the others.
 */
function passes({ width, heads, lanes: wanted = 1 }: AttentionOptions, names: readonly string[]) {
  const layout = headLayout({ width, heads });
  const { chunks: n, unit, size } = layout;
  // Where lanes share what they read, small workgroups see less of the future.
  let rows = wanted === 1 ? MOST_ROWS : 8;
  while (rows * names.length * n * 16 > WORKGROUP_BYTES) rows /= 2;
  if (rows < 1) throw new RangeError(`heads of ${size} columns do not fit workgroup memory`);
  const lanes = rows < wanted ? 1 : wanted;
  const block = blockOf(lanes);

  /** The element at which the head begins in `row` of an array that has `parts` parts of `width` columns. */
  const at = (parts: number, part = 0, row = 'row'): string =>
    `${row} * ${stride(parts * width) / unit}u + ${(part * width) / unit}u + head * ${size / unit}u`;
  /** Vector c of the invocation's own `name`. */
  const own = (name: string): string => `${name}[c * ${rows}u + thread]`;
  const position = (i: string): string => `min(start + ${i}, run.time - 1u)`;
  return {
    layout,
    rows,
    lanes,
    block,
    at,
    own,
    grid: ({ batch, time }: { batch: number; time: number }) => linearGrid(batch * heads * Math.ceil(time / rows)),
    declarations: names.map((name) => `var<workgroup> ${name}: array<vec4f, ${n * rows}>;\n`).join(''),

    /** The workgroup's positions are low ≤ t < high, the invocation's is `place`, which writes nothing beyond T. */
    place: `
  let tiles = (run.time + ${rows - 1}u) / ${rows}u;
  let pair = ${LINEAR_GROUP} / tiles;
  if (pair >= run.batch * ${heads}u) { return; }
  ${declareLane(lanes)}
  let origin = pair / ${heads}u * run.time;
  let head = pair % ${heads}u;
  let low = ${LINEAR_GROUP} % tiles * ${rows}u;
  let high = min(low + ${rows}u, run.time);
  let place = low + thread;
  let inside = place < high;
  let row = origin + min(place, run.time - 1u);`,

    /** Statements over the keys (or queries) of a block, and their sum. */
    each: (code: (i: number) => string): string => repeat(block, code, '\n    '),
    sum: (code: (i: number) => string): string => repeat(block, code, ' + '),

    /** A loop over the vectors of a head. */
    chunks: (body: string): string => `for (var c = 0u; c < ${rolled(n)}; c++) {
    ${body}
  }`,

    /** Reads vector c of the others of the block that begins at `start`, from part `part` of an array. */
    others: (name: string, buffer: string, parts: number, part = 0): string =>
      readBlock(name, block, lanes, (i) => `load_${buffer}(${at(parts, part, `(origin + ${position(i)})`)}, c)`),
    /** Reads what belongs to each other's position. */
    beside: (name: string, value: (position: string) => string): string =>
      readBlock(name, block, lanes, (i) => value(position(i))),
    other: (name: string, i: number, part = ''): string => ofBlock(name, i, lanes, part),
  };
}

/**
 * qkv [B·T, 3·width], mask [B, T] → out [B·T, width] and terms [B, heads, T, 2], of which the first is the log-sum-exp of
 * each query's scaled scores. Query i sees key j when j ≤ i and (mask[j] = 1 or j = i).
 */
export function attentionForward(options: AttentionOptions): Kernel {
  const { width, heads } = options;
  const { layout, lanes, block, at, own, each, sum, chunks, others, beside, other, ...code } = passes(options, [
    'q',
    'result',
  ]);
  return withLanes(
    lanes,
    kernel({
      label: `attention ${width}/${heads}`,
      buffers: { qkv: `read ${layout.type}`, mask: 'read f32', out: `write ${layout.type}`, terms: 'write vec2f' },
      declarations: headLoad('qkv', layout) + headStore('out', layout) + code.declarations,
      workgroup: [code.rows],
      grid: code.grid,
      body: `${code.place}
  ${chunks(`${own('q')} = load_qkv(${at(3)}, c) * ${layout.scale}; ${own('result')} = vec4f();`)}
  var largest = ${LOWEST};
  var total = 0.;
  for (var start = 0u; start < high; start += ${block}u) {
    ${each((i) => `var s${i} = 0.;`)}
    ${chunks(`let x = ${own('q')};
    ${others('k', 'qkv', 3, 1)}
    ${each((i) => `s${i} += dot(x, ${other('k', i)});`)}`)}
    ${beside('m', (t) => `mask[origin + ${t}]`)}
    ${each((i) => `let seen${i} = (start + ${i}u == place) | ((start + ${i}u < place) & (${other('m', i)} > .5));`)}
    let before = largest;
    ${each((i) => `largest = max(largest, select(${LOWEST}, s${i}, seen${i}));`)}
    let rescale = exp(before - largest);
    ${each((i) => `let w${i} = select(0., exp(s${i} - largest), seen${i});`)}
    total = total * rescale + ${sum((i) => `w${i}`)};
    ${chunks(`${others('v', 'qkv', 3, 2)}
    ${own('result')} = ${own('result')} * rescale + ${sum((i) => `w${i} * ${other('v', i)}`)};`)}
  }
  if (!inside) { return; }
  ${chunks(`store_out(${at(1)}, c, ${own('result')} / total);`)}
  terms[pair * run.time + place] = vec2f(largest + log(total), 0.);
  if (head == ${heads - 1}u) { ${zeroPadding('out', 'row', width)} }`,
    }),
  );
}

/**
 * The gradient of `attentionForward` in two kernels, both: qkv, mask, its out and terms, dOut [B·T, width] →
 * dQkv [B·T, 3·width]. The first finds dq and completes the terms, the second dk and dv.
 *
 * With weights p = exp(score − lse) and D = dOut·out of a query, the second of its terms: dv = Σ p·dOut,
 * dscore = p·(dOut·v − D).
 */
export const attentionBackward = (options: AttentionOptions): [queries: Kernel, keys: Kernel] => [
  queriesBackward(options),
  keysBackward(options),
];

function queriesBackward(options: AttentionOptions): Kernel {
  const { width, heads } = options;
  const { layout, lanes, block, at, own, each, sum, chunks, others, beside, other, ...code } = passes(options, [
    'q',
    'g',
    'dq',
  ]);
  const { type } = layout;
  return withLanes(
    lanes,
    kernel({
      label: `attention gradient of queries ${width}/${heads}`,
      buffers: {
        qkv: `read ${type}`,
        mask: 'read f32',
        out: `read ${type}`,
        terms: 'write vec2f',
        dOut: `read ${type}`,
        dQkv: `write ${type}`,
      },
      declarations:
        ['qkv', 'out', 'dOut'].map((name) => headLoad(name, layout)).join('') +
        headStore('dQkv', layout) +
        code.declarations,
      workgroup: [code.rows],
      grid: code.grid,
      body: `${code.place}
  let of_query = pair * run.time + min(place, run.time - 1u);
  let lse = terms[of_query].x;
  var d = 0.;
  ${chunks(`let g_c = load_dOut(${at(1)}, c);
    d += dot(g_c, load_out(${at(1)}, c));
    ${own('q')} = load_qkv(${at(3)}, c) * ${layout.scale}; ${own('g')} = g_c; ${own('dq')} = vec4f();`)}
  for (var start = 0u; start < high; start += ${block}u) {
    ${each((i) => `var s${i} = 0.; var t${i} = 0.;`)}
    ${chunks(`let x = ${own('q')};
    ${others('k', 'qkv', 3, 1)}
    ${each((i) => `s${i} += dot(x, ${other('k', i)});`)}
    let y = ${own('g')};
    ${others('v', 'qkv', 3, 2)}
    ${each((i) => `t${i} += dot(y, ${other('v', i)});`)}`)}
    ${beside('m', (t) => `mask[origin + ${t}]`)}
    ${each((i) => `let seen${i} = (start + ${i}u == place) | ((start + ${i}u < place) & (${other('m', i)} > .5));`)}
    ${each((i) => `let ds${i} = select(0., exp(s${i} - lse), seen${i}) * (t${i} - d);`)}
    ${chunks(`${others('k', 'qkv', 3, 1)}
    ${own('dq')} += ${sum((i) => `ds${i} * ${other('k', i)}`)};`)}
  }
  if (!inside) { return; }
  terms[of_query].y = d;
  ${chunks(`store_dQkv(${at(3)}, c, ${own('dq')} * ${layout.scale});`)}
  if (head == ${heads - 1}u) { ${zeroPadding('dQkv', 'row', 3 * width)} }`,
    }),
  );
}

function keysBackward(options: AttentionOptions): Kernel {
  const { width, heads } = options;
  const { layout, lanes, block, at, own, each, sum, chunks, others, beside, other, ...code } = passes(options, [
    'k',
    'v',
    'dk',
    'dv',
  ]);
  const { type } = layout;
  return withLanes(
    lanes,
    kernel({
      label: `attention gradient of keys ${width}/${heads}`,
      buffers: {
        qkv: `read ${type}`,
        mask: 'read f32',
        terms: 'read vec2f',
        dOut: `read ${type}`,
        dQkv: `write ${type}`,
      },
      declarations:
        ['qkv', 'dOut'].map((name) => headLoad(name, layout)).join('') + headStore('dQkv', layout) + code.declarations,
      workgroup: [code.rows],
      grid: code.grid,
      body: `${code.place}
  let padding = mask[row] <= .5;
  ${chunks(`${own('k')} = load_qkv(${at(3, 1)}, c) * ${layout.scale}; ${own('dk')} = vec4f();
    ${own('v')} = load_qkv(${at(3, 2)}, c); ${own('dv')} = vec4f();`)}
  for (var start = low; start < run.time; start += ${block}u) {
    ${each((i) => `var s${i} = 0.; var t${i} = 0.;`)}
    ${chunks(`let x = ${own('k')};
    ${others('q', 'qkv', 3)}
    ${each((i) => `s${i} += dot(x, ${other('q', i)});`)}
    let y = ${own('v')};
    ${others('g', 'dOut', 1)}
    ${each((i) => `t${i} += dot(y, ${other('g', i)});`)}`)}
    ${beside('of', (t) => `terms[pair * run.time + ${t}]`)}
    ${each((i) => `let seen${i} = (start + ${i}u == place) | ((start + ${i}u > place) & (start + ${i}u < run.time) & !padding);`)}
    ${each((i) => `let w${i} = select(0., exp(s${i} - ${other('of', i, '.x')}), seen${i});`)}
    ${each((i) => `let ds${i} = w${i} * (t${i} - ${other('of', i, '.y')});`)}
    ${chunks(`${others('q', 'qkv', 3)}
    ${own('dk')} += ${sum((i) => `ds${i} * ${other('q', i)}`)};
    ${others('g', 'dOut', 1)}
    ${own('dv')} += ${sum((i) => `w${i} * ${other('g', i)}`)};`)}
  }
  if (!inside) { return; }
  ${chunks(`store_dQkv(${at(3, 1)}, c, ${own('dk')} * ${layout.scale}); store_dQkv(${at(3, 2)}, c, ${own('dv')});`)}`,
    }),
  );
}
