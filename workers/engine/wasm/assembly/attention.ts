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

import { LOG2_E, max4, pow2, sum4 } from './vector';
import { copyRow, packRows, panel, transpose } from './tiles';

/** Added to the score of a forbidden key; finite, so that no inf - inf can arise. */
const FORBIDDEN: f32 = -1e30;
const LN_2: f32 = 0.6931471805599453;

// @ts-ignore: decorator
@inline
function roundUp(n: i32, to: i32): i32 {
  return (n + to - 1) & -to;
}

/** Bytes of scratch attentionForward needs. */
export function attentionForwardScratch(T: i32, size: i32): i32 {
  const tp = roundUp(T, 8), hp = roundUp(size, 4);
  return 4 * (4 * tp * hp + tp + 4 * tp + 4 * hp);
}

/** Bytes of scratch attentionBackward needs. */
export function attentionBackwardScratch(T: i32, size: i32): i32 {
  const tp = roundUp(T, 8), hp = roundUp(size, 4);
  return 4 * (6 * tp * hp + tp + 2 * tp * tp + 4 * hp);
}

/** penalty[paddedT] = 0 where mask is 1, FORBIDDEN where it is 0. */
function penalties(penalty: usize, mask: usize, T: i32): void {
  for (let j = 0; j < T; j++) {
    const at = <usize>j << 2;
    store<f32>(penalty + at, load<f32>(mask + at) > 0 ? 0 : FORBIDDEN);
  }
}

/** Applies the mask to row i's scores, up to the end of the vector of four that holds i. */
function maskRow(scores: usize, penalty: usize, i: i32): void {
  const last = <usize>(i & ~3) << 2;
  const own = load<f32>(scores + (<usize>i << 2));
  for (let at: usize = 0; at < last; at += 16) {
    v128.store(scores + at, f32x4.add(v128.load(scores + at), v128.load(penalty + at)));
  }
  for (let j = i & ~3; j < i; j++) {
    const at = <usize>j << 2;
    store<f32>(scores + at, load<f32>(scores + at) + load<f32>(penalty + at));
  }
  store<f32>(scores + (<usize>i << 2), own);
  for (let j = i + 1; j < (i & ~3) + 4; j++) store<f32>(scores + (<usize>j << 2), FORBIDDEN);
}

/** Row i's scores become 2^(score - max); stats = [max, 1 / sum]. Returns 1 / sum. */
function softmaxRow(scores: usize, i: i32, stats: usize): f32 {
  const end = <usize>((i & ~3) + 4) << 2;
  let top = v128.load(scores);
  for (let at: usize = 16; at < end; at += 16) top = f32x4.pmax(top, v128.load(scores + at));
  const highest = max4(top);
  const offset = f32x4.splat(highest);
  let total = f32x4.splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const e = pow2(f32x4.sub(v128.load(scores + at), offset));
    v128.store(scores + at, e);
    total = f32x4.add(total, e);
  }
  const inverse: f32 = 1 / sum4(total);
  store<f32>(stats, highest);
  store<f32>(stats, inverse, 4);
  return inverse;
}

/**
 * out[B, T, D] and stats[B, H, T, 2] (row maximum, 1 / row sum) from qkv[B, T, 3D], mask[B, T].
 */
export function attentionForward(
  qkv: usize, mask: usize, out: usize, stats: usize, scratch: usize,
  B: i32, T: i32, H: i32, size: i32,
): void {
  const tp = roundUp(T, 8), hp = roundUp(size, 4);
  const tRow = <usize>tp << 2, hRow = <usize>hp << 2;
  const block = <usize>tp * hRow;
  const q = scratch, k = q + block, kT = k + block, v = kT + block;
  const penalty = v + block, scores = penalty + tRow, mixed = scores + 4 * tRow;
  const D = <usize>(H * size) << 2;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  for (let b = 0; b < B; b++) {
    penalties(penalty, mask + (<usize>(b * T) << 2), T);
    for (let h = 0; h < H; h++) {
      const head = <usize>(h * size) << 2;
      const source = qkv + <usize>(b * T) * 3 * D + head;
      packRows(q, tp, hp, source, 3 * D, T, size, scale * LOG2_E);
      packRows(k, tp, hp, source + D, 3 * D, T, size, 1);
      packRows(v, tp, hp, source + 2 * D, 3 * D, T, size, 1);
      transpose(kT, k, tp, hp);
      const target = out + <usize>(b * T) * D + head;
      const rowStats = stats + (<usize>((b * H + h) * T) << 3);
      for (let i0 = 0; i0 < T; i0 += 4) {
        panel(scores, tRow, q + <usize>i0 * hRow, hRow, 4, kT, tRow, size, roundUp(i0 + 4, 8));
        const rows = min(4, T - i0);
        for (let r = 0; r < rows; r++) maskRow(scores + <usize>r * tRow, penalty, i0 + r);
        for (let r = 0; r < rows; r++) {
          softmaxRow(scores + <usize>r * tRow, i0 + r, rowStats + (<usize>(i0 + r) << 3));
        }
        panel(mixed, hRow, scores, tRow, 4, v, hRow, min(i0 + 4, T), hp);
        for (let r = 0; r < rows; r++) {
          const inverse = load<f32>(rowStats + (<usize>(i0 + r) << 3), 4);
          copyRow(target + <usize>(i0 + r) * D, mixed + <usize>r * hRow, size, inverse);
        }
      }
    }
  }
}

/**
 * Row i: masked scores become probabilities P, and dP becomes dS = P (dP - sum P dP).
 * Both rows are zero beyond i, up to the end of i's vector of four.
 */
function softmaxRowBackward(scores: usize, dP: usize, i: i32, stats: usize): void {
  const end = <usize>((i & ~3) + 4) << 2;
  const offset = v128.load_splat<f32>(stats);
  const inverse = v128.load_splat<f32>(stats, 4);
  let total = f32x4.splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const p = f32x4.mul(pow2(f32x4.sub(v128.load(scores + at), offset)), inverse);
    v128.store(scores + at, p);
    total = f32x4.add(total, f32x4.mul(p, v128.load(dP + at)));
  }
  const delta = f32x4.splat(sum4(total));
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(
      dP + at,
      f32x4.mul(v128.load(scores + at), f32x4.sub(v128.load(dP + at), delta)),
    );
  }
}

/** dQkv[B, T, 3D] from qkv, mask, the forward pass's stats and dOut[B, T, D]. */
export function attentionBackward(
  qkv: usize, mask: usize, stats: usize, dOut: usize, dQkv: usize, scratch: usize,
  B: i32, T: i32, H: i32, size: i32,
): void {
  const tp = roundUp(T, 8), hp = roundUp(size, 4);
  const tRow = <usize>tp << 2, hRow = <usize>hp << 2;
  const block = <usize>tp * hRow;
  const q = scratch, k = q + block, kT = k + block, v = kT + block, vT = v + block, g = vT + block;
  const penalty = g + block, P = penalty + tRow, dS = P + <usize>tp * tRow;
  const mixed = dS + <usize>tp * tRow;
  const D = <usize>(H * size) << 2;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  for (let b = 0; b < B; b++) {
    penalties(penalty, mask + (<usize>(b * T) << 2), T);
    for (let h = 0; h < H; h++) {
      const head = <usize>(h * size) << 2;
      const source = qkv + <usize>(b * T) * 3 * D + head;
      packRows(q, tp, hp, source, 3 * D, T, size, scale * LOG2_E);
      packRows(k, tp, hp, source + D, 3 * D, T, size, 1);
      packRows(v, tp, hp, source + 2 * D, 3 * D, T, size, 1);
      packRows(g, tp, hp, dOut + <usize>(b * T) * D + head, D, T, size, 1);
      transpose(kT, k, tp, hp);
      transpose(vT, v, tp, hp);
      const target = dQkv + <usize>(b * T) * 3 * D + head;
      const rowStats = stats + (<usize>((b * H + h) * T) << 3);
      for (let i0 = 0; i0 < T; i0 += 4) {
        const rowP = P + <usize>i0 * tRow, rowS = dS + <usize>i0 * tRow;
        const keys = roundUp(i0 + 4, 8);
        panel(rowP, tRow, q + <usize>i0 * hRow, hRow, 4, kT, tRow, size, keys);
        panel(rowS, tRow, g + <usize>i0 * hRow, hRow, 4, vT, tRow, size, keys);
        const rows = min(4, T - i0);
        for (let r = 0; r < rows; r++) maskRow(rowP + <usize>r * tRow, penalty, i0 + r);
        for (let r = 0; r < rows; r++) {
          const at = <usize>r * tRow;
          softmaxRowBackward(rowP + at, rowS + at, i0 + r, rowStats + (<usize>(i0 + r) << 3));
        }
        panel(mixed, hRow, rowS, tRow, 4, k, hRow, min(i0 + 4, T), hp);
        for (let r = 0; r < rows; r++) {
          copyRow(target + <usize>(i0 + r) * 3 * D, mixed + <usize>r * hRow, size, scale);
        }
      }
      // Keys and values: the sums over queries i >= j are products with P^T and dS^T.
      for (let j0 = 0; j0 < T; j0 += 4) {
        const corner = <usize>j0 * tRow + (<usize>j0 << 2);
        const first = <usize>j0 * hRow;
        const rows = min(4, T - j0);
        panel(mixed, hRow, dS + corner, 4, tRow, q + first, hRow, T - j0, hp);
        for (let r = 0; r < rows; r++) {
          copyRow(target + D + <usize>(j0 + r) * 3 * D, mixed + <usize>r * hRow, size, LN_2);
        }
        panel(mixed, hRow, P + corner, 4, tRow, g + first, hRow, T - j0, hp);
        for (let r = 0; r < rows; r++) {
          copyRow(target + 2 * D + <usize>(j0 + r) * 3 * D, mixed + <usize>r * hRow, size, 1);
        }
      }
    }
  }
}
