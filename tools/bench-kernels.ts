/**
 * The fused WASM kernels against the plain operations: milliseconds forward, and forward and backward.
 *
 *     npx tsx tools/bench-kernels.ts [name]
 *
 * The shapes are one layer of the 4 × 96 model over 2048 tokens. Medians; run it on an idle machine.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { columnSums, withGradient } from '../workers/engine/plain/differentiable.ts';
import { plain } from '../workers/engine/plain/operations.ts';
import '../workers/engine/plain/gradients.ts';
import * as fused from '../workers/engine/wasm/fused.ts';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

const ROUND_MS = 700;
const wanted = process.argv[2] ?? '';

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
await tf.setBackend('wasm');
await fused.installFusedKernels();

const normal = (...shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', 7);

/** The median time of one call in milliseconds. */
function time(body: () => tf.Tensor | tf.Tensor[]): number {
  const times: number[] = [];
  for (let n = 0; n < 4; n++) tf.tidy(() => void body());
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end || times.length < 5) {
    const start = performance.now();
    tf.tidy(() => void body());
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

/** Times both; `products` is the number of multiply-adds forward, where products dominate. */
function compare(name: string, ours: Op, theirs: Op, inputs: tf.Tensor[], products?: number): void {
  if (!name.startsWith(wanted)) return;
  const dy = normal(...tf.tidy(() => ours(...inputs)).shape);
  const measure = (op: Op): [number, number] => {
    const gradients = tf.grads(op);
    return [time(() => op(...inputs)), time(() => gradients(inputs, dy))];
  };
  const [a, b] = [measure(ours), measure(theirs)];
  const pair = ([forward, both]: [number, number]): string => `${forward.toFixed(2)} / ${both.toFixed(2)} ms`;
  // Backward is five products where forward is two.
  const rate = products ? `, ${((products * 2 * 3.5) / a[1] / 1e6).toFixed(1)} GFLOP/s` : '';
  console.log(
    `${name.padEnd(32)} fused ${pair(a).padEnd(18)} plain ${pair(b).padEnd(18)}`,
    `${(b[0] / a[0]).toFixed(1)}x / ${(b[1] / a[1]).toFixed(1)}x${rate}`,
  );
}

for (const [B, T, D, heads] of [
  [32, 64, 96, 4],
  [16, 128, 96, 4],
  [32, 64, 64, 4],
  [32, 64, 192, 4],
  [32, 64, 96, 8],
] as const) {
  const mask = tf.ones<tf.Rank.R2>([B, T]);
  compare(
    `attention B${B} T${T} D${D} heads ${heads}`,
    (qkv) => tf.reshape(fused.attention(tf.reshape(qkv, [B, T, 3 * D]), mask, heads), [B * T, D]),
    (qkv) => plain.attention(qkv, mask, heads),
    [normal(B * T, 3 * D)],
    // Scores and mixture over the causal half.
    B * T * T * D,
  );
}

const N = 2048;
compare(
  `layerNorm ${N}x96`,
  (x, g, b) => fused.layerNorm(x as tf.Tensor2D, g as tf.Tensor1D, b as tf.Tensor1D, 1e-5),
  (x, g, b) => plain.layerNorm(x, g, b, 1e-5),
  [normal(N, 96), normal(96), normal(96)],
);
compare(
  `gelu ${N}x384`,
  (x) => fused.gelu(x as tf.Tensor2D),
  (x) => plain.gelu(x),
  [normal(N, 384)],
);
for (const V of [128, 613]) {
  const ids = tf.randomUniform<tf.Rank.R1>([N], 0, V, 'int32', 5);
  compare(
    `tokenLogprobs ${N}x${V}`,
    (logits) => fused.tokenLogprobs(logits as tf.Tensor2D, ids, 0.9),
    (logits) => plain.tokenLogprobs(logits, ids, 0.9),
    [normal(N, V)],
  );
  compare(
    `embed ${N} of ${V}x96`,
    (table) => fused.embed(table as tf.Tensor2D, ids),
    (table) => plain.rows(table, ids),
    [normal(V, 96)],
  );
}
for (const width of [96, 288, 384]) {
  compare(
    `biasAdd ${N}x${width}`,
    (x, bias) => fused.biasAdd(x as tf.Tensor2D, bias as tf.Tensor1D),
    // As in plain.linear: its columnSums is a product with ones.
    (x, bias) =>
      withGradient(
        [x, bias],
        ([x, bias]) => ({ value: tf.add(x, bias), saved: [] }),
        (dy) => [tf.clone(dy), columnSums(dy as tf.Tensor2D)],
      ),
    [normal(N, width), normal(width)],
  );
}
