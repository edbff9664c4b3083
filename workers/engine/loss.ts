/**
 * Losses: each is one definition with its plain form (tfjs, differentiable) and its WGSL side by side.
 *
 * A loss is a function of one array x [M] that carries the gradient (log-probs, values, scores) and of constant arrays.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface LossDefinition<Name extends string = string> {
  readonly name: string;
  /** The constant arrays by name, in the order in which a kernel binds them. */
  readonly arrays: Readonly<Record<Name, 'float' | 'int'>>;
  /** Scalars reported beside the loss. */
  readonly metrics: readonly string[];
  /** x [M] → loss and metrics; differentiable in x. Runs inside a tidy. */
  plain(
    x: tf.Tensor1D,
    arrays: Readonly<Record<Name, tf.Tensor1D>>,
  ): { loss: tf.Scalar; metrics: Record<string, tf.Scalar> };
  /**
   * The same in WGSL: `functions`, and `body`, the statements run by one workgroup of THREADS invocations, `thread` being the number of
   * each. x and the arrays are in scope as storage arrays by name (x is `x`), `run.selected`, `run.pairs` and
   * `run.weight` as sizes. Must write slope[i] = run.weight · ∂loss/∂x[i] for every i < run.selected, and call, in
   * control flow that is the same for all invocations, `report(0, loss)` and `report(1 + k, metric k)` with values that
   * are the same in all of them. `sum(v)` adds v over the workgroup (uniform control flow too).
   */
  readonly wgsl: { readonly functions?: string; readonly body: string };
}

export interface TokenLossOptions<Name extends string, Metric extends string> {
  readonly name: string;
  readonly arrays: readonly Name[];
  readonly metrics: readonly Metric[];
  /**
   * Loss and metrics of every token [M]. x is 0 outside the mask; `arrays.mask` is there too. What it gives outside the
   * mask does not count, but must be finite.
   */
  readonly plain: (
    x: tf.Tensor1D,
    arrays: Readonly<Record<Name | 'mask', tf.Tensor1D>>,
  ) => Record<'loss' | Metric, tf.Tensor>;
  /** The same for one token inside the mask: x and the arrays are f32 by name; declares loss, slope = ∂loss/∂x, metrics. */
  readonly wgsl: string;
}

/** `x` as an f32 literal of WGSL: 1 → "1.0f". */
export function wgslFloat(x: number): string {
  if (!Number.isFinite(x)) throw new RangeError(`WGSL has no literal for ${x}`);
  const digits = String(x);
  return /[.e]/.test(digits) ? `${digits}f` : `${digits}.0f`;
}

/** Σ x·mask / Σ mask. */
function maskedMean(x: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  return tf.div(tf.sum(tf.mul(x, mask)), tf.sum(mask));
}

/** A loss that is a mean over the tokens of `mask` [M], 1 or 0, and so are its metrics. */
export function tokenLoss<Name extends string, Metric extends string>({
  name,
  arrays,
  metrics,
  plain,
  wgsl,
}: TokenLossOptions<Name, Metric>): LossDefinition<Name | 'mask'> {
  const reported = ['loss', ...metrics];
  const each = (first: string, code: (array: string) => string): string => [first, ...arrays].map(code).join(', ');
  return {
    name,
    arrays: Object.fromEntries([...arrays, 'mask'].map((array) => [array, 'float'])) as Record<Name | 'mask', 'float'>,
    metrics,
    plain(x, constants) {
      const { mask } = constants;
      // Outside the mask x is arbitrary: zeroed before anything is computed from it, not after.
      const terms = plain(tf.mul(x, mask), constants);
      const means = Object.fromEntries(metrics.map((metric) => [metric, maskedMean(terms[metric], mask)]));
      return { loss: maskedMean(terms.loss, mask), metrics: means };
    },
    wgsl: {
      functions: `fn token(${each('x', (array) => `${array}: f32`)}, ${reported.map((metric) => `${metric}_: ptr<function, f32>`).join(', ')}) -> f32 {
  ${wgsl}
  ${reported.map((metric) => `*${metric}_ += ${metric};`).join(' ')}
  return slope;
}`,
      body: `
  var tokens = 0.0;
  for (var i = thread; i < run.selected; i += THREADS) { tokens += mask[i]; }
  let scale = 1.0 / sum(tokens);
  ${reported.map((metric) => `var ${metric}_ = 0.0;`).join(' ')}
  for (var i = thread; i < run.selected; i += THREADS) {
    var d = 0.0;
    if (mask[i] != 0.0) { d = token(${each('x', (array) => `${array}[i]`)}, ${reported.map((metric) => `&${metric}_`).join(', ')}); }
    slope[i] = run.weight * scale * d;
  }
  ${reported.map((metric, k) => `report(${k}u, scale * sum(${metric}_));`).join('\n  ')}`,
    },
  };
}
