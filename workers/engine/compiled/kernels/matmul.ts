/**
 * Matrix products, register-tiled, with what follows them fused in: bias, GELU, residual; and the backward pass of a
 * linear layer, dX and dW, as one dispatch.
 *
 * A workgroup makes one tile of the result, an invocation a small block of it in registers. Either the operands' tiles go
 * through workgroup memory, or every invocation reads its own, which a software adapter does better; on one with
 * subgroups their lanes share the rows of the left operand.
 */
import { type Binding, type Kernel, LINEAR_GROUP, ROW_TILE, kernel, linearGrid, repeat, stride } from '../kernel.ts';
import { GELU } from './gelu.ts';
import { NARROW_SUMS, WIDE_SUMS } from './reduce.ts';
import { type Lanes, declareLane, ofBlock, readBlock, rolled, withLanes } from './lanes.ts';

/** How a product is cut up. */
export interface Tiling {
  /** Invocations along columns and rows. */
  readonly x: number;
  readonly y: number;
  /** Block of an invocation: rows, and columns in vec4s. */
  readonly rows: number;
  readonly columns4: number;
  /** Terms of the sum that a tile in workgroup memory holds; 0: no such tiles. */
  readonly depth: number;
  /** Invocations that share what they read. More than 1 only with depth 0 and y 1: a workgroup has one block of rows. */
  readonly lanes: Lanes;
  /** Most invocations that one sum over a row or an array is spread over; see kernels/reduce.ts. */
  readonly sums: number;
}

/** For graphics cards. */
export const TILED: Tiling = { x: 8, y: 8, rows: 4, columns4: 1, depth: 32, lanes: 1, sums: WIDE_SUMS };
/** For software adapters. */
export const DIRECT: Tiling = { x: 8, y: 8, rows: 4, columns4: 1, depth: 0, lanes: 1, sums: NARROW_SUMS };
/** The same with subgroups; on lavapipe 2 to 3 times as fast. */
export const direct = (lanes: Lanes): Tiling =>
  lanes === 1 ? DIRECT : { x: 16, y: 1, rows: 8, columns4: 1, depth: 0, lanes, sums: NARROW_SUMS };

/** Which rows an array has: those of the tokens of a batch, or of the selected ones. */
export type RowExtent = 'tokens' | 'selected';

/**
 * C[m, n] = Σ_k of the operands a and b, as they lie in memory: 'NN' a[m, k] b[k, n], 'NT' a[m, k] b[n, k],
 * 'TN' a[k, m] b[k, n]. One of m and k is the number of rows (a WGSL expression), the rest are widths.
 */
interface Product {
  readonly mode: 'NN' | 'NT' | 'TN';
  readonly a: string;
  readonly b: string;
  readonly m: number | string;
  readonly n: number;
  readonly k: number | string;
}

const tileRows = ({ y, rows }: Tiling): number => y * rows;
const tileColumns = ({ x, columns4 }: Tiling): number => x * columns4 * 4;

const columnTiles = (n: number, tiling: Tiling): number => Math.ceil(n / tileColumns(tiling));

/** vec4s of workgroup memory that `operand` needs. */
function sharedSize(operand: 'a' | 'b', tiling: Tiling): number {
  return ((operand === 'a' ? tileRows(tiling) : tileColumns(tiling)) * tiling.depth) / 4;
}

/** Reads vec4 `column4` of row `row` of an array, 0 where it lies outside of the bounds that are not whole tiles. */
function load(array: string, row: string, column4: string, width: string, bounds: string[]): string {
  const value = `${array}[(${row}) * ${width} + (${column4})]`;
  return bounds.length === 0 ? value : `select(vec4f(), ${value}, ${bounds.join(' && ')})`;
}

/** Bound for `index` below `count`, if tiles of `tile` do not fill it. */
const bound = (index: string, count: number | string, tile: number, scale = 1): string[] => {
  const exact = typeof count === 'number' ? count % tile === 0 : tile <= ROW_TILE;
  return exact ? [] : [`(${index}) < ${typeof count === 'number' ? `${Math.ceil(count / scale)}u` : count}`];
};

/**
 * Statements that sum up tile (`row0`, `column0`, both in scope) into c{i}_{j}: row i, vec4 j of this invocation's block.
 * `each` is code at every k with the vec4s b{j} of operand b in scope ('TN' only).
 */
function sumTile(product: Product, tiling: Tiling, each = ''): string {
  const { rows, columns4, depth } = tiling;
  const clear = repeat(rows, (i) => repeat(columns4, (j) => `var c${i}_${j} = vec4f();`, ' '));
  return `${clear}\n${depth === 0 ? sumDirectly(product, tiling, each) : sumTiles(product, tiling, each)}`;
}

/** vec4s from one row of an operand to the next. */
const pitch = (width: number | string): string => `${typeof width === 'number' ? stride(width) / 4 : 0}u`;
const end = (k: number | string): string => (typeof k === 'number' ? `${stride(k)}u` : k);

/** Adds the products of one k: rows `aOf(i)` of the block's left operand and the vec4s b{j} of the right one. */
const outer = ({ rows, columns4 }: Tiling, aOf: (i: number) => string): string =>
  repeat(
    rows,
    (i) => `{ let a = vec4f(${aOf(i)}); ${repeat(columns4, (j) => `c${i}_${j} = fma(a, b${j}, c${i}_${j});`, ' ')} }`,
  );

/** Adds the products of four k at once, vec4s `aOf(i)` of rows and b0 … b3 of the four columns of vec4 j ('NT'). */
const dots = ({ rows }: Tiling, j: number, aOf: (i: number) => string): string =>
  repeat(rows, (i) => `{ let a = ${aOf(i)}; c${i}_${j} += vec4f(dot(a, b0), dot(a, b1), dot(a, b2), dot(a, b3)); }`);

/**
 * Every invocation reads what it needs. Nothing is checked: rows and columns outside of the arrays, which read as
 * whatever, only lead to blocks' elements that are not stored.
 */
function sumDirectly({ mode, a, b, m, n, k }: Product, tiling: Tiling, each: string): string {
  const { x, rows, columns4, lanes } = tiling;
  const row = `row0 + local.y * ${rows}u`;
  const column4 = (j: number): string => `column0 / 4u + local.x + ${j * x}u`;
  const rightRow = (kk: string): string =>
    repeat(columns4, (j) => `let b${j} = ${b}[(${kk}) * ${pitch(n)} + ${column4(j)}];`);
  if (mode === 'TN') {
    // As many k as it takes for every lane to have something to read.
    const width4 = rows / 4;
    const steps = Math.max(1, lanes / width4);
    const left = (i: string): string =>
      `${a}[(k + ${i} / ${width4}u) * ${pitch(m)} + (${row}) / 4u + ${i} % ${width4}u]`;
    const step = (q: number): string => `{ ${rightRow(`k + ${q}u`)}
${outer(tiling, (i) => ofBlock('a', q * width4 + (i >> 2), lanes, `[${i & 3}]`))}
${each} }`;
    return `for (var k = 0u; k < ${end(k)}; k += ${steps}u) {
${readBlock('a', steps * width4, lanes, left)}
${repeat(steps, step)}
}`;
  }
  const left = readBlock('a', rows, lanes, (i) => `${a}[(${row} + ${i}) * ${pitch(k)} + k / 4u]`);
  const sum =
    mode === 'NN'
      ? repeat(4, (q) => `{ ${rightRow(`k + ${q}u`)} ${outer(tiling, (i) => ofBlock('a', i, lanes, `[${q}]`))} }`)
      : repeat(
          columns4,
          (j) =>
            `{ ${repeat(4, (q) => `let b${q} = ${b}[((${column4(j)}) * 4u + ${q}u) * ${pitch(k)} + k / 4u];`)} ${dots(tiling, j, (i) => ofBlock('a', i, lanes))} }`,
        );
  return `for (var k = 0u; k < ${end(k)}; k += 4u) {\n${left}\n${sum}\n}`;
}

/** The workgroup copies a tile of each operand into its memory, `depth` terms of the sum at a time. */
function sumTiles({ mode, a, b, m, n, k }: Product, tiling: Tiling, each: string): string {
  const { x, y, rows, columns4, depth } = tiling;
  const [rowsOf, columnsOf, depth4] = [tileRows(tiling), tileColumns(tiling), depth / 4];
  // Columns of 'NT' are read 4 rows apart, by neighbours at a time: they would all come from the same banks.
  const turned = (r: string, c: string): string => (mode === 'NT' ? `((${c}) ^ ((${r}) / 4u % ${depth4}u))` : c);
  const fill = (tile: string, height: number, width4: number, value: (r: string, c: string) => string): string =>
    `for (var i = thread; i < ${rolled(height * width4)}; i += ${x * y}u) { let r = i / ${width4}u; let c = i % ${width4}u; ${
      tile === 'tileB' ? `tileB[r * ${width4}u + ${turned('r', 'c')}]` : `${tile}[i]`
    } = ${value('r', 'c')}; }`;
  const alongK = (array: string, start: string, count: number | string, tile: number) => (r: string, c: string) =>
    load(array, `${start} + ${r}`, `k0 / 4u + ${c}`, pitch(k), [
      ...bound(`${start} + ${r}`, count, tile),
      ...bound(`k0 / 4u + ${c}`, k, depth, 4),
    ]);
  const acrossK = (array: string, start: string, count: number | string, tile: number) => (r: string, c: string) =>
    load(array, `k0 + ${r}`, `${start} / 4u + ${c}`, pitch(count), [
      ...bound(`k0 + ${r}`, k, depth),
      ...bound(`${start} / 4u + ${c}`, count, tile, 4),
    ]);
  const fillA =
    mode === 'TN'
      ? fill('tileA', depth, rowsOf / 4, acrossK(a, 'row0', m, rowsOf))
      : fill('tileA', rowsOf, depth4, alongK(a, 'row0', m, rowsOf));
  const fillB =
    mode === 'NT'
      ? fill('tileB', columnsOf, depth4, alongK(b, 'column0', n, columnsOf))
      : fill('tileB', depth, columnsOf / 4, acrossK(b, 'column0', n, columnsOf));
  const rightRow = (kk: string): string =>
    repeat(columns4, (j) => `let b${j} = tileB[(${kk}) * ${columnsOf / 4}u + local.x + ${j * x}u];`);
  const left = repeat(rows, (i) => `let a${i} = tileA[(local.y * ${rows}u + ${i}u) * ${depth4}u + kk];`);
  const right = (j: number, q: number): string => {
    const column = `((local.x + ${j * x}u) * 4u + ${q}u)`;
    return `let b${q} = tileB[${column} * ${depth4}u + ${turned(column, 'kk')}];`;
  };
  const sum =
    mode === 'TN'
      ? `for (var kk = 0u; kk < ${rolled(depth)}; kk++) {
${repeat(rows / 4, (i) => `let a${i} = tileA[kk * ${rowsOf / 4}u + local.y * ${rows / 4}u + ${i}u];`)}
${rightRow('kk')}
${outer(tiling, (i) => `a${i >> 2}[${i & 3}]`)}
${each}
}`
      : `for (var kk = 0u; kk < ${rolled(depth4)}; kk++) {
${left}
${
  mode === 'NN'
    ? repeat(4, (q) => `{ ${rightRow(`kk * 4u + ${q}u`)} ${outer(tiling, (i) => `a${i}[${q}]`)} }`)
    : repeat(columns4, (j) => `{ ${repeat(4, (q) => right(j, q))} ${dots(tiling, j, (i) => `a${i}`)} }`)
}
}`;
  return `for (var k0 = 0u; k0 < ${end(k)}; k0 += ${depth}u) {
${fillA}
${fillB}
workgroupBarrier();
${sum}
workgroupBarrier();
}`;
}

/** Statements that hand every vec4 of the block to `store`, with row, column4 and v in scope. */
function storeTile({ m, n }: Product, tiling: Tiling, store: string): string {
  const { x, rows, columns4 } = tiling;
  const bounds = [...bound('row', m, tileRows(tiling)), ...bound('column4', n, tileColumns(tiling), 4)];
  const guard = bounds.length === 0 ? '' : `if (${bounds.join(' && ')}) `;
  return repeat(rows, (i) =>
    repeat(
      columns4,
      (j) =>
        `{ let row = row0 + local.y * ${rows}u + ${i}u; let column4 = column0 / 4u + local.x + ${j * x}u; var v = c${i}_${j}; ${guard}{ ${store} } }`,
    ),
  );
}

function declareTiles(tiling: Tiling): string {
  if (tiling.depth === 0) return '';
  return `var<workgroup> tileA: array<vec4f, ${sharedSize('a', tiling)}>;
var<workgroup> tileB: array<vec4f, ${sharedSize('b', tiling)}>;
`;
}

export interface ForwardOptions {
  readonly rows: RowExtent;
  readonly inner: number;
  readonly outer: number;
  /** Whether the weights lie as [outer, inner] (a table) or [inner, outer] (a linear layer). */
  readonly table?: boolean;
  readonly bias?: boolean;
  /** 'gelu': out = gelu(z); 'gelu+z': z is kept for the backward pass; 'residual': out = z + residual. */
  readonly then?: 'gelu' | 'gelu+z' | 'residual';
  readonly tiling: Tiling;
}

/** x, weights[, bias][, z | residual], out. z = x · weights + bias: [rows, outer]. */
export function matmulForward({ rows, inner, outer, table, bias, then, tiling }: ForwardOptions): Kernel {
  const m = `run.${rows}`;
  const product: Product = { mode: table ? 'NT' : 'NN', a: 'x', b: 'weights', m, n: outer, k: inner };
  const buffers: Record<string, Binding> = { x: 'read vec4f', weights: 'read vec4f' };
  if (bias) buffers['bias'] = 'read vec4f';
  if (then === 'gelu+z') buffers['z'] = 'write vec4f';
  if (then === 'residual') buffers['residual'] = 'read vec4f';
  buffers['out'] = 'write vec4f';
  const store = [
    `let at = row * ${stride(outer) / 4}u + column4;`,
    bias ? 'v += bias[column4];' : '',
    then === 'gelu+z' ? 'z[at] = v;' : '',
    then === 'residual' ? 'v += residual[at];' : '',
    `out[at] = ${then?.startsWith('gelu') ? 'gelu(v)' : 'v'};`,
  ];
  const tiles = columnTiles(outer, tiling);
  const made = kernel({
    label: `matmul ${inner}→${outer}${then ? ` ${then}` : ''}`,
    buffers,
    declarations: `${declareTiles(tiling)}${then?.startsWith('gelu') ? GELU : ''}`,
    workgroup: [tiling.x, tiling.y],
    body: `${declareLane(tiling.lanes)}
let tile = ${LINEAR_GROUP};
let row0 = (tile / ${tiles}u) * ${tileRows(tiling)}u;
let column0 = (tile % ${tiles}u) * ${tileColumns(tiling)}u;
if (row0 >= ${m}) { return; }
${sumTile(product, tiling)}
${storeTile(product, tiling, store.join(' '))}`,
    grid: (run) => linearGrid(Math.ceil(run[rows] / tileRows(tiling)) * tiles),
  });
  return withLanes(tiling.lanes, made);
}

export interface BackwardOptions {
  readonly rows: RowExtent;
  readonly inner: number;
  readonly outer: number;
  readonly table?: boolean;
  /** Floats from the start of the gradient's binding to the weights' and to the bias's part of it. */
  readonly offsets: { readonly weights: number; readonly bias?: number };
  /** What becomes of dX: stored, added to what is there, or stored times gelu′(z). */
  readonly dx: 'set' | 'add' | 'gelu';
  readonly tiling: Tiling;
}

/**
 * dout, x, weights[, z], dx, gradient. dX = dOut · weightsᵀ, and the gradient of the weights (and the bias) is added to
 * `gradient`. The two products share nothing but dOut: the first workgroups make dX, the others the gradient.
 */
export function matmulBackward({ rows, inner, outer, table, offsets, dx, tiling }: BackwardOptions): Kernel {
  const m = `run.${rows}`;
  const toInput: Product = { mode: table ? 'NN' : 'NT', a: 'dout', b: 'weights', m, n: inner, k: outer };
  const toWeights: Product = table
    ? { mode: 'TN', a: 'dout', b: 'x', m: outer, n: inner, k: m }
    : { mode: 'TN', a: 'x', b: 'dout', m: inner, n: outer, k: m };
  const buffers: Record<string, Binding> = { dout: 'read vec4f', x: 'read vec4f', weights: 'read vec4f' };
  if (dx === 'gelu') buffers['z'] = 'read vec4f';
  buffers['dx'] = 'write vec4f';
  buffers['gradient'] = 'write vec4f';
  const inputTiles = columnTiles(inner, tiling);
  const weightTiles = columnTiles(toWeights.n, tiling);
  const weightRows = Math.ceil((toWeights.m as number) / tileRows(tiling));
  const storeInput = `let at = row * ${stride(inner) / 4}u + column4; ${
    { set: 'dx[at] = v;', add: 'dx[at] += v;', gelu: 'dx[at] = v * geluSlope(z[at]);' }[dx]
  }`;
  const storeWeights = `gradient[${offsets.weights / 4}u + row * ${stride(toWeights.n) / 4}u + column4] += v;`;
  const { bias } = offsets;
  const { x, columns4 } = tiling;
  const sumBias = bias === undefined ? '' : repeat(columns4, (j) => `if (row0 == 0u) { db${j} += b${j}; }`);
  const storeBias =
    bias === undefined
      ? ''
      : `if (row0 == 0u && local.y == 0u) { ${repeat(columns4, (j) => `{ let column4 = column0 / 4u + local.x + ${j * x}u; if (column4 < ${stride(outer) / 4}u) { gradient[${bias / 4}u + column4] += db${j}; } }`)} }`;
  const made = kernel({
    label: `matmul backward ${inner}→${outer}${dx === 'set' ? '' : ` ${dx}`}`,
    buffers,
    declarations: `${declareTiles(tiling)}${dx === 'gelu' ? GELU : ''}`,
    workgroup: [tiling.x, tiling.y],
    body: `${declareLane(tiling.lanes)}
let inputGroups = (${m} + ${tileRows(tiling) - 1}u) / ${tileRows(tiling)}u * ${inputTiles}u;
let number = ${LINEAR_GROUP};
if (number < inputGroups) {
  let row0 = (number / ${inputTiles}u) * ${tileRows(tiling)}u;
  let column0 = (number % ${inputTiles}u) * ${tileColumns(tiling)}u;
  ${sumTile(toInput, tiling)}
  ${storeTile(toInput, tiling, storeInput)}
} else {
  let tile = number - inputGroups;
  let row0 = (tile / ${weightTiles}u) * ${tileRows(tiling)}u;
  let column0 = (tile % ${weightTiles}u) * ${tileColumns(tiling)}u;
  if (tile >= ${weightTiles * weightRows}u) { return; }
  ${bias === undefined ? '' : repeat(columns4, (j) => `var db${j} = vec4f();`)}
  ${sumTile(toWeights, tiling, sumBias)}
  ${storeTile(toWeights, tiling, storeWeights)}
  ${storeBias}
}`,
    grid: (run) => linearGrid(Math.ceil(run[rows] / tileRows(tiling)) * inputTiles + weightTiles * weightRows),
  });
  return withLanes(tiling.lanes, made);
}
