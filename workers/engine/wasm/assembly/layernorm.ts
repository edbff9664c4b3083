/**
 * Layer normalisation over the last axis (arXiv 1607.06450) with gain and bias.
 */

import { sum4 } from './vector';

/** Rows whose gain and bias gradients are summed before they join the totals (less rounding, less traffic). */
const ROW_BLOCK: i32 = 16;

/** out[N, D] = (x - mean) * rstd * gain + bias by rows; stats[N, 2] = (mean, rstd). */
export function layerNormForward(
  x: usize,
  gain: usize,
  bias: usize,
  out: usize,
  stats: usize,
  N: i32,
  D: i32,
  epsilon: f32,
): void {
  const row = (<usize>D) << 2,
    whole = (<usize>(D & ~3)) << 2;
  const share: f32 = 1 / <f32>D;
  for (let n = 0; n < N; n++) {
    let total = f32x4.splat(0);
    let at: usize = 0;
    for (; at < whole; at += 16) total = f32x4.add(total, v128.load(x + at));
    let sum = sum4(total);
    for (; at < row; at += 4) sum += load<f32>(x + at);
    const mean = sum * share;
    const centre = f32x4.splat(mean);

    total = f32x4.splat(0);
    for (at = 0; at < whole; at += 16) {
      const d = f32x4.sub(v128.load(x + at), centre);
      total = f32x4.add(total, f32x4.mul(d, d));
    }
    sum = sum4(total);
    for (; at < row; at += 4) {
      const d = load<f32>(x + at) - mean;
      sum += d * d;
    }
    const rstd: f32 = 1 / sqrt<f32>(sum * share + epsilon);
    const factor = f32x4.splat(rstd);
    store<f32>(stats, mean);
    store<f32>(stats, rstd, 4);

    for (at = 0; at < whole; at += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x + at), centre), factor);
      v128.store(out + at, f32x4.add(f32x4.mul(unit, v128.load(gain + at)), v128.load(bias + at)));
    }
    for (; at < row; at += 4) {
      const unit = (load<f32>(x + at) - mean) * rstd;
      store<f32>(out + at, unit * load<f32>(gain + at) + load<f32>(bias + at));
    }
    x += row;
    out += row;
    stats += 8;
  }
}

/** dGain[D] += sum dOut * unit and dBias[D] += sum dOut over a few rows. */
function addColumns(x: usize, stats: usize, dOut: usize, dGain: usize, dBias: usize, rows: i32, D: i32): void {
  const row = (<usize>D) << 2,
    whole = (<usize>(D & ~3)) << 2;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    let gains = f32x4.splat(0),
      biases = f32x4.splat(0);
    let px = x + at,
      pd = dOut + at,
      ps = stats;
    for (let r = 0; r < rows; r++) {
      const d = v128.load(pd);
      const centred = f32x4.sub(v128.load(px), v128.load_splat<f32>(ps));
      gains = f32x4.add(gains, f32x4.mul(d, f32x4.mul(centred, v128.load_splat<f32>(ps, 4))));
      biases = f32x4.add(biases, d);
      px += row;
      pd += row;
      ps += 8;
    }
    v128.store(dGain + at, f32x4.add(v128.load(dGain + at), gains));
    v128.store(dBias + at, f32x4.add(v128.load(dBias + at), biases));
  }
  for (; at < row; at += 4) {
    let gains: f32 = 0,
      biases: f32 = 0;
    let px = x + at,
      pd = dOut + at,
      ps = stats;
    for (let r = 0; r < rows; r++) {
      const d = load<f32>(pd);
      gains += d * ((load<f32>(px) - load<f32>(ps)) * load<f32>(ps, 4));
      biases += d;
      px += row;
      pd += row;
      ps += 8;
    }
    store<f32>(dGain + at, load<f32>(dGain + at) + gains);
    store<f32>(dBias + at, load<f32>(dBias + at) + biases);
  }
}

/** dX[N, D], dGain[D] and dBias[D] from x, gain, the forward pass's stats and dOut[N, D]. */
export function layerNormBackward(
  x: usize,
  gain: usize,
  stats: usize,
  dOut: usize,
  dX: usize,
  dGain: usize,
  dBias: usize,
  N: i32,
  D: i32,
): void {
  const row = (<usize>D) << 2,
    whole = (<usize>(D & ~3)) << 2;
  const share: f32 = 1 / <f32>D;
  memory.fill(dGain, 0, row);
  memory.fill(dBias, 0, row);
  for (let n = 0; n < N; n += ROW_BLOCK) {
    addColumns(x, stats, dOut, dGain, dBias, min(ROW_BLOCK, N - n), D);
    for (let last = min(n + ROW_BLOCK, N), r = n; r < last; r++) {
      const mean = load<f32>(stats),
        rstd = load<f32>(stats, 4);
      const centre = f32x4.splat(mean),
        factor = f32x4.splat(rstd);
      let plain = f32x4.splat(0),
        along = f32x4.splat(0);
      let at: usize = 0;
      for (; at < whole; at += 16) {
        const g = f32x4.mul(v128.load(dOut + at), v128.load(gain + at));
        plain = f32x4.add(plain, g);
        along = f32x4.add(along, f32x4.mul(g, f32x4.sub(v128.load(x + at), centre)));
      }
      let a = sum4(plain),
        b = sum4(along);
      for (; at < row; at += 4) {
        const g = load<f32>(dOut + at) * load<f32>(gain + at);
        a += g;
        b += g * (load<f32>(x + at) - mean);
      }
      // dX = rstd (g - mean(g) - unit mean(g unit)), with unit = (x - mean) rstd.
      a *= share;
      b *= share * rstd * rstd;
      const va = f32x4.splat(a),
        vb = f32x4.splat(b);
      for (at = 0; at < whole; at += 16) {
        const g = f32x4.mul(v128.load(dOut + at), v128.load(gain + at));
        const centred = f32x4.sub(v128.load(x + at), centre);
        v128.store(dX + at, f32x4.mul(factor, f32x4.sub(f32x4.sub(g, va), f32x4.mul(centred, vb))));
      }
      for (; at < row; at += 4) {
        const g = load<f32>(dOut + at) * load<f32>(gain + at);
        store<f32>(dX + at, rstd * (g - a - (load<f32>(x + at) - mean) * b));
      }
      x += row;
      dOut += row;
      dX += row;
      stats += 8;
    }
  }
}
