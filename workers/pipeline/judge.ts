/**
 * Stage 5: the gold judge on prompts with names that no stage but the corpus has mentioned, at the preset's temperature
 * and greedily; and the perplexity of the corpus, which tuning may have cost.
 */
import { type PromptAndResponse, responseBatch } from '../../src/core/data/batches.ts';
import { corpusRow } from '../../src/core/data/rows.ts';
import { JUDGED, type BasePrompting, type JudgeReport, type JudgedModel } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { mean } from '../../src/core/stats.ts';
import { type Example, type Mix, drawExample, makeExample, preferenceMix } from '../../src/core/world/index.ts';
import type { Generation } from '../model/generation.ts';
import { Model, type Weights } from '../model/model.ts';
import { basePrompt } from './exact-match.ts';
import {
  type Answers,
  READERS,
  type Reader,
  comparisonOf,
  figuresOf,
  perplexityOf,
  verdictsOn,
  winRate,
} from './judge-report.ts';
import { RESPONSE_BATCH, responseOf, rollOut } from './respond.ts';
import { type Costs, type Resume, type Stage, type StageContext, chargeInference } from './stage.ts';

interface State {
  step: number;
  costs: Costs;
  answers: Answers;
  /** Σ log π − log π_SFT of each PPO answer. */
  kl: number[];
  /** Answers at temperature 0. */
  greedy: Answers;
  /** Σ −log p of each corpus document. */
  losses: Record<Reader, number[]>;
}

const noAnswers = (): Answers => ({ base: [], base_prompted: [], sft: [], ppo: [] });

export interface Judged {
  base: Weights;
  sft: Weights;
  ppo: Weights;
  /** How the base model is best prompted. */
  prompting: Exclude<keyof BasePrompting, 'plain'>;
}

export async function* judgeStage(context: StageContext, judged: Judged, resume?: Resume): Stage<JudgeReport> {
  const { engine, config, preset } = context;
  const fresh: State = {
    step: 0,
    costs: { tokens: 0, flop: 0 },
    answers: noAnswers(),
    kl: [],
    greedy: noAnswers(),
    losses: { base: [], sft: [], ppo: [] },
  };
  // A snapshot of an earlier version knows only the first answers, which are the same: it goes on from there.
  const state: State = { ...fresh, ...(resume?.state as Partial<State> | undefined) };
  const examples = judgePrompts(context);
  const documents = corpusDocuments(context, examples.length);
  const base = new Model(engine, config, judged.base);
  const sft = new Model(engine, config, judged.sft);
  const ppo = new Model(engine, config, judged.ppo);
  const models: Record<JudgedModel, Model> = { base, base_prompted: base, sft, ppo };

  const answer = async (name: JudgedModel, first: number, greedy: boolean): Promise<void> => {
    const part = examples.slice(first, first + RESPONSE_BATCH);
    const { prompts, stop } = promptsFor(context, name, part, first, judged.prompting);
    const temperature = greedy ? 0 : preset.temperature;
    const options = { temperature, stream: `judge/${name}`, firstRow: first, stop };
    const generations = await rollOut(context, models[name], prompts, options, state.costs);
    const answers = greedy ? state.greedy : state.answers;
    answers[name].push(...generations.map((generation) => responseOf(context, generation)));
    if (!greedy && name === 'ppo') state.kl.push(...(await klOf(context, ppo, sft, prompts, generations, state.costs)));
  };
  const read = async (reader: Reader, first: number): Promise<void> => {
    const part = documents.slice(first, first + RESPONSE_BATCH);
    state.losses[reader].push(...(await lossesOf(context, models[reader], part, state.costs)));
  };
  const firsts = Array.from({ length: Math.ceil(examples.length / RESPONSE_BATCH) }, (_, i) => i * RESPONSE_BATCH);
  const schedule = [
    ...[false, true].flatMap((greedy) =>
      JUDGED.flatMap((name) => firsts.map((first) => () => answer(name, first, greedy))),
    ),
    ...READERS.flatMap((reader) => firsts.map((first) => () => read(reader, first))),
  ];
  try {
    for (const work of schedule.slice(state.step)) {
      await work();
      state.step += 1;
      yield {
        step: state.step,
        steps: schedule.length,
        metrics: {},
        costs: state.costs,
        snapshot: () => Promise.resolve({ tensors: {}, state }),
      };
    }
    return judgeReport(examples, documents, state);
  } finally {
    for (const model of [base, sft, ppo]) model.dispose();
  }
}

/** Enough questions about citizens and strangers that every rate has a denominator that carries it, and the rest. */
export function judgePrompts({ world, preset, seed }: StageContext): Example[] {
  const rng = Rng.fromSeed(seed, 'judge', 'prompts');
  const others: Mix = { ...preferenceMix(world), qa: 0, stranger: 0 };
  const { known, strangers, others: rest } = preset.judge;
  return rng.shuffle([
    ...Array.from({ length: known }, () => makeExample(world, 'qa', 'evaluation', rng)),
    ...Array.from({ length: strangers }, () => makeExample(world, 'stranger', 'evaluation', rng)),
    ...Array.from({ length: rest }, () => drawExample(world, others, 'evaluation', rng)),
  ]);
}

function promptsFor(
  { world, tokenizer, seed }: StageContext,
  name: JudgedModel,
  examples: readonly Example[],
  first: number,
  prompting: Judged['prompting'],
): { prompts: number[][]; stop?: number } {
  if (name === 'sft' || name === 'ppo') return { prompts: examples.map(({ prompt }) => tokenizer.promptIds(prompt)) };
  const form = name === 'base' ? 'plain' : prompting;
  const prompts = examples.map((example, i) => {
    const rng = Rng.fromSeed(seed, 'judge', name, first + i);
    return [tokenizer.bos, ...tokenizer.encode(basePrompt(world, example, form, rng))];
  });
  return { prompts, stop: tokenizer.encode('.')[0] };
}

/** Σ log π − log π_SFT over the tokens of each answer, in nats. */
async function klOf(
  { tokenizer, config, preset }: StageContext,
  policy: Model,
  reference: Model,
  prompts: readonly number[][],
  generations: readonly Generation[],
  costs: Costs,
): Promise<number[]> {
  const batch = responseBatch(
    generations.map(({ tokens }, i) => ({ prompt: prompts[i] as number[], response: tokens })),
    tokenizer.pad,
    config.n_positions,
  );
  const p = await policy.responseLogprobs(batch, preset.temperature);
  const q = await reference.responseLogprobs(batch, preset.temperature);
  chargeInference(costs, policy.layout.count, 2 * batch.size * batch.time);
  return generations.map(({ tokens }, b) =>
    tokens.reduce((sum, _, r) => {
      const at = b * batch.responseTime + r;
      return sum + (p[at] as number) - (q[at] as number);
    }, 0),
  );
}

/** As many documents as there are prompts, from a stream that no training draws from. */
function corpusDocuments({ world, tokenizer, seed }: StageContext, count: number): PromptAndResponse[] {
  const rng = Rng.fromSeed(seed, 'judge', 'corpus');
  return Array.from({ length: count }, () => corpusRow(world, tokenizer, rng));
}

/** Σ −log p of each document's tokens, in nats. */
async function lossesOf(
  { tokenizer, config }: StageContext,
  model: Model,
  documents: readonly PromptAndResponse[],
  costs: Costs,
): Promise<number[]> {
  const batch = responseBatch(documents, tokenizer.pad, config.n_positions);
  const logprobs = await model.responseLogprobs(batch);
  chargeInference(costs, model.layout.count, batch.size * batch.time);
  return documents.map(({ response }, b) =>
    response.reduce((sum, _, r) => sum - (logprobs[b * batch.responseTime + r] as number), 0),
  );
}

function judgeReport(
  examples: readonly Example[],
  documents: readonly PromptAndResponse[],
  { answers, kl, greedy, losses }: State,
): JudgeReport {
  const verdicts = verdictsOn(examples, answers);
  const ofGreedy = verdictsOn(examples, greedy);
  return {
    models: figuresOf(examples, verdicts),
    win_rate: {
      ppo_over_sft: winRate(verdicts.ppo, verdicts.sft),
      sft_over_base_prompted: winRate(verdicts.sft, verdicts.base_prompted),
    },
    kl: mean(kl),
    prompts: {
      total: examples.length,
      strangers: examples.filter(({ unknowable }) => unknowable).length,
      known: examples.filter(({ known }) => known).length,
    },
    sampled: comparisonOf(examples, verdicts),
    greedy: { models: figuresOf(examples, ofGreedy), ...comparisonOf(examples, ofGreedy) },
    perplexity: perplexityOf(
      losses,
      documents.map(({ response }) => response.length),
    ),
  };
}
