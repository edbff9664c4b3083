/** GPT-2: forward pass in every padding, loss, gradients, AdamW. */
import * as tf from '@tensorflow/tfjs-core';
import { type PaddedBatch, padRows, responseBatch } from '../../src/core/data/batches.ts';
import { crossEntropy, tokenEntropy } from '../../workers/algorithms/sft.ts';
import { AdamW } from '../../workers/engine/adamw.ts';
import type { Operations } from '../../workers/engine/operations.ts';
import type { Parameters } from '../../workers/engine/parameters.ts';
import { type Objective, type StepReport, gradientOf, trainStep } from '../../workers/engine/train.ts';
import { hiddenStates, logits } from '../../workers/model/gpt2.ts';
import { Model, responseLogprobs, upload } from '../../workers/model/model.ts';
import { type Check, check, checkTensors, download } from './measure.ts';
import type { ReferenceCases } from './schemas.ts';

type Ops = Operations<tf.Tensor>;

/** The batch of given `ids` and `mask` [B, T], wherever its padding stands. */
function maskedBatch(ids: readonly number[][], mask: readonly number[][]): PaddedBatch {
  const time = ids[0]?.length ?? 0;
  const positions = mask.map((bits) => {
    let real = 0;
    return bits.map((bit) => Math.max(0, (real += bit) - 1));
  });
  const last = mask.map((bits, b) => b * time + bits.lastIndexOf(1));
  return {
    size: ids.length,
    time,
    ids: Int32Array.from(ids.flat()),
    positions: Int32Array.from(positions.flat()),
    mask: Float32Array.from(mask.flat()),
    last: Int32Array.from(last),
    tokens: mask.flat().reduce((a, b) => a + b, 0),
  };
}

/** Logits [N, V] and entropies [N] of a batch's tokens. */
async function forward(
  ops: Ops,
  model: Model,
  batch: PaddedBatch,
): Promise<{ scores: Float32Array; entropy: Float32Array }> {
  return download(() => {
    const p = model.layout.views(model.flat);
    const scores = logits(ops, p, hiddenStates(ops, p, model.config, upload(batch))) as tf.Tensor2D;
    return { scores, entropy: tokenEntropy(scores) };
  });
}

/** The rows of `values` [N, V] where the mask is 1. */
function realRows(values: Float32Array, mask: readonly number[][], width: number): number[] {
  return mask.flat().flatMap((bit, n) => (bit ? Array.from(values.subarray(n * width, (n + 1) * width)) : []));
}

export async function languageModelChecks(cases: ReferenceCases, ops: Ops): Promise<Check[]> {
  const { config, languageModel: reference } = cases;
  const name = (field: string): string => `language-model ${field}`;
  const model = new Model(config, cases.weights);
  const checks: Check[] = [];

  const { scores, entropy } = await forward(ops, model, padRows(reference.ids, 0));
  checks.push(check(name('logits'), scores, reference.logits), check(name('entropy'), entropy, reference.entropy));
  for (const side of ['left_padded', 'right_padded'] as const) {
    const { ids, mask } = reference[side];
    const padded = await forward(ops, model, maskedBatch(ids, mask));
    checks.push(check(name(side), realRows(padded.scores, mask, config.vocab_size), reference.logits));
  }

  // Every token but the first is predicted: the first is the prompt, as in pretraining.
  const batch = responseBatch(
    reference.ids.map((row) => ({ prompt: row.slice(0, 1), response: row.slice(1) })),
    0,
  );
  const { logprobs } = await download(() => ({
    logprobs: responseLogprobs(ops, model.layout.views(model.flat), config, batch),
  }));
  checks.push(check(name('token_logprobs'), logprobs, reference.token_logprobs));
  const objective = (p: Parameters<tf.Tensor>): Objective => ({
    loss: crossEntropy(
      responseLogprobs(ops, p, config, batch),
      tf.tensor2d(reference.labels_mask.map((row) => row.slice(1))),
    ),
  });
  const { gradient, norm, report } = await gradientOf(model, objective);
  const gradients = model.layout.unpack(Float32Array.from(await gradient.data()));
  tf.dispose([gradient, norm]);
  checks.push(
    check(name('loss'), report.loss, reference.loss),
    check(name('grad_norm'), report.grad_norm, reference.grad_norm),
    checkTensors(name('gradients'), gradients, cases.gradients),
  );

  const { lr, eps: epsilon, ...options } = reference.adamw;
  const optimiser = new AdamW(model.layout, { ...options, epsilon });
  const trace: StepReport[] = [];
  for (let step = 0; step < reference.adamw_loss_and_grad_norm.length; step++)
    trace.push(await trainStep(model, optimiser, lr, objective));
  const expected = reference.adamw_loss_and_grad_norm;
  checks.push(
    check(
      name('adamw losses'),
      trace.map(({ loss }) => loss),
      expected.map(([loss]) => loss),
    ),
    check(
      name('adamw grad_norms'),
      trace.map(({ grad_norm }) => grad_norm),
      expected.map(([, norm]) => norm),
    ),
    checkTensors(name('adamw weights'), await model.weights(), cases.weightsAfter),
  );
  optimiser.dispose();
  model.dispose();
  return checks;
}
