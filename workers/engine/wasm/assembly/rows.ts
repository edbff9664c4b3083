/**
 * Whole rows: embedding look-up and its scatter, bias and its column sums. The sums
 * run in row order, so the same batch gives the same bits.
 */

/** Rows summed in registers before they join the totals of columnSums. */
const ROW_BLOCK: i32 = 16;

/** to[D] += from[D]. */
// @ts-ignore: decorator
@inline
function addRow(to: usize, from: usize, D: i32): void {
  const end = <usize>D << 2, whole = <usize>(D & ~3) << 2;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  }
  for (; at < end; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at));
}

/** out[N, D] = table[ids[N]]. */
export function embedForward(table: usize, ids: usize, out: usize, N: i32, D: i32): void {
  const row = <usize>D << 2;
  for (let n = 0; n < N; n++) {
    memory.copy(out, table + <usize>load<i32>(ids + (<usize>n << 2)) * row, row);
    out += row;
  }
}

/** dTable[V, D] = the sum of dOut's rows by id, in row order. */
export function embedBackward(
  ids: usize, dOut: usize, dTable: usize, N: i32, V: i32, D: i32,
): void {
  const row = <usize>D << 2;
  memory.fill(dTable, 0, <usize>V * row);
  for (let n = 0; n < N; n++) {
    addRow(dTable + <usize>load<i32>(ids + (<usize>n << 2)) * row, dOut, D);
    dOut += row;
  }
}

/** out[N, D] = x[N, D] + bias[D]. */
export function biasAddForward(x: usize, bias: usize, out: usize, N: i32, D: i32): void {
  const row = <usize>D << 2, whole = <usize>(D & ~3) << 2;
  for (let n = 0; n < N; n++) {
    let at: usize = 0;
    for (; at < whole; at += 16) {
      v128.store(out + at, f32x4.add(v128.load(x + at), v128.load(bias + at)));
    }
    for (; at < row; at += 4) store<f32>(out + at, load<f32>(x + at) + load<f32>(bias + at));
    x += row;
    out += row;
  }
}

/** sums[D] = the column sums of x[N, D]. */
export function columnSums(x: usize, sums: usize, N: i32, D: i32): void {
  const row = <usize>D << 2, whole = <usize>(D & ~3) << 2;
  memory.fill(sums, 0, row);
  for (let n = 0; n < N; n += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, N - n);
    let at: usize = 0;
    for (; at < whole; at += 16) {
      let total = f32x4.splat(0);
      for (let r = 0, p = x + at; r < rows; r++, p += row) total = f32x4.add(total, v128.load(p));
      v128.store(sums + at, f32x4.add(v128.load(sums + at), total));
    }
    for (; at < row; at += 4) {
      let total: f32 = 0;
      for (let r = 0, p = x + at; r < rows; r++, p += row) total += load<f32>(p);
      store<f32>(sums + at, load<f32>(sums + at) + total);
    }
    x += <usize>rows * row;
  }
}
