'use strict';
/**
 * GPT-2's GELU (arXiv 1606.08415, the tanh form), as x * sigmoid(2u) with
 * u = sqrt(2/pi) (x + 0.044715 x^3): the same function with one exp and no
 * cancellation.
 */
Object.defineProperty(exports, '__esModule', { value: true });
exports.geluForward = geluForward;
exports.geluBackward = geluBackward;
const vector_1 = require('./vector');
const TWICE = 1.5957691216057308; // 2 sqrt(2/pi)
const CUBIC = 0.044715;
// @ts-ignore: decorator
function sigmoidOfTwiceU(x, square) {
  const inner = f32x4.add(f32x4.splat(1), f32x4.mul(square, f32x4.splat(CUBIC)));
  const negative = f32x4.mul(f32x4.mul(x, f32x4.splat(-TWICE * vector_1.LOG2_E)), inner);
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), (0, vector_1.pow2Held)(negative)));
}
// @ts-ignore: decorator
function value(x) {
  return f32x4.mul(x, sigmoidOfTwiceU(x, f32x4.mul(x, x)));
}
// @ts-ignore: decorator
function slope(x) {
  const square = f32x4.mul(x, x);
  const s = sigmoidOfTwiceU(x, square);
  // s + x s (1 - s) d(2u)/dx
  const inner = f32x4.add(f32x4.splat(TWICE), f32x4.mul(square, f32x4.splat(3 * TWICE * CUBIC)));
  const bend = f32x4.mul(f32x4.mul(x, inner), f32x4.sub(f32x4.splat(1), s));
  return f32x4.mul(s, f32x4.add(f32x4.splat(1), bend));
}
/** out[count] = gelu(x[count]). */
function geluForward(x, out, count) {
  const end = count << 2,
    whole = (count & ~3) << 2;
  let at = 0;
  for (; at < whole; at += 16) v128.store(out + at, value(v128.load(x + at)));
  for (; at < end; at += 4) {
    store(out + at, f32x4.extract_lane(value(v128.load_splat(x + at)), 0));
  }
}
/** dX[count] = dOut[count] * gelu'(x[count]). */
function geluBackward(x, dOut, dX, count) {
  const end = count << 2,
    whole = (count & ~3) << 2;
  let at = 0;
  for (; at < whole; at += 16) {
    v128.store(dX + at, f32x4.mul(v128.load(dOut + at), slope(v128.load(x + at))));
  }
  for (; at < end; at += 4) {
    const d = f32x4.extract_lane(slope(v128.load_splat(x + at)), 0);
    store(dX + at, load(dOut + at) * d);
  }
}
