'use strict';
/**
 * log softmax(logits / temperature) of one chosen token a row, without writing the
 * other logprobs out.
 */
Object.defineProperty(exports, '__esModule', { value: true });
exports.tokenLogprobsForward = tokenLogprobsForward;
exports.tokenLogprobsBackward = tokenLogprobsBackward;
const vector_1 = require('./vector');
/** The largest of row[V]. */
function rowMax(row, V) {
  const end = V << 2,
    whole = (V & ~3) << 2;
  let highest = load(row);
  let at = 0;
  if (whole > 0) {
    let top = v128.load(row);
    for (at = 16; at < whole; at += 16) top = f32x4.pmax(top, v128.load(row + at));
    highest = (0, vector_1.max4)(top);
  }
  for (; at < end; at += 4) highest = max(highest, load(row + at));
  return highest;
}
/** out[N] and stats[N, 2] (row maximum, 1 / row sum) from logits[N, V], ids[N] and 1 / temperature. */
function tokenLogprobsForward(logits, ids, out, stats, N, V, beta) {
  const end = V << 2,
    whole = (V & ~3) << 2;
  const beta2 = beta * vector_1.LOG2_E;
  const factor = f32x4.splat(beta2);
  for (let n = 0; n < N; n++) {
    const highest = rowMax(logits, V);
    const offset = f32x4.splat(highest);
    let total = f32x4.splat(0);
    let at = 0;
    for (; at < whole; at += 16) {
      total = f32x4.add(total, (0, vector_1.pow2)(f32x4.mul(f32x4.sub(v128.load(logits + at), offset), factor)));
    }
    let sum = (0, vector_1.sum4)(total);
    for (; at < end; at += 4) sum += (0, vector_1.pow2One)((load(logits + at) - highest) * beta2);
    const chosen = load(logits + (load(ids) << 2));
    store(out, (chosen - highest) * beta - (0, vector_1.log1)(sum));
    store(stats, highest);
    store(stats, 1 / sum, 4);
    logits += end;
    ids += 4;
    out += 4;
    stats += 8;
  }
}
/** dLogits[N, V] = dOut[N] / temperature * (onehot(id) - softmax(logits / temperature)). */
function tokenLogprobsBackward(logits, ids, stats, dOut, dLogits, N, V, beta) {
  const end = V << 2,
    whole = (V & ~3) << 2;
  const beta2 = beta * vector_1.LOG2_E;
  const factor = f32x4.splat(beta2);
  for (let n = 0; n < N; n++) {
    const highest = load(stats);
    const offset = f32x4.splat(highest);
    const up = load(dOut) * beta;
    const weight = -up * load(stats, 4);
    const weights = f32x4.splat(weight);
    let at = 0;
    for (; at < whole; at += 16) {
      const e = (0, vector_1.pow2)(f32x4.mul(f32x4.sub(v128.load(logits + at), offset), factor));
      v128.store(dLogits + at, f32x4.mul(e, weights));
    }
    for (; at < end; at += 4) {
      store(dLogits + at, (0, vector_1.pow2One)((load(logits + at) - highest) * beta2) * weight);
    }
    const chosen = dLogits + (load(ids) << 2);
    store(chosen, load(chosen) + up);
    logits += end;
    dLogits += end;
    ids += 4;
    dOut += 4;
    stats += 8;
  }
}
