/**
 * The curves of PPO once more, from what the microscope recorded of the tokens: every figure must come out as the stage
 * reported it. Written from algorithms.md and not from the stage's code, so that the two can be held against each other.
 */
import { type IterationRecord, finalScore, policyTerms, spanOf, valueTerms, verdictOf } from './microscope.ts';

/** Metrics that follow from the tokens, in the order in which they are shown. */
export const SUMMED = [
  'objective/kl',
  'objective/entropy',
  'objective/scores',
  'objective/non_score_reward',
  'objective/rlhf_reward',
  'objective/gold',
  'policy/clipfrac_avg',
  'policy/approxkl_avg',
  'val/ratio',
  'val/first_ratio',
  'loss/policy_avg',
  'loss/value_avg',
  'val/clipfrac_avg',
  'val/explained_variance',
  'response_length',
  'val/num_eos_tokens',
] as const;
export type SummedMetric = (typeof SUMMED)[number];

export interface Sum {
  metric: SummedMetric;
  value: number;
  /** Mean size of what was added up: what rounding is measured by where terms of both signs cancel. */
  size: number;
}

/** The share of a sum by which 32-bit additions in another order may differ. */
export const ROUNDING = 1e-5;

/** Whether `value`, as the stage reported it, is this sum. */
export function agrees({ value, size }: Pick<Sum, 'value' | 'size'>, reported: number): boolean {
  return Math.abs(value - reported) <= ROUNDING * Math.max(Math.abs(reported), size);
}

type Mean = Pick<Sum, 'value' | 'size'>;

/** `decode` writes token ids as text. */
export function sumsOf(record: IterationRecord, decode: (ids: readonly number[]) => string): Sum[] {
  const { settings, asked, tokens } = record;
  const responses = asked.map((_, b) => b);
  const length = tokens.length / responses.length;
  /** Sum over the tokens, then mean over the responses. */
  const perResponse = (term: (i: number) => number): Mean => {
    const { value, size } = meanOf(Array.from(tokens, (_, i) => term(i)));
    return { value: value * length, size: size * length };
  };
  const kl = perResponse((i) => (record.oldLogprobs[i] as number) - (record.refLogprobs[i] as number));
  const scores = meanOf(responses.map((b) => finalScore(record, b)));
  const penalty: Mean = { value: -settings.kl_coef * kl.value, size: settings.kl_coef * kl.size };
  const gold = meanOf(responses.map((b) => verdictOf(record, b, textOf(record, b, decode)).gold));
  const updates = updatesOf(record);
  const first = updates[0] as Update;
  const means: Record<SummedMetric, Mean> = {
    'objective/kl': kl,
    'objective/entropy': perResponse((i) => -(record.oldLogprobs[i] as number)),
    'objective/scores': scores,
    'objective/non_score_reward': penalty,
    'objective/rlhf_reward': { value: scores.value + penalty.value, size: scores.size + penalty.size },
    'objective/gold': gold,
    'policy/clipfrac_avg': overUpdates(updates, 'clipfrac'),
    'policy/approxkl_avg': overUpdates(updates, 'approxkl'),
    'val/ratio': overUpdates(updates, 'ratio'),
    'val/first_ratio': first.ratio,
    'loss/policy_avg': overUpdates(updates, 'policy'),
    'loss/value_avg': overUpdates(updates, 'value'),
    'val/clipfrac_avg': overUpdates(updates, 'valueClipfrac'),
    'val/explained_variance': explained(record),
    response_length: exactly(length),
    'val/num_eos_tokens': exactly(record.ended.filter(Boolean).length),
  };
  return SUMMED.map((metric) => ({ metric, ...means[metric] }));
}

/** What a response says, without its end token. */
export function textOf(record: IterationRecord, response: number, decode: (ids: readonly number[]) => string): string {
  const [start, end] = spanOf(record, response);
  return decode([...record.tokens.subarray(start, record.ended[response] ? end - 1 : end)]);
}

/** Token means of one minibatch in its update. */
type Update = Record<'policy' | 'clipfrac' | 'approxkl' | 'ratio' | 'value' | 'valueClipfrac', Mean>;

/** Every update of the iteration, in the order in which they were made. */
function updatesOf(record: IterationRecord): Update[] {
  const { settings, whitened, oldLogprobs, values: oldValues, returns } = record;
  return record.epochs.flatMap(({ minibatch, logprobs, values }) => {
    const count = 1 + minibatch.reduce((most, each) => Math.max(most, each), 0);
    const members = Array.from({ length: count }, (): number[] => []);
    minibatch.forEach((part, b) => {
      const [start, end] = spanOf(record, b);
      for (let i = start; i < end; i++) members[part]?.push(i);
    });
    return members.map((indices): Update => {
      const ofPolicy = indices.map((i) =>
        policyTerms(logprobs[i] as number, oldLogprobs[i] as number, whitened[i] as number, settings.cliprange),
      );
      const ofCritic = indices.map((i) =>
        valueTerms(values[i] as number, oldValues[i] as number, returns[i] as number, settings.cliprange_value),
      );
      return {
        policy: meanOf(ofPolicy.map(({ loss }) => loss)),
        clipfrac: meanOf(ofPolicy.map(({ isClipped }) => Number(isClipped))),
        approxkl: meanOf(indices.map((i) => ((logprobs[i] as number) - (oldLogprobs[i] as number)) ** 2 / 2)),
        ratio: meanOf(ofPolicy.map(({ ratio }) => ratio)),
        value: meanOf(ofCritic.map(({ loss }) => loss)),
        valueClipfrac: meanOf(ofCritic.map(({ isClipped }) => Number(isClipped))),
      };
    });
  });
}

/** The mean over the updates, which is not the mean over all tokens where minibatches differ in length. */
function overUpdates(updates: readonly Update[], figure: keyof Update): Mean {
  const means = updates.map((update) => update[figure]);
  return {
    value: meanOf(means.map(({ value }) => value)).value,
    size: meanOf(means.map(({ size }) => size)).value,
  };
}

/** 1 − Var(R − V_old) / Var(R) over all tokens. */
function explained({ returns, values }: IterationRecord): Mean {
  const total = variance([...returns]);
  if (total === 0) return exactly(0);
  const left = variance(Array.from(returns, (each, i) => each - (values[i] as number))) / total;
  return { value: 1 - left, size: 1 + left };
}

function variance(values: readonly number[]): number {
  const { value: mean } = meanOf(values);
  return meanOf(values.map((x) => (x - mean) ** 2)).value;
}

function meanOf(terms: readonly number[]): Mean {
  const sum = terms.reduce((a, b) => a + b, 0);
  return { value: sum / terms.length, size: terms.reduce((a, b) => a + Math.abs(b), 0) / terms.length };
}

function exactly(value: number): Mean {
  return { value, size: Math.abs(value) };
}
