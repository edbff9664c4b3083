/**
 * The files of a folder of reference cases (test/reference/cases/make_reference.py writes them), read and checked.
 *
 * Sizes and constants come from the files, so that any such folder can be checked. What is missing or not as it should
 * be throws a `CaseError` with the file and the place in it.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Safetensors, decodeSafetensors, toFloat32 } from '../../src/core/safetensors.ts';
import { messageOf } from '../../src/core/thrown.ts';
import { parameterShapes } from '../../workers/model/gpt2.ts';
import {
  type Arrays,
  Config,
  LanguageModel,
  Ppo,
  Preference,
  type ReferenceCases,
  RewardModel,
  Sampling,
} from './schemas.ts';

/** A file of the folder that is missing or broken. */
export class CaseError extends Error {
  override name = 'CaseError';
}

/** Reads a folder of cases. Throws a `CaseError` that names what is wrong and where. */
export async function readCases(folder: string): Promise<ReferenceCases> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new CaseError(`${folder}: there is no such folder`);
  const config = await readJson(folder, 'gpt2-tiny.config.json', Config);
  const cases: ReferenceCases = {
    config,
    weights: await readTensors(folder, 'gpt2-tiny.safetensors'),
    gradients: await readTensors(folder, 'gpt2-tiny.grads.safetensors'),
    weightsAfter: await readTensors(folder, 'gpt2-tiny.after-5-adamw.safetensors'),
    languageModel: await readJson(folder, 'language-model.json', LanguageModel),
    rewardModel: await readJson(folder, 'reward-model.json', RewardModel),
    ppo: await readJson(folder, 'ppo.json', Ppo),
    preference: await readJson(folder, 'preference.json', Preference),
    sampling: await readJson(folder, 'sampling.json', Sampling),
  };
  checkInputs(folder, cases);
  return cases;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CaseError(`${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${String(code)})`}`);
  }
}

async function readJson<S extends v.GenericSchema>(folder: string, name: string, schema: S): Promise<v.InferOutput<S>> {
  const path = join(folder, name);
  const bytes = await readBytes(path);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new CaseError(`${path}: not JSON (${String(error)})`);
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new CaseError(`${path}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}

async function readTensors(folder: string, name: string): Promise<Arrays> {
  const path = join(folder, name);
  const bytes = await readBytes(path);
  let file: Safetensors;
  try {
    file = decodeSafetensors(bytes, path);
  } catch (error) {
    throw new CaseError(messageOf(error));
  }
  return Object.fromEntries(Object.entries(file.tensors).map(([key, tensor]) => [key, toFloat32(tensor)]));
}

/** Throws where the fields of a file do not fit each other or the model. */
function checkInputs(folder: string, cases: ReferenceCases): void {
  const { config, languageModel: lm, rewardModel: rm, ppo, preference, sampling } = cases;
  const fail = (file: string, problem: string): never => {
    throw new CaseError(`${join(folder, file)}: ${problem}`);
  };
  const expect = (file: string, fields: Record<string, unknown>, shape: readonly (number | undefined)[]): void => {
    for (const [name, value] of Object.entries(fields)) {
      const actual = shapeOf(value);
      if (actual.join() !== shape.join())
        fail(file, `${name}: has the shape [${actual.join(', ')}], expected [${shape.join(', ')}]`);
    }
  };
  const tokens = (file: string, rows: readonly number[][]): void => {
    const row = rows.find((ids) => ids.some((id) => !Number.isInteger(id) || id < 0 || id >= config.vocab_size));
    if (row) fail(file, `ids: ${JSON.stringify(row)} is not made of tokens 0 … ${config.vocab_size - 1}`);
  };
  const realTokens = (file: string, mask: readonly number[][], allowed: (real: number) => boolean): void => {
    const row = mask.find((bits) => !bits.every((bit) => bit === 0 || bit === 1) || !allowed(sum(bits)));
    if (row) fail(file, `mask: ${JSON.stringify(row)} does not mark the tokens of a sequence`);
  };

  for (const [file, tensors] of Object.entries({
    'gpt2-tiny.safetensors': cases.weights,
    'gpt2-tiny.grads.safetensors': cases.gradients,
    'gpt2-tiny.after-5-adamw.safetensors': cases.weightsAfter,
  }))
    for (const { name, shape } of parameterShapes(config)) {
      const size = shape.reduce((a, b) => a * b, 1);
      if (tensors[name]?.length !== size) fail(file, `tensor "${name}" is not there with [${shape.join(', ')}]`);
    }

  let file = 'language-model.json';
  const [batch = 0, time = 0] = shapeOf(lm.ids);
  expect(file, { labels_mask: lm.labels_mask, entropy: lm.entropy }, [batch, time]);
  expect(file, { logits: lm.logits }, [batch, time, config.vocab_size]);
  expect(file, { token_logprobs: lm.token_logprobs }, [batch, time - 1]);
  if (time > config.n_positions) fail(file, `ids: ${time} tokens in a context of ${config.n_positions}`);
  for (const { ids, mask } of [lm.left_padded, lm.right_padded]) {
    expect(file, { mask }, [batch, ids[0]?.length]);
    realTokens(file, mask, (real) => real === time);
    tokens(file, ids);
  }
  tokens(file, lm.ids);

  file = 'reward-model.json';
  expect(file, { mask: rm.mask }, shapeOf(rm.ids));
  expect(file, { rewards: rm.rewards }, shapeOf(rm.ids).slice(0, 2));
  expect(file, { head_weight: rm.head_weight, head_weight_grad: rm.head_weight_grad }, [config.n_embd]);
  expect(file, { head_bias: rm.head_bias }, [1]);
  const { chosen, rejected, margin } = rm.margin_case;
  expect(file, { rejected, margin }, shapeOf(chosen));
  realTokens(file, rm.mask.flat(), (real) => real >= 1 && real <= config.n_positions);
  tokens(file, rm.ids.flat());

  file = 'ppo.json';
  const { old_logprobs, ref_logprobs, new_logprobs, old_values, new_values, token_rewards, advantages } = ppo;
  const { returns, whitened_advantages, new_logprobs_grad, new_values_grad, mask } = ppo;
  expect(file, { old_logprobs, ref_logprobs, new_logprobs, old_values, new_values, token_rewards }, shapeOf(mask));
  expect(file, { advantages, returns, whitened_advantages, new_logprobs_grad, new_values_grad }, shapeOf(mask));
  expect(file, { scores: ppo.scores, has_eos: ppo.has_eos, final_scores: ppo.final_scores }, [mask.length]);
  realTokens(file, mask, (real) => real >= 1);

  file = 'preference.json';
  const { dpo, grpo, rewards, bradley_terry: games, best_of_n: best } = preference;
  const { ref_chosen, ref_rejected, chosen_grad, rejected_grad, reward_margins } = dpo;
  const pairs = { rejected: dpo.rejected, ref_chosen, ref_rejected, chosen_grad, rejected_grad, reward_margins };
  expect(file, pairs, shapeOf(dpo.chosen));
  const { grpo_advantages, rloo_advantages } = preference;
  expect(file, { grpo_advantages, rloo_advantages }, shapeOf(rewards));
  const { new_logprobs: current, old_logprobs: old, ref_logprobs: ref, new_logprobs_grad: gradient } = grpo;
  expect(file, { current, old, ref, gradient, mask: grpo.mask }, [rewards.flat().length, grpo.mask[0]?.length]);
  expect(file, { wins: games.wins }, [games.wins.length, games.wins.length]);
  expect(file, { strengths: games.strengths }, [games.wins.length]);
  expect(file, { kl: best.kl }, shapeOf(best.n));

  file = 'sampling.json';
  expect(file, { logprobs: sampling.logprobs }, shapeOf(sampling.logits));
  for (const kept of [...Object.values(sampling.top_k), ...Object.values(sampling.top_p)])
    if (kept.length !== sampling.logits.length) fail(file, `${kept.length} rows of ids for ${sampling.logits.length}`);
}

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
