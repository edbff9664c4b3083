/**
 * A language model's costly operations as single kernels of tfjs's WASM backend, each with its gradient (first order
 * only). Matrix products stay tfjs's own: XNNPACK runs them at 12-18 GFLOP/s, while its batched product runs at 1.4,
 * tanh takes 23 ns and gather 30 ns an element (tfjs 4.22). The kernels are in assembly/, compiled by build.mjs;
 * shapes and dtypes are checked here, since a kernel trusts its addresses.
 */
import * as tf from '@tensorflow/tfjs-core';
import { check, checkIds, checkIdShape, describe } from './checks.ts';
import { differentiable, kernel, registerKernels } from './define.ts';

/**
 * Compiles and registers the kernels: await it after `tf.setBackend('wasm')`, before the first operation below.
 * Rejects where they cannot run (no SIMD; tfjs's threaded build), with the reason.
 */
export async function installFusedKernels(): Promise<void> {
  await registerKernels();
}

// ---- attention ----

const runAttention = kernel<'qkv' | 'mask', 'heads'>('Attention', (heap, { qkv, mask }, { heads }) => {
  const [B, T, width] = qkv.shape as [number, number, number];
  const size = width / 3 / heads;
  const out = heap.output([B, T, width / 3]);
  const stats = heap.output([B, heads, T, 2]);
  heap.kernels.attentionForward(
    heap.address(qkv),
    heap.address(mask),
    heap.address(out),
    heap.address(stats),
    heap.scratch(heap.kernels.attentionForwardScratch(T, size)),
    B,
    T,
    heads,
    size,
  );
  return [out, stats];
});

const runAttentionGrad = kernel<'qkv' | 'mask' | 'stats' | 'dy', 'heads'>(
  'AttentionGrad',
  (heap, { qkv, mask, stats, dy }, { heads }) => {
    const [B, T, width] = qkv.shape as [number, number, number];
    const size = width / 3 / heads;
    const dQkv = heap.output(qkv.shape);
    heap.kernels.attentionBackward(
      heap.address(qkv),
      heap.address(mask),
      heap.address(stats),
      heap.address(dy),
      heap.address(dQkv),
      heap.scratch(heap.kernels.attentionBackwardScratch(T, size)),
      B,
      T,
      heads,
      size,
    );
    return [dQkv];
  },
);

/**
 * GPT-2's attention: softmax(q·k / sqrt(head size)) · v by heads, where query i sees key
 * j if j <= i and (mask[j] = 1 or j = i); a padded query sees itself, so no row is empty.
 * @param qkv [B, T, 3D], the last axis q | k | v, each split into contiguous heads
 * @param mask [B, T] float32, 1 for a real token, 0 for padding anywhere in the row
 * @returns [B, T, D]
 */
export function attention(qkv: tf.Tensor3D, mask: tf.Tensor2D, heads: number): tf.Tensor3D {
  const [B, T, width] = qkv.shape;
  check(width % (3 * heads) === 0, `attention: last axis ${width} does not split into 3 x ${heads} heads`);
  check(
    mask.shape[0] === B && mask.shape[1] === T && mask.dtype === 'float32',
    `attention: mask is ${describe(mask)}, expected float32 [${B}, ${T}]`,
  );
  return differentiable([qkv], (save) => {
    const [out, stats] = runAttention({ qkv, mask }, { heads }) as [tf.Tensor3D, tf.Tensor];
    save([qkv, mask, stats]);
    return {
      value: out,
      gradFunc: (dy, saved) => {
        const [q, m, s] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return runAttentionGrad({ qkv: q, mask: m, stats: s, dy }, { heads });
      },
    };
  });
}

// ---- layer normalisation ----

const runLayerNorm = kernel<'x' | 'gain' | 'bias', 'epsilon'>('LayerNorm', (heap, { x, gain, bias }, { epsilon }) => {
  const [N, D] = x.shape as [number, number];
  const out = heap.output([N, D]);
  const stats = heap.output([N, 2]);
  heap.kernels.layerNormForward(
    heap.address(x),
    heap.address(gain),
    heap.address(bias),
    heap.address(out),
    heap.address(stats),
    N,
    D,
    epsilon,
  );
  return [out, stats];
});

const runLayerNormGrad = kernel<'x' | 'gain' | 'stats' | 'dy'>('LayerNormGrad', (heap, { x, gain, stats, dy }) => {
  const [N, D] = x.shape as [number, number];
  const dX = heap.output([N, D]);
  const dGain = heap.output([D]);
  const dBias = heap.output([D]);
  heap.kernels.layerNormBackward(
    heap.address(x),
    heap.address(gain),
    heap.address(stats),
    heap.address(dy),
    heap.address(dX),
    heap.address(dGain),
    heap.address(dBias),
    N,
    D,
  );
  return [dX, dGain, dBias];
});

/**
 * Each row to mean 0 and variance 1 (population variance), times gain plus bias.
 * @param x [N, D]
 * @param gain [D]
 * @param bias [D]
 * @param epsilon added to the variance
 * @returns [N, D]
 */
export function layerNorm(x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const D = x.shape[1];
  check(gain.shape[0] === D, `layerNorm: gain is ${describe(gain)}, expected [${D}]`);
  check(bias.shape[0] === D, `layerNorm: bias is ${describe(bias)}, expected [${D}]`);
  return differentiable([x, gain, bias], (save) => {
    const [out, stats] = runLayerNorm({ x, gain, bias }, { epsilon }) as [tf.Tensor2D, tf.Tensor];
    save([x, gain, stats]);
    return {
      value: out,
      gradFunc: (dy, saved) => {
        const [sx, sg, ss] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return runLayerNormGrad({ x: sx, gain: sg, stats: ss, dy }, {});
      },
    };
  });
}

// ---- GELU ----

const runGelu = kernel<'x'>('Gelu', (heap, { x }) => {
  const out = heap.output(x.shape);
  heap.kernels.geluForward(heap.address(x), heap.address(out), tf.util.sizeFromShape(x.shape));
  return [out];
});

const runGeluGrad = kernel<'x' | 'dy'>('GeluGrad', (heap, { x, dy }) => {
  const dX = heap.output(x.shape);
  heap.kernels.geluBackward(heap.address(x), heap.address(dy), heap.address(dX), tf.util.sizeFromShape(x.shape));
  return [dX];
});

/** GPT-2's GELU, the tanh form, elementwise: x [N, D] to [N, D]. */
export function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return differentiable([x], (save) => {
    save([x]);
    return {
      value: runGelu({ x }, {})[0] as tf.Tensor2D,
      gradFunc: (dy, saved) => runGeluGrad({ x: saved[0]!, dy }, {}),
    };
  });
}

// ---- logprobs of chosen tokens ----

const runTokenLogprobs = kernel<'logits' | 'ids', 'temperature'>(
  'TokenLogprobs',
  (heap, { logits, ids }, { temperature }) => {
    const [N, V] = logits.shape as [number, number];
    checkIds(heap, ids, V, 'tokenLogprobs');
    const out = heap.output([N]);
    const stats = heap.output([N, 2]);
    heap.kernels.tokenLogprobsForward(
      heap.address(logits),
      heap.address(ids),
      heap.address(out),
      heap.address(stats),
      N,
      V,
      1 / temperature,
    );
    return [out, stats];
  },
);

const runTokenLogprobsGrad = kernel<'logits' | 'ids' | 'stats' | 'dy', 'temperature'>(
  'TokenLogprobsGrad',
  (heap, { logits, ids, stats, dy }, { temperature }) => {
    const [N, V] = logits.shape as [number, number];
    const dLogits = heap.output([N, V]);
    heap.kernels.tokenLogprobsBackward(
      heap.address(logits),
      heap.address(ids),
      heap.address(stats),
      heap.address(dy),
      heap.address(dLogits),
      N,
      V,
      1 / temperature,
    );
    return [dLogits];
  },
);

/**
 * log softmax(logits / temperature)[id] of every row.
 * @param logits [N, V]
 * @param ids [N] int32, below V
 * @returns [N]
 */
export function tokenLogprobs(logits: tf.Tensor2D, ids: tf.Tensor1D, temperature: number): tf.Tensor1D {
  const N = logits.shape[0];
  checkIdShape(ids, N, 'tokenLogprobs');
  return differentiable([logits], (save) => {
    const [out, stats] = runTokenLogprobs({ logits, ids }, { temperature }) as [tf.Tensor1D, tf.Tensor];
    save([logits, ids, stats]);
    return {
      value: out,
      gradFunc: (dy, saved) => {
        const [l, i, s] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return runTokenLogprobsGrad({ logits: l, ids: i, stats: s, dy }, { temperature });
      },
    };
  });
}

// ---- embedding ----

const runEmbed = kernel<'table' | 'ids'>('Embed', (heap, { table, ids }) => {
  const [V, D] = table.shape as [number, number];
  const N = ids.shape[0]!;
  checkIds(heap, ids, V, 'embed');
  const out = heap.output([N, D]);
  heap.kernels.embedForward(heap.address(table), heap.address(ids), heap.address(out), N, D);
  return [out];
});

const runEmbedGrad = kernel<'ids' | 'dy', 'rows'>('EmbedGrad', (heap, { ids, dy }, { rows }) => {
  const [N, D] = dy.shape as [number, number];
  const dTable = heap.output([rows, D]);
  heap.kernels.embedBackward(heap.address(ids), heap.address(dy), heap.address(dTable), N, rows, D);
  return [dTable];
});

/**
 * The table's rows by id; the gradient adds up in row order, so it repeats bit for bit.
 * @param table [V, D]
 * @param ids [N] int32, below V
 * @returns [N, D]
 */
export function embed(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  checkIdShape(ids, ids.shape[0], 'embed');
  const rows = table.shape[0];
  return differentiable([table], (save) => {
    save([ids]);
    return {
      value: runEmbed({ table, ids }, {})[0] as tf.Tensor2D,
      gradFunc: (dy, saved) => runEmbedGrad({ ids: saved[0]!, dy }, { rows }),
    };
  });
}

// ---- bias ----

const runBiasAdd = kernel<'x' | 'bias'>('BiasAdd', (heap, { x, bias }) => {
  const [N, D] = x.shape as [number, number];
  const out = heap.output([N, D]);
  heap.kernels.biasAddForward(heap.address(x), heap.address(bias), heap.address(out), N, D);
  return [out];
});

const runColumnSums = kernel<'x'>('ColumnSums', (heap, { x }) => {
  const [N, D] = x.shape as [number, number];
  const sums = heap.output([D]);
  heap.kernels.columnSums(heap.address(x), heap.address(sums), N, D);
  return [sums];
});

/** x [N, D] + bias [D]; the bias' gradient is the column sums in one pass. */
export function biasAdd(x: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  const D = x.shape[1];
  check(bias.shape[0] === D, `biasAdd: bias is ${describe(bias)}, expected [${D}]`);
  return differentiable([x, bias], () => ({
    value: runBiasAdd({ x, bias }, {})[0] as tf.Tensor2D,
    gradFunc: (dy) => [dy.clone(), runColumnSums({ x: dy }, {})[0]!],
  }));
}
