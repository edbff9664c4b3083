/**
 * log softmax(logits / temperature) of one chosen token a row, without writing the
 * other logprobs out.
 */

import { LOG2_E, log1, max4, pow2, pow2One, sum4 } from './vector';

/** The largest of row[V]. */
function rowMax(row: usize, V: i32): f32 {
  const end = (<usize>V) << 2,
    whole = (<usize>(V & ~3)) << 2;
  let highest = load<f32>(row);
  let at: usize = 0;
  if (whole > 0) {
    let top = v128.load(row);
    for (at = 16; at < whole; at += 16) top = f32x4.pmax(top, v128.load(row + at));
    highest = max4(top);
  }
  for (; at < end; at += 4) highest = max(highest, load<f32>(row + at));
  return highest;
}

/** out[N] and stats[N, 2] (row maximum, 1 / row sum) from logits[N, V], ids[N] and 1 / temperature. */
export function tokenLogprobsForward(
  logits: usize,
  ids: usize,
  out: usize,
  stats: usize,
  N: i32,
  V: i32,
  beta: f32,
): void {
  const end = (<usize>V) << 2,
    whole = (<usize>(V & ~3)) << 2;
  const beta2: f32 = beta * LOG2_E;
  const factor = f32x4.splat(beta2);
  for (let n = 0; n < N; n++) {
    const highest = rowMax(logits, V);
    const offset = f32x4.splat(highest);
    let total = f32x4.splat(0);
    let at: usize = 0;
    for (; at < whole; at += 16) {
      total = f32x4.add(total, pow2(f32x4.mul(f32x4.sub(v128.load(logits + at), offset), factor)));
    }
    let sum = sum4(total);
    for (; at < end; at += 4) sum += pow2One((load<f32>(logits + at) - highest) * beta2);
    const chosen = load<f32>(logits + ((<usize>load<i32>(ids)) << 2));
    store<f32>(out, (chosen - highest) * beta - log1(sum));
    store<f32>(stats, highest);
    store<f32>(stats, 1 / sum, 4);
    logits += end;
    ids += 4;
    out += 4;
    stats += 8;
  }
}

/** dLogits[N, V] = dOut[N] / temperature * (onehot(id) - softmax(logits / temperature)). */
export function tokenLogprobsBackward(
  logits: usize,
  ids: usize,
  stats: usize,
  dOut: usize,
  dLogits: usize,
  N: i32,
  V: i32,
  beta: f32,
): void {
  const end = (<usize>V) << 2,
    whole = (<usize>(V & ~3)) << 2;
  const beta2: f32 = beta * LOG2_E;
  const factor = f32x4.splat(beta2);
  for (let n = 0; n < N; n++) {
    const highest = load<f32>(stats);
    const offset = f32x4.splat(highest);
    const up = load<f32>(dOut) * beta;
    const weight: f32 = -up * load<f32>(stats, 4);
    const weights = f32x4.splat(weight);
    let at: usize = 0;
    for (; at < whole; at += 16) {
      const e = pow2(f32x4.mul(f32x4.sub(v128.load(logits + at), offset), factor));
      v128.store(dLogits + at, f32x4.mul(e, weights));
    }
    for (; at < end; at += 4) {
      store<f32>(dLogits + at, pow2One((load<f32>(logits + at) - highest) * beta2) * weight);
    }
    const chosen = dLogits + ((<usize>load<i32>(ids)) << 2);
    store<f32>(chosen, load<f32>(chosen) + up);
    logits += end;
    dLogits += end;
    ids += 4;
    dOut += 4;
    stats += 8;
  }
}
