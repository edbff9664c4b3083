/**
 * Gradients of the tfjs kernels that losses are composed of.
 *
 * tfjs-core registers no gradients by itself: they come with the union package, or from a deep import that Node cannot
 * resolve (tfjs-core 4.22: dist/register_all_gradients.js imports a directory). The dozen that losses need are
 * registered here instead; the model's own operations bring their gradients with them. An operation that is missing
 * here fails loudly ("gradient function not found"), never silently. Delete when tfjs-core exports them for Node.
 */
import * as tf from '@tensorflow/tfjs-core';

type T = tf.Tensor;

/** dy summed back to `shape`, where the forward operation broadcast an input of that shape. */
function unbroadcast(dy: T, shape: number[]): T {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, shape);
}

/** Both inputs saved; `partials` gives ∂/∂a and ∂/∂b before the sum over broadcast axes. */
function binary(kernelName: string, partials: (dy: T, a: T, b: T) => [() => T, () => T]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [T, T];
      const [da, db] = partials(dy as T, a, b);
      return { a: () => unbroadcast(da(), a.shape), b: () => unbroadcast(db(), b.shape) };
    },
  };
}

/** One input x, saved. */
function unary(kernelName: string, partial: (dy: T, x: T, attrs: tf.NamedAttrMap) => T): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => ({ x: () => partial(dy as T, saved[0] as T, attrs) }),
  };
}

const where = (condition: T, dy: T): T => tf.mul(dy, tf.cast(condition, 'float32'));

const GRADIENTS: tf.GradConfig[] = [
  binary(tf.Add, (dy) => [() => dy, () => dy]),
  binary(tf.Sub, (dy) => [() => dy, () => tf.neg(dy)]),
  binary(tf.Multiply, (dy, a, b) => [() => tf.mul(dy, b), () => tf.mul(dy, a)]),
  binary(tf.RealDiv, (dy, a, b) => [() => tf.div(dy, b), () => tf.neg(tf.div(tf.mul(dy, a), tf.square(b)))]),
  binary(tf.Maximum, (dy, a, b) => [() => where(tf.greaterEqual(a, b), dy), () => where(tf.less(a, b), dy)]),
  binary(tf.Minimum, (dy, a, b) => [() => where(tf.lessEqual(a, b), dy), () => where(tf.greater(a, b), dy)]),
  unary(tf.Neg, (dy) => tf.neg(dy)),
  unary(tf.Exp, (dy, x) => tf.mul(dy, tf.exp(x))),
  unary(tf.Log, (dy, x) => tf.div(dy, x)),
  unary(tf.Square, (dy, x) => tf.mul(dy, tf.mul(x, 2))),
  unary(tf.Softplus, (dy, x) => tf.mul(dy, tf.sigmoid(x))),
  unary(tf.Identity, (dy) => tf.clone(dy)),
  unary(tf.Cast, (dy) => tf.clone(dy)),
  unary(tf.Reshape, (dy, x) => tf.reshape(dy, x.shape)),
  unary(tf.ClipByValue, (dy, x, attrs) => {
    const { clipValueMin, clipValueMax } = attrs as { clipValueMin: number; clipValueMax: number };
    return where(tf.logicalAnd(tf.greaterEqual(x, clipValueMin), tf.lessEqual(x, clipValueMax)), dy);
  }),
  unary(tf.Sum, (dy, x, attrs) => {
    const axes = tf.util.parseAxisParam((attrs as { axis: number | number[] }).axis, x.shape);
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return tf.mul(tf.reshape(dy, kept), tf.onesLike(x));
  }),
  unary(tf.Mean, (dy, x, attrs) => {
    const axes = tf.util.parseAxisParam((attrs as { axis: number | number[] }).axis, x.shape);
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return tf.mul(tf.reshape(tf.mul(dy, dy.size / x.size), kept), tf.onesLike(x));
  }),
  unary(tf.Slice, (dy, x, attrs) => {
    const { begin } = attrs as { begin: number[] };
    const paddings = x.shape.map((size, axis): [number, number] => {
      const before = begin[axis] as number;
      return [before, size - before - (dy.shape[axis] as number)];
    });
    return tf.pad(dy, paddings);
  }),
  {
    kernelName: tf.SplitV,
    gradFunc: (dy, _saved, attrs) => ({ x: () => tf.concat(dy as T[], (attrs as { axis: number }).axis) }),
  },
];

for (const gradient of GRADIENTS) tf.registerGradient(gradient);
