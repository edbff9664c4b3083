/**
 * GPT-2's GELU (arXiv 1606.08415, the tanh form), as x * sigmoid(2u) with
 * u = sqrt(2/pi) (x + 0.044715 x^3): the same function with one exp and no
 * cancellation.
 */

import { LOG2_E, pow2Held } from './vector';

const TWICE: f32 = 1.5957691216057308; // 2 sqrt(2/pi)
const CUBIC: f32 = 0.044715;

// @ts-ignore: decorator
@inline
function sigmoidOfTwiceU(x: v128, square: v128): v128 {
  const inner = f32x4.add(f32x4.splat(1), f32x4.mul(square, f32x4.splat(CUBIC)));
  const negative = f32x4.mul(f32x4.mul(x, f32x4.splat(-TWICE * LOG2_E)), inner);
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), pow2Held(negative)));
}

// @ts-ignore: decorator
@inline
function value(x: v128): v128 {
  return f32x4.mul(x, sigmoidOfTwiceU(x, f32x4.mul(x, x)));
}

// @ts-ignore: decorator
@inline
function slope(x: v128): v128 {
  const square = f32x4.mul(x, x);
  const s = sigmoidOfTwiceU(x, square);
  // s + x s (1 - s) d(2u)/dx
  const inner = f32x4.add(f32x4.splat(TWICE), f32x4.mul(square, f32x4.splat(3 * TWICE * CUBIC)));
  const bend = f32x4.mul(f32x4.mul(x, inner), f32x4.sub(f32x4.splat(1), s));
  return f32x4.mul(s, f32x4.add(f32x4.splat(1), bend));
}

/** out[count] = gelu(x[count]). */
export function geluForward(x: usize, out: usize, count: i32): void {
  const end = <usize>count << 2, whole = <usize>(count & ~3) << 2;
  let at: usize = 0;
  for (; at < whole; at += 16) v128.store(out + at, value(v128.load(x + at)));
  for (; at < end; at += 4) {
    store<f32>(out + at, f32x4.extract_lane(value(v128.load_splat<f32>(x + at)), 0));
  }
}

/** dX[count] = dOut[count] * gelu'(x[count]). */
export function geluBackward(x: usize, dOut: usize, dX: usize, count: i32): void {
  const end = <usize>count << 2, whole = <usize>(count & ~3) << 2;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    v128.store(dX + at, f32x4.mul(v128.load(dOut + at), slope(v128.load(x + at))));
  }
  for (; at < end; at += 4) {
    const d = f32x4.extract_lane(slope(v128.load_splat<f32>(x + at)), 0);
    store<f32>(dX + at, load<f32>(dOut + at) * d);
  }
}
