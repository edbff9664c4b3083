/** GPT-2: forward pass in every padding, loss, gradients, AdamW. */
import { type PaddedBatch, padRows, responseBatch } from '../../src/core/data/batches.ts';
import type { Engine, Outputs, StepReport } from '../../workers/engine/engine.ts';
import { everyTokenComputation, feedOf, lastTokenFeedOf } from '../../workers/model/computations.ts';
import { Model } from '../../workers/model/model.ts';
import { languageModelObjective } from '../../workers/pipeline/objectives.ts';
import { type Check, check, checkTensors } from './measure.ts';
import type { ReferenceCases } from './schemas.ts';

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

const none = new Float32Array();

/** The rows of `values` [N, V] where the mask is 1. */
function realRows(values: Float32Array, mask: readonly number[][], width: number): number[] {
  return mask.flat().flatMap((bit, n) => (bit ? Array.from(values.subarray(n * width, (n + 1) * width)) : []));
}

export async function languageModelChecks(cases: ReferenceCases, engine: Engine): Promise<Check[]> {
  const { config, languageModel: reference } = cases;
  const name = (field: string): string => `language-model ${field}`;
  const model = new Model(engine, config, cases.weights);
  const checks: Check[] = [];

  const everyToken = everyTokenComputation(config);
  const forward = (batch: PaddedBatch): Promise<Outputs> =>
    engine.run(model.variables, everyToken, lastTokenFeedOf(batch));
  const { logits = none, entropy = none } = await forward(padRows(reference.ids, 0));
  checks.push(check(name('logits'), logits, reference.logits), check(name('entropy'), entropy, reference.entropy));
  for (const side of ['left_padded', 'right_padded'] as const) {
    const { ids, mask } = reference[side];
    const { logits: padded = none } = await forward(maskedBatch(ids, mask));
    checks.push(check(name(side), realRows(padded, mask, config.vocab_size), reference.logits));
  }

  // Every token but the first is predicted: the first is the prompt, as in pretraining.
  const batch = responseBatch(
    reference.ids.map((row) => ({ prompt: row.slice(0, 1), response: row.slice(1) })),
    0,
  );
  checks.push(check(name('token_logprobs'), await model.responseLogprobs(batch), reference.token_logprobs));
  const responseMask = Float32Array.from(reference.labels_mask.flatMap((row) => row.slice(1)));
  const terms = [{ computation: languageModelObjective(config), feed: feedOf(batch, { responseMask }) }];
  const { gradient, report } = await engine.gradient(model.variables, terms);
  const gradients = model.layout.unpack(gradient);
  checks.push(
    check(name('loss'), report.loss, reference.loss),
    check(name('grad_norm'), report.grad_norm, reference.grad_norm),
    checkTensors(name('gradients'), gradients, cases.gradients),
  );

  const { lr, eps: epsilon, ...options } = reference.adamw;
  const optimiser = engine.createOptimiser(model.variables, { ...options, epsilon });
  const trace: StepReport[] = [];
  for (let step = 0; step < reference.adamw_loss_and_grad_norm.length; step++)
    trace.push(await engine.step(optimiser, lr, terms));
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
