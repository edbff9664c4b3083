/** Estimates of KL(π ‖ π_ref) from samples of π (Schulman, "Approximating KL Divergence", 2020), and the coefficient on it. */

/** d = log π − log π_ref of a sampled token: k1 = d, unbiased, may be negative. */
export const k1 = (d: number): number => d;
/** k2 = d²/2: biased, low variance. */
export const k2 = (d: number): number => (d * d) / 2;
/** k3 = e^−d − 1 + d: unbiased, never negative. */
export const k3 = (d: number): number => Math.exp(-d) - 1 + d;

export interface AdaptiveKl {
  /** KL a response that the controller steers to, in nats. */
  target: number;
  /** Responses after which a full error has changed the coefficient by a factor of e. */
  horizon: number;
}

/** β ← β·(1 + clip(KL/target − 1, ±.2)·n/horizon) after n responses (Ziegler et al. 2019, §2.2). */
export function adaptKlCoef(klCoef: number, kl: number, n: number, { target, horizon }: AdaptiveKl): number {
  const error = Math.max(-0.2, Math.min(0.2, kl / target - 1));
  return klCoef * (1 + (error * n) / horizon);
}
