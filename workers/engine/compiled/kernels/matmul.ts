/**
 * Matrix products, register-tiled, with what follows them fused in: bias, GELU, residual; and the backward pass of a
 * linear layer, dX and dW, as one dispatch.
 *
 * A workgroup makes one tile of the result, an invocation a small block of it in registers. Either the operands' tiles go
 * through workgroup memory, or (`shared: false`) every invocation reads them itself, which a software adapter does better.
 */
import { type Binding, type Kernel, LINEAR_GROUP, ROW_TILE, kernel, linearGrid, repeat, stride } from '../kernel.ts';
import { GELU } from './gelu.ts';

/** How a product is cut up. */
export interface Tiling {
  /** Invocations along columns and rows. */
  readonly x: number;
  readonly y: number;
  /** Block of an invocation: rows, and columns in vec4s. */
  readonly rows: number;
  readonly columns4: number;
  /** Terms of the sum that a tile in workgroup memory holds. */
  readonly depth: number;
  readonly shared: boolean;
}

export const TILED: Tiling = { x: 8, y: 8, rows: 4, columns4: 1, depth: 32, shared: true };
export const DIRECT: Tiling = { x: 8, y: 8, rows: 4, columns4: 1, depth: 4, shared: false };

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
function load(array: string, row: string, column4: string, width: number | string, bounds: string[]): string {
  const value = `${array}[(${row}) * ${width}u + (${column4})]`;
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
  const { mode, a, b, m, n, k } = product;
  const { x, y, rows, columns4, depth, shared } = tiling;
  const rowsOf = tileRows(tiling);
  const columnsOf = tileColumns(tiling);
  const m4 = typeof m === 'number' ? stride(m) / 4 : 0;
  const n4 = stride(n) / 4;
  const k4 = typeof k === 'number' ? stride(k) / 4 : 0;
  const kEnd = typeof k === 'number' ? `${stride(k)}u` : k;
  const clear = repeat(rows, (i) => repeat(columns4, (j) => `var c${i}_${j} = vec4f();`, ' '));
  const outer = (aOf: (i: number) => string): string =>
    repeat(rows, (i) => repeat(columns4, (j) => `c${i}_${j} = fma(vec4f(${aOf(i)}), b${j}, c${i}_${j});`, ' '));

  // Operand a at (row or k, vec4), operand b likewise, out of memory.
  const globalA = (first: string, second4: string): string =>
    mode === 'TN'
      ? load(a, first, second4, m4, [...bound(first, k, depth), ...bound(second4, m, rowsOf, 4)])
      : load(a, first, second4, k4, [...bound(first, m, rowsOf), ...bound(second4, k, depth, 4)]);
  const globalB = (first: string, second4: string): string =>
    mode === 'NT'
      ? load(b, first, second4, k4, [...bound(first, n, columnsOf), ...bound(second4, k, depth, 4)])
      : load(b, first, second4, n4, [...bound(first, k, depth), ...bound(second4, n, columnsOf, 4)]);

  let inner: string;
  if (shared) {
    const threads = x * y;
    const fill = (tile: string, height: number, width4: number, value: (r: string, c: string) => string): string => {
      const count = height * width4;
      const one = (index: string): string =>
        `{ let i = ${index}; ${tile}[i] = ${value(`i / ${width4}u`, `i % ${width4}u`)}; }`;
      return count % threads === 0
        ? repeat(count / threads, (q) => one(`thread + ${q * threads}u`))
        : `for (var t = thread; t < ${count}u; t += ${threads}u) ${one('t')}`;
    };
    const fillA =
      mode === 'TN'
        ? fill('tileA', depth, rowsOf / 4, (r, c) => globalA(`k0 + ${r}`, `row0 / 4u + ${c}`))
        : fill('tileA', rowsOf, depth / 4, (r, c) => globalA(`row0 + ${r}`, `k0 / 4u + ${c}`));
    const fillB =
      mode === 'NT'
        ? fill('tileB', columnsOf, depth / 4, (r, c) => globalB(`column0 + ${r}`, `k0 / 4u + ${c}`))
        : fill('tileB', depth, columnsOf / 4, (r, c) => globalB(`k0 + ${r}`, `column0 / 4u + ${c}`));
    inner = `${fillA}\n${fillB}\nworkgroupBarrier();
${blockSum(tiling, mode, outer, each, {
  a: (i, kk) => `tileA[(local.y * ${rows}u + ${i}u) * ${depth / 4}u + ${kk}]`,
  at: (i4, kk) => `tileA[(${kk}) * ${rowsOf / 4}u + local.y * ${rows / 4}u + ${i4}u]`,
  b: (j, kk) => `tileB[(${kk}) * ${columnsOf / 4}u + local.x + ${j * x}u]`,
  bt: (j, q, kk) => `tileB[((local.x + ${j * x}u) * 4u + ${q}u) * ${depth / 4}u + ${kk}]`,
})}
workgroupBarrier();`;
  } else {
    inner = blockSum(tiling, mode, outer, each, {
      a: (i, kk) => globalA(`row0 + local.y * ${rows}u + ${i}u`, `k0 / 4u + ${kk}`),
      at: (i4, kk) => globalA(`k0 + ${kk}`, `row0 / 4u + local.y * ${rows / 4}u + ${i4}u`),
      b: (j, kk) => globalB(`k0 + ${kk}`, `column0 / 4u + local.x + ${j * x}u`),
      bt: (j, q, kk) => globalB(`column0 + (local.x + ${j * x}u) * 4u + ${q}u`, `k0 / 4u + ${kk}`),
    });
  }
  return `${clear}\nfor (var k0 = 0u; k0 < ${kEnd}; k0 += ${depth}u) {\n${inner}\n}`;
}

interface Operands {
  /** Row i of the block, vec4 `kk` along k. */
  a(i: number, kk: string): string;
  /** Rows 4·i4 … of the block at `kk`, for 'TN'. */
  at(i4: number, kk: string): string;
  /** vec4 j of the block's columns at `kk`. */
  b(j: number, kk: string): string;
  /** Column 4j + q of the block, vec4 `kk` along k, for 'NT'. */
  bt(j: number, q: number, kk: string): string;
}

/** Sums over one tile's depth. */
function blockSum(
  { rows, columns4, depth }: Tiling,
  mode: Product['mode'],
  outer: (aOf: (i: number) => string) => string,
  each: string,
  operand: Operands,
): string {
  const loop = (count: number, body: (kk: string) => string): string =>
    count === 1 ? `{ ${body('0u')} }` : `for (var kk = 0u; kk < ${count}u; kk++) { ${body('kk')} }`;
  if (mode === 'TN')
    return loop(
      depth,
      (kk) => `${repeat(rows / 4, (i) => `let a${i} = ${operand.at(i, kk)};`)}
${repeat(columns4, (j) => `let b${j} = ${operand.b(j, kk)};`)}
${outer((i) => `a${i >> 2}[${i & 3}]`)}
${each}`,
    );
  const rowsOfA = (kk: string): string => repeat(rows, (i) => `let a${i} = ${operand.a(i, kk)};`);
  if (mode === 'NN')
    return loop(
      depth / 4,
      (kk) => `${rowsOfA(kk)}
${repeat(4, (q) => `{ ${repeat(columns4, (j) => `let b${j} = ${operand.b(j, `${kk} * 4u + ${q}u`)};`)} ${outer((i) => `a${i}[${q}]`)} }`)}`,
    );
  return loop(
    depth / 4,
    (kk) => `${rowsOfA(kk)}
${repeat(
  columns4,
  (j) =>
    `{ ${repeat(4, (q) => `let b${q} = ${operand.bt(j, q, kk)};`)} ${repeat(rows, (i) => `c${i}_${j} += vec4f(dot(a${i}, b0), dot(a${i}, b1), dot(a${i}, b2), dot(a${i}, b3));`)} }`,
)}`,
  );
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
  if (!tiling.shared) return '';
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
  return kernel({
    label: `matmul ${inner}→${outer}${then ? ` ${then}` : ''}`,
    buffers,
    declarations: `${declareTiles(tiling)}${then?.startsWith('gelu') ? GELU : ''}`,
    workgroup: [tiling.x, tiling.y],
    body: `let tile = ${LINEAR_GROUP};
let row0 = (tile / ${tiles}u) * ${tileRows(tiling)}u;
let column0 = (tile % ${tiles}u) * ${tileColumns(tiling)}u;
if (row0 >= ${m}) { return; }
${sumTile(product, tiling)}
${storeTile(product, tiling, store.join(' '))}`,
    grid: (run) => linearGrid(Math.ceil(run[rows] / tileRows(tiling)) * tiles),
  });
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
  return kernel({
    label: `matmul backward ${inner}→${outer}${dx === 'set' ? '' : ` ${dx}`}`,
    buffers,
    declarations: `${declareTiles(tiling)}${dx === 'gelu' ? GELU : ''}`,
    workgroup: [tiling.x, tiling.y],
    body: `let inputGroups = (${m} + ${tileRows(tiling) - 1}u) / ${tileRows(tiling)}u * ${inputTiles}u;
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
}
