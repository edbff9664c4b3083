'use strict';
/**
 * What every kernel needs on four floats at a time: powers of two, sums and maxima across
 * lanes, and a scalar log. No tables: the module must have no data segment, since
 * its memory is the tfjs heap (binding.ts) and a segment would overwrite it.
 */
Object.defineProperty(exports, '__esModule', { value: true });
exports.LOG2_E = void 0;
exports.pow2Held = pow2Held;
exports.pow2 = pow2;
exports.pow2One = pow2One;
exports.sum4 = sum4;
exports.max4 = max4;
exports.log1 = log1;
/** log2 e: what a caller multiplies by (usually in a constant it has anyway) to get e^x from pow2. */
exports.LOG2_E = 1.4426950408889634;
/** Between these 2^y is a normal float. */
const LOW = -126;
const HIGH = 127;
/** 1.5 * 2^23: adding it rounds to the nearest integer and leaves that integer in the low bits. */
const ROUND = 12582912;
/**
 * 2^y of four floats, y held to [-126, 127]; relative error below 1e-7. A power of two and not of e, because the
 * reduction to [-1/2, 1/2] is then one exact subtraction. Minimax polynomial of degree 6 (its own error: 2e-9).
 */
// @ts-ignore: decorator
function pow2Held(y) {
  // pmin and pmax are one instruction each and keep a not-a-number in their first operand.
  const v = f32x4.pmin(f32x4.pmax(y, f32x4.splat(LOW)), f32x4.splat(HIGH));
  const shifted = f32x4.add(v, f32x4.splat(ROUND));
  const r = f32x4.sub(v, f32x4.sub(shifted, f32x4.splat(ROUND)));
  let p = f32x4.add(f32x4.mul(r, f32x4.splat(0.0001534581242594868)), f32x4.splat(0.0013399930903688073));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.009618489071726799));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.05550328642129898));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.24022646248340607));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.6931471824645996));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  // Times 2^n: add n to the exponent bits.
  return i32x4.add(p, i32x4.shl(shifted, 23));
}
/** 2^y, and 0 below -126: a probability that small must not slow its products down as a subnormal. */
// @ts-ignore: decorator
function pow2(y) {
  // Not-a-number is never "too low", so it survives.
  return v128.andnot(pow2Held(y), f32x4.lt(y, f32x4.splat(LOW)));
}
/** 2^y of one float, by the same polynomial. */
// @ts-ignore: decorator
function pow2One(y) {
  return f32x4.extract_lane(pow2(f32x4.splat(y)), 0);
}
/** The sum of the four lanes. */
// @ts-ignore: decorator
function sum4(v) {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}
/** The largest of the four lanes. */
// @ts-ignore: decorator
function max4(v) {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}
/** ln x for a normal x > 0 (std's Mathf.log brings a table, hence a data segment). */
function log1(x) {
  const bits = reinterpret(x);
  // Mantissa in [sqrt(1/2), sqrt(2)), so that the series argument stays below 0.172.
  const shift = (bits - 0x3f3504f3) >>> 23;
  const exponent = i32(shift << 24) >> 24;
  const mantissa = reinterpret(bits - (exponent << 23));
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  const series = 1 + s2 * (1.0 / 3 + s2 * (1.0 / 5 + s2 * (1.0 / 7 + s2 * (1.0 / 9 + s2 * (1.0 / 11)))));
  return 2 * s * series + exponent * 0.6931471805599453;
}
