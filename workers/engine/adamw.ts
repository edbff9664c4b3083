/**
 * AdamW (Loshchilov & Hutter 2019) on one flat parameter array: what every engine's optimiser is set and stored by.
 *
 * As torch.optim.AdamW: decoupled decay p ← p − lr·wd·p on matrices, bias-corrected moments, ε outside the root after
 * the correction. The gradient is clipped by its global norm first (Pascanu et al. 2013).
 */
export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled decay, a fraction of the parameter a unit of learning rate; 0 makes it Adam. */
  weight_decay: number;
  /** Largest global norm of the gradient; Infinity switches clipping off. */
  max_grad_norm: number;
}

export interface AdamWState {
  step: number;
  /** First and second moments, flat. */
  m: Float32Array;
  v: Float32Array;
}

/** Linear warm-up over `warmup` steps, then cosine from 1 to `floor` at `steps`: the factor for `step` (from 0). */
export function warmupCosine(step: number, steps: number, warmup: number, floor = 0.1): number {
  const rise = Math.min(1, (step + 1) / Math.max(1, warmup));
  return rise * (floor + (1 - floor) * 0.5 * (1 + Math.cos((Math.PI * step) / Math.max(1, steps))));
}
