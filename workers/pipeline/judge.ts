/** Stage 5: the gold judge on prompts with names that no stage but the corpus has mentioned, at temperature 1. */
import { responseBatch } from '../../src/core/data/batches.ts';
import type { Response } from '../../src/core/data/labellers.ts';
import {
  JUDGED,
  type BasePrompting,
  type JudgeReport,
  type JudgedModel,
  type ModelFigures,
} from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { type Rate, mean, rate } from '../../src/core/stats.ts';
import {
  type Example,
  type Mix,
  type Verdict,
  drawExample,
  judgeResponse,
  makeExample,
  preferenceMix,
} from '../../src/core/world/index.ts';
import type { Generation } from '../model/generation.ts';
import { Model, type Weights } from '../model/model.ts';
import { basePrompt } from './exact-match.ts';
import { RESPONSE_BATCH, responseOf, rollOut } from './respond.ts';
import { type Costs, type Resume, type Stage, type StageContext, chargeInference } from './stage.ts';

/** Gold scores closer than this are a tie. */
const TIE = 1e-6;

interface State {
  step: number;
  costs: Costs;
  answers: Record<JudgedModel, Response[]>;
  /** Σ log π − log π_SFT of each PPO answer. */
  kl: number[];
}

export interface Judged {
  base: Weights;
  sft: Weights;
  ppo: Weights;
  /** How the base model is best prompted. */
  prompting: Exclude<keyof BasePrompting, 'plain'>;
}

export async function* judgeStage(context: StageContext, judged: Judged, resume?: Resume): Stage<JudgeReport> {
  const { engine, config } = context;
  const fresh: State = {
    step: 0,
    costs: { tokens: 0, flop: 0 },
    answers: { base: [], base_prompted: [], sft: [], ppo: [] },
    kl: [],
  };
  const state = (resume?.state ?? fresh) as State;
  const examples = judgePrompts(context);
  const batches = Math.ceil(examples.length / RESPONSE_BATCH);
  const steps = batches * JUDGED.length;
  const base = new Model(engine, config, judged.base);
  const sft = new Model(engine, config, judged.sft);
  const ppo = new Model(engine, config, judged.ppo);
  const models: Record<JudgedModel, Model> = { base, base_prompted: base, sft, ppo };
  try {
    while (state.step < steps) {
      const name = JUDGED[Math.floor(state.step / batches)] as JudgedModel;
      const first = (state.step % batches) * RESPONSE_BATCH;
      const part = examples.slice(first, first + RESPONSE_BATCH);
      const { prompts, stop } = promptsFor(context, name, part, first, judged.prompting);
      const generations = await rollOut(
        context,
        models[name],
        prompts,
        { temperature: context.preset.temperature, stream: `judge/${name}`, firstRow: first, stop },
        state.costs,
      );
      state.answers[name].push(...generations.map((generation) => responseOf(context, generation)));
      if (name === 'ppo') state.kl.push(...(await klOf(context, ppo, sft, prompts, generations, state.costs)));
      state.step += 1;
      yield {
        step: state.step,
        steps,
        metrics: {},
        costs: state.costs,
        snapshot: () => Promise.resolve({ tensors: {}, state }),
      };
    }
    return judgeReport(examples, state);
  } finally {
    for (const model of [base, sft, ppo]) model.dispose();
  }
}

/** Enough questions about citizens and strangers that every rate has a denominator that carries it, and the rest. */
function judgePrompts({ world, preset, seed }: StageContext): Example[] {
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

function figures(examples: readonly Example[], verdicts: readonly Verdict[]): ModelFigures {
  const share = (of: (verdict: Verdict) => boolean, among: (example: Example) => boolean = () => true): number => {
    const chosen = verdicts.filter((_, i) => among(examples[i] as Example));
    return chosen.length === 0 ? 0 : chosen.filter(of).length / chosen.length;
  };
  return {
    gold: mean(verdicts.map(({ gold }) => gold)),
    accuracy: share(
      ({ correct }) => correct,
      ({ unknowable }) => !unknowable,
    ),
    fabrication: share(
      ({ fabrication }) => fabrication,
      ({ unknowable }) => unknowable,
    ),
    refusal_known: share(
      ({ refusal }) => refusal,
      ({ known }) => known,
    ),
    rude: share(({ rude }) => rude),
    verbose: share(({ verbose }) => verbose),
    polite: share(({ polite }) => polite),
    response_length: mean(verdicts.map(({ length }) => length)),
    eos_rate: share(({ ended }) => ended),
  };
}

/** (wins + ½ ties) / n of `a` over `b` by gold score, on the same prompts. */
function winRate(a: readonly Verdict[], b: readonly Verdict[]): Rate {
  let wins = 0;
  a.forEach((verdict, i) => {
    const gap = verdict.gold - (b[i] as Verdict).gold;
    wins += gap > TIE ? 1 : gap < -TIE ? 0 : 0.5;
  });
  return rate(wins, a.length);
}

function judgeReport(examples: readonly Example[], { answers, kl }: State): JudgeReport {
  const verdicts = Object.fromEntries(
    JUDGED.map((name) => [
      name,
      answers[name].map(({ text, ended }, i) => judgeResponse(examples[i] as Example, text, ended)),
    ]),
  ) as Record<JudgedModel, Verdict[]>;
  return {
    models: Object.fromEntries(
      JUDGED.map((name) => [name, figures(examples, verdicts[name])]),
    ) as JudgeReport['models'],
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
  };
}
