/**
 * Small matrix products out of register tiles, and the packing they need.
 * All strides are in bytes. A tile is C[4, w] = A[4, n] · B[n, w]: A is read one
 * element at a time by its two strides (so it may be a transpose), B by rows.
 */

/** C[4, 8] = A[4, n] · B[n, 8]: eight accumulators, the most that fit 16 registers beside operands. */
function tile4x8(c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bRow: usize, n: i32): void {
  let c00 = f32x4.splat(0),
    c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0),
    c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0),
    c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0),
    c31 = f32x4.splat(0);
  let p0 = a,
    p1 = a + aRow,
    p2 = a + 2 * aRow,
    p3 = a + 3 * aRow;
  for (let k = 0; k < n; k++) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f32>(p0);
    c00 = f32x4.add(c00, f32x4.mul(a0, b0));
    c01 = f32x4.add(c01, f32x4.mul(a0, b1));
    const a1 = v128.load_splat<f32>(p1);
    c10 = f32x4.add(c10, f32x4.mul(a1, b0));
    c11 = f32x4.add(c11, f32x4.mul(a1, b1));
    const a2 = v128.load_splat<f32>(p2);
    c20 = f32x4.add(c20, f32x4.mul(a2, b0));
    c21 = f32x4.add(c21, f32x4.mul(a2, b1));
    const a3 = v128.load_splat<f32>(p3);
    c30 = f32x4.add(c30, f32x4.mul(a3, b0));
    c31 = f32x4.add(c31, f32x4.mul(a3, b1));
    p0 += aStep;
    p1 += aStep;
    p2 += aStep;
    p3 += aStep;
    b += bRow;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/** C[4, 4] = A[4, n] · B[n, 4]: the last columns where the width is 4 modulo 8. */
function tile4x4(c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bRow: usize, n: i32): void {
  let c0 = f32x4.splat(0),
    c1 = f32x4.splat(0),
    c2 = f32x4.splat(0),
    c3 = f32x4.splat(0);
  let p0 = a,
    p1 = a + aRow,
    p2 = a + 2 * aRow,
    p3 = a + 3 * aRow;
  for (let k = 0; k < n; k++) {
    const b0 = v128.load(b);
    c0 = f32x4.add(c0, f32x4.mul(v128.load_splat<f32>(p0), b0));
    c1 = f32x4.add(c1, f32x4.mul(v128.load_splat<f32>(p1), b0));
    c2 = f32x4.add(c2, f32x4.mul(v128.load_splat<f32>(p2), b0));
    c3 = f32x4.add(c3, f32x4.mul(v128.load_splat<f32>(p3), b0));
    p0 += aStep;
    p1 += aStep;
    p2 += aStep;
    p3 += aStep;
    b += bRow;
  }
  v128.store(c, c0);
  c += cRow;
  v128.store(c, c1);
  c += cRow;
  v128.store(c, c2);
  c += cRow;
  v128.store(c, c3);
}

/** C[4, width] = A[4, n] · B[n, width]; width a multiple of 4. */
export function panel(
  c: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  n: i32,
  width: i32,
): void {
  let column = 0;
  for (; column + 8 <= width; column += 8) {
    const at = (<usize>column) << 2;
    tile4x8(c + at, cRow, a, aRow, aStep, b + at, bRow, n);
  }
  if (column < width) {
    const at = (<usize>column) << 2;
    tile4x4(c + at, cRow, a, aRow, aStep, b + at, bRow, n);
  }
}

/** to[r, :width] = from[r, :width] * scale. */
export function copyRow(to: usize, from: usize, width: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  let d = 0;
  for (; d + 4 <= width; d += 4) {
    const at = (<usize>d) << 2;
    v128.store(to + at, f32x4.mul(v128.load(from + at), factor));
  }
  for (; d < width; d++) {
    const at = (<usize>d) << 2;
    store<f32>(to + at, load<f32>(from + at) * scale);
  }
}

/** to[paddedRows, paddedWidth] = from[rows, width] * scale with zeros around it. */
export function packRows(
  to: usize,
  paddedRows: i32,
  paddedWidth: i32,
  from: usize,
  fromRow: usize,
  rows: i32,
  width: i32,
  scale: f32,
): void {
  const toRow = (<usize>paddedWidth) << 2;
  const used = (<usize>width) << 2;
  for (let r = 0; r < rows; r++) {
    copyRow(to, from, width, scale);
    if (used < toRow) memory.fill(to + used, 0, toRow - used);
    to += toRow;
    from += fromRow;
  }
  memory.fill(to, 0, toRow * (paddedRows - rows));
}

/** to[columns, rows] = from[rows, columns] transposed; both sizes multiples of 4. */
export function transpose(to: usize, from: usize, rows: i32, columns: i32): void {
  const fromRow = (<usize>columns) << 2,
    toRow = (<usize>rows) << 2;
  for (let r = 0; r < rows; r += 4) {
    for (let c = 0; c < columns; c += 4) {
      const source = from + <usize>r * fromRow + ((<usize>c) << 2);
      const r0 = v128.load(source),
        r1 = v128.load(source + fromRow);
      const r2 = v128.load(source + 2 * fromRow),
        r3 = v128.load(source + 3 * fromRow);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5),
        high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5),
        high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const target = to + <usize>c * toRow + ((<usize>r) << 2);
      v128.store(target, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(target + toRow, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(target + 2 * toRow, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(target + 3 * toRow, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    }
  }
}
