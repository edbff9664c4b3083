'use strict';
/**
 * Layer normalisation over the last axis (arXiv 1607.06450) with gain and bias.
 */
Object.defineProperty(exports, '__esModule', { value: true });
exports.layerNormForward = layerNormForward;
exports.layerNormBackward = layerNormBackward;
const vector_1 = require('./vector');
/** Rows whose gain and bias gradients are summed before they join the totals (less rounding, less traffic). */
const ROW_BLOCK = 16;
/** out[N, D] = (x - mean) * rstd * gain + bias by rows; stats[N, 2] = (mean, rstd). */
function layerNormForward(x, gain, bias, out, stats, N, D, epsilon) {
  const row = D << 2,
    whole = (D & ~3) << 2;
  const share = 1 / D;
  for (let n = 0; n < N; n++) {
    let total = f32x4.splat(0);
    let at = 0;
    for (; at < whole; at += 16) total = f32x4.add(total, v128.load(x + at));
    let sum = (0, vector_1.sum4)(total);
    for (; at < row; at += 4) sum += load(x + at);
    const mean = sum * share;
    const centre = f32x4.splat(mean);
    total = f32x4.splat(0);
    for (at = 0; at < whole; at += 16) {
      const d = f32x4.sub(v128.load(x + at), centre);
      total = f32x4.add(total, f32x4.mul(d, d));
    }
    sum = (0, vector_1.sum4)(total);
    for (; at < row; at += 4) {
      const d = load(x + at) - mean;
      sum += d * d;
    }
    const rstd = 1 / sqrt(sum * share + epsilon);
    const factor = f32x4.splat(rstd);
    store(stats, mean);
    store(stats, rstd, 4);
    for (at = 0; at < whole; at += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x + at), centre), factor);
      v128.store(out + at, f32x4.add(f32x4.mul(unit, v128.load(gain + at)), v128.load(bias + at)));
    }
    for (; at < row; at += 4) {
      const unit = (load(x + at) - mean) * rstd;
      store(out + at, unit * load(gain + at) + load(bias + at));
    }
    x += row;
    out += row;
    stats += 8;
  }
}
/** dGain[D] += sum dOut * unit and dBias[D] += sum dOut over a few rows. */
function addColumns(x, stats, dOut, dGain, dBias, rows, D) {
  const row = D << 2,
    whole = (D & ~3) << 2;
  let at = 0;
  for (; at < whole; at += 16) {
    let gains = f32x4.splat(0),
      biases = f32x4.splat(0);
    let px = x + at,
      pd = dOut + at,
      ps = stats;
    for (let r = 0; r < rows; r++) {
      const d = v128.load(pd);
      const centred = f32x4.sub(v128.load(px), v128.load_splat(ps));
      gains = f32x4.add(gains, f32x4.mul(d, f32x4.mul(centred, v128.load_splat(ps, 4))));
      biases = f32x4.add(biases, d);
      px += row;
      pd += row;
      ps += 8;
    }
    v128.store(dGain + at, f32x4.add(v128.load(dGain + at), gains));
    v128.store(dBias + at, f32x4.add(v128.load(dBias + at), biases));
  }
  for (; at < row; at += 4) {
    let gains = 0,
      biases = 0;
    let px = x + at,
      pd = dOut + at,
      ps = stats;
    for (let r = 0; r < rows; r++) {
      const d = load(pd);
      gains += d * ((load(px) - load(ps)) * load(ps, 4));
      biases += d;
      px += row;
      pd += row;
      ps += 8;
    }
    store(dGain + at, load(dGain + at) + gains);
    store(dBias + at, load(dBias + at) + biases);
  }
}
/** dX[N, D], dGain[D] and dBias[D] from x, gain, the forward pass's stats and dOut[N, D]. */
function layerNormBackward(x, gain, stats, dOut, dX, dGain, dBias, N, D) {
  const row = D << 2,
    whole = (D & ~3) << 2;
  const share = 1 / D;
  memory.fill(dGain, 0, row);
  memory.fill(dBias, 0, row);
  for (let n = 0; n < N; n += ROW_BLOCK) {
    addColumns(x, stats, dOut, dGain, dBias, min(ROW_BLOCK, N - n), D);
    for (let last = min(n + ROW_BLOCK, N), r = n; r < last; r++) {
      const mean = load(stats),
        rstd = load(stats, 4);
      const centre = f32x4.splat(mean),
        factor = f32x4.splat(rstd);
      let plain = f32x4.splat(0),
        along = f32x4.splat(0);
      let at = 0;
      for (; at < whole; at += 16) {
        const g = f32x4.mul(v128.load(dOut + at), v128.load(gain + at));
        plain = f32x4.add(plain, g);
        along = f32x4.add(along, f32x4.mul(g, f32x4.sub(v128.load(x + at), centre)));
      }
      let a = (0, vector_1.sum4)(plain),
        b = (0, vector_1.sum4)(along);
      for (; at < row; at += 4) {
        const g = load(dOut + at) * load(gain + at);
        a += g;
        b += g * (load(x + at) - mean);
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
        const g = load(dOut + at) * load(gain + at);
        store(dX + at, rstd * (g - a - (load(x + at) - mean) * b));
      }
      x += row;
      dOut += row;
      dX += row;
      stats += 8;
    }
  }
}
