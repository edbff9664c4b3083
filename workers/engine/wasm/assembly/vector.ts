/**
 * What every kernel needs on four floats at a time: exp, sums and maxima across
 * lanes, and a scalar log. No tables: the module must have no data segment, since
 * its memory is the tfjs heap (binding.ts) and a segment would overwrite it.
 */

/** Below this exp returns 0; at it the exponent bits are still those of a normal float. */
const EXP_LOW: f32 = -87.0;
const EXP_HIGH: f32 = 88.0;
/** 1.5 * 2^23: adding it rounds to the nearest integer and leaves that integer in the low bits. */
const ROUND: f32 = 12582912.0;

/** e^x of four floats. Cephes' polynomial, relative error below 2e-7; 0 below -87, capped at e^88. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const tooLow = f32x4.lt(x, f32x4.splat(EXP_LOW));
  // pmin and pmax are one instruction each and keep a not-a-number in their first operand.
  const v = f32x4.pmin(f32x4.pmax(x, f32x4.splat(EXP_LOW)), f32x4.splat(EXP_HIGH));
  const shifted = f32x4.add(f32x4.mul(v, f32x4.splat(1.4426950408889634)), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  // ln 2 in two parts: n times the first is exact, so r keeps full precision.
  let r = f32x4.sub(v, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(r, f32x4.splat(1.9875691500e-4)), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.mul(f32x4.mul(r, r), p), f32x4.add(r, f32x4.splat(1)));
  // Times 2^n: add n to the exponent bits. Not-a-number is never "too low", so it survives.
  return v128.andnot(i32x4.add(p, i32x4.shl(shifted, 23)), tooLow);
}

/** e^x of one float, by the same polynomial. */
// @ts-ignore: decorator
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** The sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function sum4(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** The largest of the four lanes. */
// @ts-ignore: decorator
@inline
export function max4(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** ln x for a normal x > 0 (std's Mathf.log brings a table, hence a data segment). */
export function log1(x: f32): f32 {
  const bits = reinterpret<u32>(x);
  // Mantissa in [sqrt(1/2), sqrt(2)), so that the series argument stays below 0.172.
  const shift = (bits - 0x3f3504f3) >>> 23;
  const exponent = i32(shift << 24) >> 24;
  const mantissa = <f64>reinterpret<f32>(bits - (<u32>exponent << 23));
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  const series =
    1 + s2 * (1.0 / 3 + s2 * (1.0 / 5 + s2 * (1.0 / 7 + s2 * (1.0 / 9 + s2 * (1.0 / 11)))));
  return <f32>(2 * s * series + <f64>exponent * 0.6931471805599453);
}
