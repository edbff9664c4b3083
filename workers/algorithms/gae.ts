/**
 * Generalised advantage estimation (Schulman et al. 2016), over responses inside padded rows.
 *
 * δ_t = r_t + γ V_{t+1} − V_t,  A_t = δ_t + γλ A_{t+1},  V = 0 after the last response token;  returns = A + V.
 * All arrays are [B·T], row-major; `mask` marks one run of response tokens a row.
 */
export function gae(
  rewards: Float32Array,
  values: Float32Array,
  mask: Float32Array,
  time: number,
  gamma: number,
  lambda: number,
): { advantages: Float32Array; returns: Float32Array } {
  const advantages = new Float32Array(mask.length);
  const returns = new Float32Array(mask.length);
  for (let row = 0; row < mask.length; row += time) {
    let next = 0;
    let nextValue = 0;
    for (let i = row + time - 1; i >= row; i--) {
      if (!mask[i]) continue;
      const value = values[i] as number;
      const delta = (rewards[i] as number) + gamma * nextValue - value;
      next = delta + gamma * lambda * next;
      nextValue = value;
      advantages[i] = next;
      returns[i] = next + value;
    }
  }
  return { advantages, returns };
}

/** (A − mean) / √(var + 1e-8) over all tokens of the mask, unbiased variance; 0 outside. Once a rollout, not a minibatch. */
export function whiten(advantages: Float32Array, mask: Float32Array): Float32Array {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < mask.length; i++)
    if (mask[i]) {
      count += 1;
      sum += advantages[i] as number;
    }
  if (count < 2) throw new RangeError(`whitening needs at least two tokens, got ${count}`);
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]) squares += ((advantages[i] as number) - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / (count - 1) + 1e-8);
  return advantages.map((a, i) => (mask[i] ? (a - mean) * scale : 0));
}

/**
 * What whitening over the padded array does, a known fault: the zeros behind short responses pass for advantages, so the
 * real ones keep a mean that is not 0 and a spread that is not 1. 0 outside the mask, as above.
 */
export function whitenOverPads(advantages: Float32Array, mask: Float32Array): Float32Array {
  const everywhere = new Float32Array(mask.length).fill(1);
  return whiten(advantages, everywhere).map((a, i) => (mask[i] ? a : 0));
}
