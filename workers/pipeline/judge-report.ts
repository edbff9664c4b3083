/** What the judge makes of all answers: figures a model, wins over one another, what changed from SFT to PPO. */
import { winRateOf, pointsOver } from '../../src/core/contest.ts';
import type { Response } from '../../src/core/data/labellers.ts';
import { type Change, pairedMeans, pairedShares, perplexityChange } from '../../src/core/paired.ts';
import {
  CHANGED,
  JUDGED,
  type Comparison,
  type CorpusPerplexity,
  type JudgedModel,
  type ModelFigures,
} from '../../src/core/reports.ts';
import { type Rate, mean } from '../../src/core/stats.ts';
import { type Example, type Verdict, judgeResponse } from '../../src/core/world/index.ts';

/** Answers of each model to the same prompts. */
export type Answers = Record<JudgedModel, Response[]>;
type Verdicts = Record<JudgedModel, readonly Verdict[]>;

/** What a figure is the mean of, or the share of, and over which prompts. */
interface Figure {
  of: (verdict: Verdict) => number | boolean;
  among?: (example: Example) => boolean;
}

const FIGURES: Readonly<Record<keyof ModelFigures, Figure>> = {
  gold: { of: ({ gold }) => gold },
  accuracy: { of: ({ correct }) => correct, among: ({ unknowable }) => !unknowable },
  fabrication: { of: ({ fabrication }) => fabrication, among: ({ unknowable }) => unknowable },
  refusal_known: { of: ({ refusal }) => refusal, among: ({ known }) => known },
  rude: { of: ({ rude }) => rude },
  verbose: { of: ({ verbose }) => verbose },
  polite: { of: ({ polite }) => polite },
  response_length: { of: ({ length }) => length },
  eos_rate: { of: ({ ended }) => ended },
};

export function verdictsOn(examples: readonly Example[], answers: Answers): Verdicts {
  const verdicts = JUDGED.map((name) => [
    name,
    answers[name].map(({ text, ended }, i) => judgeResponse(examples[i] as Example, text, ended)),
  ]);
  return Object.fromEntries(verdicts) as Verdicts;
}

export function figuresOf(examples: readonly Example[], verdicts: Verdicts): Record<JudgedModel, ModelFigures> {
  const names = Object.keys(FIGURES) as (keyof ModelFigures)[];
  const of = (model: JudgedModel): [JudgedModel, ModelFigures] => {
    const values = names.map((name) => {
      const chosen = chosenBy(FIGURES[name], examples, verdicts[model]).map(Number);
      return [name, chosen.length === 0 ? 0 : mean(chosen)];
    });
    return [model, Object.fromEntries(values) as ModelFigures];
  };
  return Object.fromEntries(JUDGED.map(of)) as Record<JudgedModel, ModelFigures>;
}

/** The figure's outcome on each of its prompts. */
function chosenBy({ of, among }: Figure, examples: readonly Example[], verdicts: readonly Verdict[]) {
  return verdicts.filter((_, i) => among?.(examples[i] as Example) ?? true).map(of);
}

/** (wins + ½ ties) / n of `a` over `b` by gold score, on the same prompts. */
export function winRate(a: readonly Verdict[], b: readonly Verdict[]): Rate {
  return winRateOf(a.map(({ gold }, i) => pointsOver(gold, (b[i] as Verdict).gold)));
}

export function comparisonOf(examples: readonly Example[], verdicts: Verdicts): Comparison {
  const over = (a: JudgedModel, b: JudgedModel): Rate => winRate(verdicts[a], verdicts[b]);
  const wins = JUDGED.map((a) => [
    a,
    Object.fromEntries(JUDGED.filter((b) => b !== a).map((b) => [b, over(a, b)] as const)),
  ]);
  const changes = CHANGED.map((name) => [name, changeOf(FIGURES[name], examples, verdicts)]);
  return {
    against_sft: { base: over('base', 'sft'), base_prompted: over('base_prompted', 'sft'), ppo: over('ppo', 'sft') },
    wins: Object.fromEntries(wins) as Comparison['wins'],
    changes: Object.fromEntries(changes) as Comparison['changes'],
  };
}

function changeOf(figure: Figure, examples: readonly Example[], { sft, ppo }: Verdicts): Change {
  const [before, after] = [chosenBy(figure, examples, sft), chosenBy(figure, examples, ppo)];
  return typeof before[0] === 'number'
    ? pairedMeans(before.map((value, i) => [Number(value), Number(after[i])]))
    : pairedShares(before.map((value, i) => [Boolean(value), Boolean(after[i])]));
}

/** Models whose perplexity is measured. */
export const READERS = ['base', 'sft', 'ppo'] as const;
export type Reader = (typeof READERS)[number];

/** `losses`: Σ −log p of each document; `tokens`: how many it has. */
export function perplexityOf(
  losses: Readonly<Record<Reader, readonly number[]>>,
  tokens: readonly number[],
): CorpusPerplexity {
  const total = tokens.reduce((sum, each) => sum + each, 0);
  const perplexity = (reader: Reader): number => Math.exp(losses[reader].reduce((sum, each) => sum + each, 0) / total);
  const documents = tokens.map((count, i) => ({
    before: losses.sft[i] as number,
    after: losses.ppo[i] as number,
    tokens: count,
  }));
  return {
    base: perplexity('base'),
    sft: perplexity('sft'),
    ppo: perplexity('ppo'),
    change: perplexityChange(documents),
  };
}
