/** What the JSON files of a folder of reference cases hold; make_reference.py's `what` fields define every field. */
import * as v from 'valibot';

const Numbers = v.pipe(v.array(v.number()), v.nonEmpty());
/** Rows of one length. */
const Matrix = v.pipe(
  v.array(Numbers),
  v.nonEmpty(),
  v.check((rows) => sameLengths(rows), 'rows of different lengths'),
);
const Cube = v.pipe(
  v.array(Matrix),
  v.nonEmpty(),
  v.check((cube) => sameLengths(cube) && sameLengths(cube.flat()), 'rows of different lengths'),
);
const Size = v.pipe(v.number(), v.integer(), v.minValue(1));

export const Config = v.object({
  n_layer: Size,
  n_head: Size,
  n_embd: Size,
  vocab_size: Size,
  n_positions: Size,
  layer_norm_epsilon: v.number(),
});

const Masked = v.object({ ids: Matrix, mask: Matrix });

export const LanguageModel = v.object({
  ids: Matrix,
  labels_mask: Matrix,
  logits: Cube,
  token_logprobs: Matrix,
  loss: v.number(),
  grad_norm: v.number(),
  entropy: Matrix,
  adamw: v.object({
    lr: v.number(),
    beta1: v.number(),
    beta2: v.number(),
    eps: v.number(),
    weight_decay: v.number(),
    max_grad_norm: v.number(),
  }),
  adamw_loss_and_grad_norm: v.pipe(v.array(v.tuple([v.number(), v.number()])), v.nonEmpty()),
  left_padded: Masked,
  right_padded: Masked,
});

export const RewardModel = v.object({
  ids: Cube,
  mask: Cube,
  head_weight: Numbers,
  head_bias: Numbers,
  rewards: Matrix,
  loss: v.number(),
  head_weight_grad: Numbers,
  wte_grad_norm: v.number(),
  accuracy: v.number(),
  margin_case: v.object({
    chosen: Numbers,
    rejected: Numbers,
    margin: Numbers,
    loss: v.number(),
    center_penalty: v.number(),
  }),
});

export const Ppo = v.object({
  gamma: v.number(),
  lam: v.number(),
  beta: v.number(),
  cliprange: v.number(),
  /** Null or absent: no clip. */
  cliprange_value: v.nullish(v.number(), null),
  vf_coef: v.number(),
  missing_eos_penalty: v.number(),
  old_logprobs: Matrix,
  ref_logprobs: Matrix,
  new_logprobs: Matrix,
  old_values: Matrix,
  new_values: Matrix,
  scores: Numbers,
  has_eos: v.array(v.boolean()),
  mask: Matrix,
  final_scores: Numbers,
  token_rewards: Matrix,
  advantages: Matrix,
  returns: Matrix,
  whitened_advantages: Matrix,
  policy_loss: v.number(),
  value_loss: v.number(),
  value_loss_unclipped: v.number(),
  total_loss: v.number(),
  approxkl: v.number(),
  clipfrac: v.number(),
  value_clipfrac: v.number(),
  objective_kl: v.number(),
  objective_entropy: v.number(),
  objective_non_score_reward: v.number(),
  objective_scores: v.number(),
  objective_rlhf_reward: v.number(),
  explained_variance: v.number(),
  k1: v.number(),
  k2: v.number(),
  k3: v.number(),
  ratio_mean: v.number(),
  new_logprobs_grad: Matrix,
  new_values_grad: Matrix,
  adaptive_kl: v.array(
    v.object({
      kl_coef: v.number(),
      target: v.number(),
      horizon: v.number(),
      n: v.number(),
      kl: v.number(),
      next: v.number(),
    }),
  ),
});

export const Preference = v.object({
  dpo: v.object({
    beta: v.number(),
    chosen: Numbers,
    rejected: Numbers,
    ref_chosen: Numbers,
    ref_rejected: Numbers,
    loss: v.number(),
    chosen_grad: Numbers,
    rejected_grad: Numbers,
    reward_margins: Numbers,
    accuracy: v.number(),
  }),
  rewards: Matrix,
  grpo_advantages: Matrix,
  rloo_advantages: Matrix,
  grpo: v.object({
    cliprange: v.number(),
    beta: v.number(),
    new_logprobs: Matrix,
    old_logprobs: Matrix,
    ref_logprobs: Matrix,
    mask: Matrix,
    loss: v.number(),
    new_logprobs_grad: Matrix,
  }),
  wilson: v.array(v.object({ wins: v.number(), n: v.number(), interval: v.tuple([v.number(), v.number()]) })),
  bradley_terry: v.object({ wins: Matrix, strengths: Numbers }),
  best_of_n: v.object({ n: Numbers, kl: Numbers }),
});

export const Sampling = v.object({
  logits: Matrix,
  /** k or p → ids that stay, a row. */
  top_k: v.record(v.string(), v.array(v.array(v.number()))),
  top_p: v.record(v.string(), v.array(v.array(v.number()))),
  temperature: v.number(),
  logprobs: Matrix,
});

type LanguageModelCase = v.InferOutput<typeof LanguageModel>;
export type RewardModelCase = v.InferOutput<typeof RewardModel>;
export type PpoCase = v.InferOutput<typeof Ppo>;
export type PreferenceCase = v.InferOutput<typeof Preference>;
type SamplingCase = v.InferOutput<typeof Sampling>;
export type Arrays = Record<string, Float32Array>;

export interface ReferenceCases {
  config: v.InferOutput<typeof Config>;
  weights: Arrays;
  gradients: Arrays;
  /** After the steps of `languageModel.adamw_loss_and_grad_norm`. */
  weightsAfter: Arrays;
  languageModel: LanguageModelCase;
  rewardModel: RewardModelCase;
  ppo: PpoCase;
  preference: PreferenceCase;
  sampling: SamplingCase;
}

function sameLengths(rows: readonly (readonly unknown[])[]): boolean {
  return rows.every((row) => row.length === rows[0]?.length);
}
