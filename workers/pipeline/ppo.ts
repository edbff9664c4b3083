/**
 * Stage 4: PPO on prompts that no earlier stage has seen, with no person involved.
 *
 * One step is one iteration: sample, score, estimate advantages, then a few clipped updates of policy and critic. The
 * first step only measures the reward of the SFT model's own answers, which become the zero and the unit of reward.
 */
import { type ResponseBatch, responseBatch } from '../../src/core/data/batches.ts';
import { corpusRow } from '../../src/core/data/rows.ts';
import { Rng } from '../../src/core/rng.ts';
import { mean, std } from '../../src/core/stats.ts';
import { type Example, drawExample, judgeResponse, preferenceMix } from '../../src/core/world/index.ts';
import { adaptKlCoef } from '../algorithms/kl.ts';
import {
  type Estimates,
  type Rollout,
  advantageMoments,
  estimate,
  explainedVariance,
  objectives,
} from '../algorithms/ppo.ts';
import type { Computation, Term } from '../engine/computation.ts';
import type { TermReport } from '../engine/engine.ts';
import { feedOf } from '../model/computations.ts';
import { Model, type Weights, withZeroHead } from '../model/model.ts';
import { adamwOptions } from './configuration.ts';
import { Showcase, responseOf, rollOut } from './respond.ts';
import { IterationRecorder, recordingDue, settingsOf } from './microscope.ts';
import { minibatchOf } from './minibatch.ts';
import { languageModelObjective, policyObjective, valueObjective } from './objectives.ts';
import { scoreRows, scoredRow } from './scoring.ts';
import {
  type Costs,
  type Resume,
  type Stage,
  type StageContext,
  type StageStep,
  chargeInference,
  chargeTraining,
} from './stage.ts';
import { Trainer } from './trainer.ts';

interface State {
  step: number;
  costs: Costs;
  metrics: Record<string, number>;
  /** Mean and standard deviation of the reward model's scores of SFT samples. */
  calibration: { mean: number; std: number };
  kl_coef: number;
}

/** What is minimised: the policy's loss, the critic's, and the policy's on pretraining text. */
type Losses = Record<'policy' | 'value' | 'text', Computation>;

/** Prompts, sampled answers, and what the four models say of them. */
interface Experience {
  batch: ResponseBatch;
  rollout: Rollout;
  examples: readonly Example[];
  texts: readonly string[];
  /** [B]: the reward model's scores as they are. */
  rawScores: Float32Array;
}

export async function* ppoStage(
  context: StageContext,
  sft: Weights,
  reward: Weights,
  resume?: Resume,
): Stage<{ weights: Weights }> {
  const { preset, seed, world, config, engine } = context;
  const settings = preset.ppo;
  const fresh: State = {
    step: 0,
    costs: { tokens: 0, flop: 0 },
    metrics: {},
    calibration: { mean: 0, std: 1 },
    kl_coef: settings.kl_coef,
  };
  const state = (resume?.state ?? fresh) as State;
  const options = adamwOptions(settings);
  const policy = Trainer.open(context, sft, options, 'policy', resume);
  const critic = Trainer.open(context, withZeroHead(reward, config), options, 'critic', resume);
  const models = { reference: new Model(engine, config, sft), reward: new Model(engine, config, reward) };
  const losses = {
    policy: policyObjective(config, settings.cliprange, preset.temperature),
    value: valueObjective(config, settings.cliprange_value),
    text: languageModelObjective(config),
  };
  const examples = Array.from({ length: 6 }, (_, i) =>
    drawExample(world, preferenceMix(world), 'evaluation', Rng.fromSeed(seed, 'ppo', 'showcase', i)),
  );
  const showcase = new Showcase(context, examples);
  const steps = settings.iterations + 1;
  const done = (): StageStep => ({
    step: state.step,
    steps,
    metrics: state.metrics,
    costs: state.costs,
    snapshot: async () => {
      const [a, b] = [await policy.snapshot('policy'), await critic.snapshot('critic')];
      return { tensors: { ...a.tensors, ...b.tensors }, state: { ...state, ...a.state, ...b.state } };
    },
  });
  try {
    if (state.step === 0) {
      state.calibration = await calibrate(context, models, state.costs);
      state.step = 1;
      yield done();
    }
    while (state.step < steps) {
      const iteration = state.step - 1;
      const experience = await collect(context, policy.model, critic.model, models, state, iteration);
      const estimates = estimate(experience.rollout, { ...settings, kl_coef: state.kl_coef });
      const head = { iteration: iteration + 1, step: state.step + 1 };
      const recorder = recordingDue(context, head)
        ? new IterationRecorder({ ...head, settings: settingsOf(context, state) }, { ...experience, estimates })
        : null;
      const { costs } = state;
      const updates = await update(context, losses, policy, critic, experience, estimates, costs, iteration, recorder);
      state.metrics = report(experience, estimates, updates, state.kl_coef, state.step * settings.rollouts);
      if (settings.kl_target !== null) {
        const control = { target: settings.kl_target, horizon: settings.kl_horizon };
        const kl = state.metrics['objective/kl'] as number;
        state.kl_coef = adaptKlCoef(state.kl_coef, kl, settings.rollouts, control);
      }
      state.step += 1;
      const samples = showcase.due(state.step) ? await showcase.samples(models.reference, policy.model) : undefined;
      const recorded = recorder?.done(
        await policy.model.responseLogprobs(experience.batch, preset.temperature),
        await critic.model.responseValues(experience.batch),
      );
      yield { ...done(), samples, recorded };
    }
    return { weights: await policy.model.weights() };
  } finally {
    for (const each of [policy, critic, models.reference, models.reward]) each.dispose();
  }
}

function prompts({ world, seed }: StageContext, stream: string | number, count: number): Example[] {
  const rng = Rng.fromSeed(seed, 'ppo', 'prompts', stream);
  return Array.from({ length: count }, () => drawExample(world, preferenceMix(world), 'ppo', rng));
}

/** Mean and spread of the reward of the SFT model's own answers (InstructGPT shifts the reward so, §3.5). */
async function calibrate(
  context: StageContext,
  models: { reference: Model; reward: Model },
  costs: Costs,
): Promise<State['calibration']> {
  const { preset, tokenizer } = context;
  const examples = prompts(context, 'calibration', preset.ppo.calibration_prompts);
  const generations = await rollOut(
    context,
    models.reference,
    examples.map(({ prompt }) => tokenizer.promptIds(prompt)),
    { temperature: preset.temperature, stream: 'ppo/calibration' },
    costs,
  );
  const rows = generations.map((generation, i) =>
    scoredRow(tokenizer, (examples[i] as Example).prompt, responseOf(context, generation).text),
  );
  const scores = await scoreRows(context, models.reward, rows, costs);
  return { mean: mean(scores), std: std(scores, { unbiased: true }) + 1e-6 };
}

async function collect(
  context: StageContext,
  policy: Model,
  critic: Model,
  models: { reference: Model; reward: Model },
  { calibration, costs }: State,
  iteration: number,
): Promise<Experience> {
  const { preset, tokenizer, config } = context;
  const examples = prompts(context, iteration, preset.ppo.rollouts);
  const ids = examples.map(({ prompt }) => tokenizer.promptIds(prompt));
  const generations = await rollOut(
    context,
    policy,
    ids,
    { temperature: preset.temperature, stream: `ppo/${iteration}` },
    costs,
  );
  const texts = generations.map((generation) => responseOf(context, generation).text);
  const rows = texts.map((text, i) => scoredRow(tokenizer, (examples[i] as Example).prompt, text));
  const raw = await scoreRows(context, models.reward, rows, costs);
  const batch = responseBatch(
    generations.map(({ tokens }, i) => ({ prompt: ids[i] as number[], response: tokens })),
    tokenizer.pad,
    config.n_positions,
  );
  // The log-probs of the samples are computed by the update's own forward pass, never taken from the sampler.
  const oldTemperature = preset.temperature * preset.ppo.old_logprob_temperature;
  const oldLogprobs = await policy.responseLogprobs(batch, oldTemperature);
  const refLogprobs = await models.reference.responseLogprobs(batch, preset.temperature);
  const oldValues = await critic.responseValues(batch);
  chargeInference(costs, policy.layout.count, 3 * batch.size * batch.time);
  const rollout: Rollout = {
    time: batch.responseTime,
    mask: batch.responseMask,
    oldLogprobs,
    refLogprobs,
    oldValues,
    scores: raw.map((score) => (score - calibration.mean) / calibration.std),
    ended: generations.map(({ ended }) => ended),
  };
  return { batch, rollout, examples, texts, rawScores: raw };
}

/** The epochs of clipped updates; the means of what they report, and the mean ratio before the first one. */
async function update(
  context: StageContext,
  losses: Losses,
  policy: Trainer,
  critic: Trainer,
  experience: Experience,
  estimates: Estimates,
  costs: Costs,
  iteration: number,
  recorder: IterationRecorder | null,
): Promise<Record<string, number>> {
  const { preset, seed, world, tokenizer, config } = context;
  const settings = preset.ppo;
  const sums: Record<string, number> = {};
  let updates = 0;
  let first_ratio: number | undefined;
  let first_log_ratio: number | undefined;
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const rng = Rng.fromSeed(seed, 'ppo', 'update', iteration, epoch);
    const order = rng.shuffle(experience.examples.map((_, i) => i));
    for (let first = 0; first < order.length; first += settings.minibatch_size) {
      const part = order.slice(first, first + settings.minibatch_size);
      const minibatch = minibatchOf(experience.batch, experience.rollout, estimates, part);
      const text =
        settings.ptx_coef > 0 && settings.ptx_rows > 0
          ? responseBatch(
              Array.from({ length: settings.ptx_rows }, () => corpusRow(world, tokenizer, rng)),
              tokenizer.pad,
              config.n_positions,
            )
          : null;
      const feed = feedOf(minibatch.batch, minibatch.arrays);
      const terms: Term[] = [{ computation: losses.policy, feed }];
      if (text) terms.push({ computation: losses.text, feed: feedOf(text), weight: settings.ptx_coef });
      const ofPolicy = await policy.step(settings.learning_rate, terms);
      const ofCritic = await critic.step(settings.value_learning_rate, [{ computation: losses.value, feed }]);
      const tokens = minibatch.batch.size * minibatch.batch.time;
      const textTokens = text ? text.size * text.time : 0;
      chargeTraining(costs, policy.model.layout.count, tokens + textTokens);
      chargeTraining(costs, critic.model.layout.count, tokens);
      const [onPolicy, onText] = ofPolicy.terms as [TermReport, TermReport?];
      const [onValues] = ofCritic.terms as [TermReport];
      const { logprobs } = onPolicy.outputs as { logprobs: Float32Array };
      const { values } = onValues.outputs as { values: Float32Array };
      recorder?.before(epoch, part, logprobs, values, minibatch.batch.responseTime);
      const metrics: Record<string, number> = {
        policy: onPolicy.loss,
        ...onPolicy.metrics,
        ...(onText ? { ptx: onText.loss } : {}),
        value: onValues.loss,
        value_clipfrac: onValues.metrics['clipfrac'] as number,
        grad_norm: ofPolicy.grad_norm,
      };
      // Before the first update ρ must be 1: the same weights scored the same tokens.
      first_ratio ??= onPolicy.metrics['ratio'] as number;
      // A mean hides what cancels out; the root mean square of log ρ does not.
      first_log_ratio ??= Math.sqrt(2 * (onPolicy.metrics['approxkl'] as number));
      for (const [name, value] of Object.entries(metrics)) sums[name] = (sums[name] ?? 0) + value;
      updates += 1;
    }
  }
  const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / updates]));
  return { ...means, first_ratio: first_ratio ?? 1, first_log_ratio: first_log_ratio ?? 0 };
}

/** An iteration's metrics by the field's names (TRL); units in algorithms.md §3. */
function report(
  { rollout, examples, texts }: Experience,
  estimates: Estimates,
  updates: Record<string, number>,
  klCoef: number,
  episode: number,
): Record<string, number> {
  const { kl, entropy, non_score_reward, scores, rlhf_reward } = objectives(rollout, estimates, klCoef);
  const gold = examples.map(
    (example, i) => judgeResponse(example, texts[i] as string, rollout.ended[i] as boolean).gold,
  );
  const tokens = rollout.mask.reduce((a, b) => a + b, 0);
  const advantages = advantageMoments(estimates, rollout);
  return {
    'objective/kl': kl,
    'objective/entropy': entropy,
    'objective/non_score_reward': non_score_reward,
    'objective/rlhf_reward': rlhf_reward,
    'objective/scores': scores,
    'objective/gold': mean(gold),
    'objective/kl_coef': klCoef,
    'policy/approxkl_avg': updates['approxkl'] ?? 0,
    'policy/clipfrac_avg': updates['clipfrac'] ?? 0,
    'loss/policy_avg': updates['policy'] ?? 0,
    'loss/value_avg': updates['value'] ?? 0,
    'loss/ptx_avg': updates['ptx'] ?? 0,
    'val/clipfrac_avg': updates['value_clipfrac'] ?? 0,
    'val/ratio': updates['ratio'] ?? 1,
    'val/first_ratio': updates['first_ratio'] ?? 1,
    'val/first_log_ratio': updates['first_log_ratio'] ?? 0,
    'val/advantage_mean': advantages.mean,
    'val/advantage_std': advantages.std,
    'val/explained_variance': explainedVariance(estimates.returns, rollout.oldValues, rollout.mask),
    'val/num_eos_tokens': rollout.ended.filter(Boolean).length,
    response_length: tokens / examples.length,
    grad_norm: updates['grad_norm'] ?? 0,
    episode,
  };
}
