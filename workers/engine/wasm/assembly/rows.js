'use strict';
/**
 * Whole rows: embedding look-up and its scatter, bias and its column sums. The sums
 * run in row order, so the same batch gives the same bits.
 */
Object.defineProperty(exports, '__esModule', { value: true });
exports.embedForward = embedForward;
exports.embedBackward = embedBackward;
exports.biasAddForward = biasAddForward;
exports.columnSums = columnSums;
/** Rows summed in registers before they join the totals of columnSums. */
const ROW_BLOCK = 16;
/** to[D] += from[D]. */
// @ts-ignore: decorator
function addRow(to, from, D) {
  const end = D << 2,
    whole = (D & ~3) << 2;
  let at = 0;
  for (; at < whole; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  }
  for (; at < end; at += 4) store(to + at, load(to + at) + load(from + at));
}
/** out[N, D] = table[ids[N]]. */
function embedForward(table, ids, out, N, D) {
  const row = D << 2;
  for (let n = 0; n < N; n++) {
    memory.copy(out, table + load(ids + (n << 2)) * row, row);
    out += row;
  }
}
/** dTable[V, D] = the sum of dOut's rows by id, in row order. */
function embedBackward(ids, dOut, dTable, N, V, D) {
  const row = D << 2;
  memory.fill(dTable, 0, V * row);
  for (let n = 0; n < N; n++) {
    addRow(dTable + load(ids + (n << 2)) * row, dOut, D);
    dOut += row;
  }
}
/** out[N, D] = x[N, D] + bias[D]. */
function biasAddForward(x, bias, out, N, D) {
  const row = D << 2,
    whole = (D & ~3) << 2;
  for (let n = 0; n < N; n++) {
    let at = 0;
    for (; at < whole; at += 16) {
      v128.store(out + at, f32x4.add(v128.load(x + at), v128.load(bias + at)));
    }
    for (; at < row; at += 4) store(out + at, load(x + at) + load(bias + at));
    x += row;
    out += row;
  }
}
/** sums[D] = the column sums of x[N, D]. */
function columnSums(x, sums, N, D) {
  const row = D << 2,
    whole = (D & ~3) << 2;
  memory.fill(sums, 0, row);
  for (let n = 0; n < N; n += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, N - n);
    let at = 0;
    for (; at < whole; at += 16) {
      let total = f32x4.splat(0);
      for (let r = 0, p = x + at; r < rows; r++, p += row) total = f32x4.add(total, v128.load(p));
      v128.store(sums + at, f32x4.add(v128.load(sums + at), total));
    }
    for (; at < row; at += 4) {
      let total = 0;
      for (let r = 0, p = x + at; r < rows; r++, p += row) total += load(p);
      store(sums + at, load(sums + at) + total);
    }
    x += rows * row;
  }
}
