'use strict';
/**
 * Causal attention with a key mask, one (sequence, head) at a time, four queries at
 * a time (GPT-2; the row statistics kept for the backward pass are FlashAttention's,
 * arXiv 2205.14135, without its blocking over keys: a score matrix of one head is
 * small enough for the cache here).
 *
 * Key j is allowed for query i if j <= i and (mask[j] = 1 or j = i).
 * q is packed times log2(e) / sqrt(head size), so that a softmax is powers of two of its scores as they come; dS stays
 * the gradient by the scores in their usual unit, hence ln 2 in dK = dS^T q ln 2.
 */
Object.defineProperty(exports, '__esModule', { value: true });
exports.attentionForwardScratch = attentionForwardScratch;
exports.attentionBackwardScratch = attentionBackwardScratch;
exports.attentionForward = attentionForward;
exports.attentionBackward = attentionBackward;
const vector_1 = require('./vector');
const tiles_1 = require('./tiles');
/** Added to the score of a forbidden key; finite, so that no inf - inf can arise. */
const FORBIDDEN = -1e30;
const LN_2 = 0.6931471805599453;
// @ts-ignore: decorator
function roundUp(n, to) {
  return (n + to - 1) & -to;
}
/** Bytes of scratch attentionForward needs. */
function attentionForwardScratch(T, size) {
  const tp = roundUp(T, 8),
    hp = roundUp(size, 4);
  return 4 * (4 * tp * hp + tp + 4 * tp + 4 * hp);
}
/** Bytes of scratch attentionBackward needs. */
function attentionBackwardScratch(T, size) {
  const tp = roundUp(T, 8),
    hp = roundUp(size, 4);
  return 4 * (6 * tp * hp + tp + 2 * tp * tp + 4 * hp);
}
/** penalty[paddedT] = 0 where mask is 1, FORBIDDEN where it is 0. */
function penalties(penalty, mask, T) {
  for (let j = 0; j < T; j++) {
    const at = j << 2;
    store(penalty + at, load(mask + at) > 0 ? 0 : FORBIDDEN);
  }
}
/** Applies the mask to row i's scores, up to the end of the vector of four that holds i. */
function maskRow(scores, penalty, i) {
  const last = (i & ~3) << 2;
  const own = load(scores + (i << 2));
  for (let at = 0; at < last; at += 16) {
    v128.store(scores + at, f32x4.add(v128.load(scores + at), v128.load(penalty + at)));
  }
  for (let j = i & ~3; j < i; j++) {
    const at = j << 2;
    store(scores + at, load(scores + at) + load(penalty + at));
  }
  store(scores + (i << 2), own);
  for (let j = i + 1; j < (i & ~3) + 4; j++) store(scores + (j << 2), FORBIDDEN);
}
/** Row i's scores become 2^(score - max); stats = [max, 1 / sum]. Returns 1 / sum. */
function softmaxRow(scores, i, stats) {
  const end = ((i & ~3) + 4) << 2;
  let top = v128.load(scores);
  for (let at = 16; at < end; at += 16) top = f32x4.pmax(top, v128.load(scores + at));
  const highest = (0, vector_1.max4)(top);
  const offset = f32x4.splat(highest);
  let total = f32x4.splat(0);
  for (let at = 0; at < end; at += 16) {
    const e = (0, vector_1.pow2)(f32x4.sub(v128.load(scores + at), offset));
    v128.store(scores + at, e);
    total = f32x4.add(total, e);
  }
  const inverse = 1 / (0, vector_1.sum4)(total);
  store(stats, highest);
  store(stats, inverse, 4);
  return inverse;
}
/**
 * out[B, T, D] and stats[B, H, T, 2] (row maximum, 1 / row sum) from qkv[B, T, 3D], mask[B, T].
 */
function attentionForward(qkv, mask, out, stats, scratch, B, T, H, size) {
  const tp = roundUp(T, 8),
    hp = roundUp(size, 4);
  const tRow = tp << 2,
    hRow = hp << 2;
  const block = tp * hRow;
  const q = scratch,
    k = q + block,
    kT = k + block,
    v = kT + block;
  const penalty = v + block,
    scores = penalty + tRow,
    mixed = scores + 4 * tRow;
  const D = (H * size) << 2;
  const scale = 1 / sqrt(size);
  for (let b = 0; b < B; b++) {
    penalties(penalty, mask + ((b * T) << 2), T);
    for (let h = 0; h < H; h++) {
      const head = (h * size) << 2;
      const source = qkv + b * T * 3 * D + head;
      (0, tiles_1.packRows)(q, tp, hp, source, 3 * D, T, size, scale * vector_1.LOG2_E);
      (0, tiles_1.packRows)(k, tp, hp, source + D, 3 * D, T, size, 1);
      (0, tiles_1.packRows)(v, tp, hp, source + 2 * D, 3 * D, T, size, 1);
      (0, tiles_1.transpose)(kT, k, tp, hp);
      const target = out + b * T * D + head;
      const rowStats = stats + (((b * H + h) * T) << 3);
      for (let i0 = 0; i0 < T; i0 += 4) {
        (0, tiles_1.panel)(scores, tRow, q + i0 * hRow, hRow, 4, kT, tRow, size, roundUp(i0 + 4, 8));
        const rows = min(4, T - i0);
        for (let r = 0; r < rows; r++) maskRow(scores + r * tRow, penalty, i0 + r);
        for (let r = 0; r < rows; r++) {
          softmaxRow(scores + r * tRow, i0 + r, rowStats + ((i0 + r) << 3));
        }
        (0, tiles_1.panel)(mixed, hRow, scores, tRow, 4, v, hRow, min(i0 + 4, T), hp);
        for (let r = 0; r < rows; r++) {
          const inverse = load(rowStats + ((i0 + r) << 3), 4);
          (0, tiles_1.copyRow)(target + (i0 + r) * D, mixed + r * hRow, size, inverse);
        }
      }
    }
  }
}
/**
 * Row i: masked scores become probabilities P, and dP becomes dS = P (dP - sum P dP).
 * Both rows are zero beyond i, up to the end of i's vector of four.
 */
function softmaxRowBackward(scores, dP, i, stats) {
  const end = ((i & ~3) + 4) << 2;
  const offset = v128.load_splat(stats);
  const inverse = v128.load_splat(stats, 4);
  let total = f32x4.splat(0);
  for (let at = 0; at < end; at += 16) {
    const p = f32x4.mul((0, vector_1.pow2)(f32x4.sub(v128.load(scores + at), offset)), inverse);
    v128.store(scores + at, p);
    total = f32x4.add(total, f32x4.mul(p, v128.load(dP + at)));
  }
  const delta = f32x4.splat((0, vector_1.sum4)(total));
  for (let at = 0; at < end; at += 16) {
    v128.store(dP + at, f32x4.mul(v128.load(scores + at), f32x4.sub(v128.load(dP + at), delta)));
  }
}
/** dQkv[B, T, 3D] from qkv, mask, the forward pass's stats and dOut[B, T, D]. */
function attentionBackward(qkv, mask, stats, dOut, dQkv, scratch, B, T, H, size) {
  const tp = roundUp(T, 8),
    hp = roundUp(size, 4);
  const tRow = tp << 2,
    hRow = hp << 2;
  const block = tp * hRow;
  const q = scratch,
    k = q + block,
    kT = k + block,
    v = kT + block,
    vT = v + block,
    g = vT + block;
  const penalty = g + block,
    P = penalty + tRow,
    dS = P + tp * tRow;
  const mixed = dS + tp * tRow;
  const D = (H * size) << 2;
  const scale = 1 / sqrt(size);
  for (let b = 0; b < B; b++) {
    penalties(penalty, mask + ((b * T) << 2), T);
    for (let h = 0; h < H; h++) {
      const head = (h * size) << 2;
      const source = qkv + b * T * 3 * D + head;
      (0, tiles_1.packRows)(q, tp, hp, source, 3 * D, T, size, scale * vector_1.LOG2_E);
      (0, tiles_1.packRows)(k, tp, hp, source + D, 3 * D, T, size, 1);
      (0, tiles_1.packRows)(v, tp, hp, source + 2 * D, 3 * D, T, size, 1);
      (0, tiles_1.packRows)(g, tp, hp, dOut + b * T * D + head, D, T, size, 1);
      (0, tiles_1.transpose)(kT, k, tp, hp);
      (0, tiles_1.transpose)(vT, v, tp, hp);
      const target = dQkv + b * T * 3 * D + head;
      const rowStats = stats + (((b * H + h) * T) << 3);
      for (let i0 = 0; i0 < T; i0 += 4) {
        const rowP = P + i0 * tRow,
          rowS = dS + i0 * tRow;
        const keys = roundUp(i0 + 4, 8);
        (0, tiles_1.panel)(rowP, tRow, q + i0 * hRow, hRow, 4, kT, tRow, size, keys);
        (0, tiles_1.panel)(rowS, tRow, g + i0 * hRow, hRow, 4, vT, tRow, size, keys);
        const rows = min(4, T - i0);
        for (let r = 0; r < rows; r++) maskRow(rowP + r * tRow, penalty, i0 + r);
        for (let r = 0; r < rows; r++) {
          const at = r * tRow;
          softmaxRowBackward(rowP + at, rowS + at, i0 + r, rowStats + ((i0 + r) << 3));
        }
        (0, tiles_1.panel)(mixed, hRow, rowS, tRow, 4, k, hRow, min(i0 + 4, T), hp);
        for (let r = 0; r < rows; r++) {
          (0, tiles_1.copyRow)(target + (i0 + r) * 3 * D, mixed + r * hRow, size, scale);
        }
      }
      // Keys and values: the sums over queries i >= j are products with P^T and dS^T.
      for (let j0 = 0; j0 < T; j0 += 4) {
        const corner = j0 * tRow + (j0 << 2);
        const first = j0 * hRow;
        const rows = min(4, T - j0);
        (0, tiles_1.panel)(mixed, hRow, dS + corner, 4, tRow, q + first, hRow, T - j0, hp);
        for (let r = 0; r < rows; r++) {
          (0, tiles_1.copyRow)(target + D + (j0 + r) * 3 * D, mixed + r * hRow, size, LN_2);
        }
        (0, tiles_1.panel)(mixed, hRow, P + corner, 4, tRow, g + first, hRow, T - j0, hp);
        for (let r = 0; r < rows; r++) {
          (0, tiles_1.copyRow)(target + 2 * D + (j0 + r) * 3 * D, mixed + r * hRow, size, 1);
        }
      }
    }
  }
}
