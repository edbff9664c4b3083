/** What a reward model has learnt to like: pairs of answers that differ in one thing. */
import type { ProbeName, RewardProbes, RewardReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { type Mean, type Rate, meanWithInterval, rate } from '../../src/core/stats.ts';
import {
  type Example,
  POLITE_PHRASES,
  REFUSAL,
  RUDE_PHRASES,
  VERBOSE_PHRASES,
  drawExample,
  makeExample,
  preferenceMix,
} from '../../src/core/world/index.ts';
import { scoredRow } from './scoring.ts';
import type { StageContext } from './stage.ts';

/** Pairs of each kind. */
const PROBES = 120;

/** The scores of rows of token ids. */
export type Score = (rows: readonly (readonly number[])[]) => Promise<Float32Array>;

interface ProbePair {
  example: Example;
  first: string;
  second: string;
}

/** Pairs about evaluation's names: how often the first scores higher, and by how much on average. */
export async function probe(
  { world, tokenizer, seed }: StageContext,
  score: Score,
): Promise<Required<Pick<RewardReport, 'probes' | 'differences'>>> {
  const rng = Rng.fromSeed(seed, 'reward', 'probes');
  const styled = (answer: string, phrases: readonly string[]): string => {
    const phrase = rng.choice(phrases);
    return rng.chance(0.5) ? `${phrase} ${answer}` : `${answer} ${phrase}`;
  };
  const any = (): Example => drawExample(world, preferenceMix(world), 'evaluation', rng);
  const differences: Partial<Record<ProbeName, Mean>> = {};
  const compare = async (name: ProbeName, draw: () => ProbePair): Promise<Rate> => {
    const pairs = Array.from({ length: PROBES }, draw);
    const rows = pairs.flatMap(({ example, first, second }) =>
      [first, second].map((answer) => scoredRow(tokenizer, example.prompt, answer)),
    );
    const scores = await score(rows);
    const gaps = pairs.map((_, i) => (scores[2 * i] as number) - (scores[2 * i + 1] as number));
    differences[name] = meanWithInterval(gaps);
    return rate(gaps.filter((gap) => gap > 0).length, PROBES);
  };
  // One generator for all: a new kind stands at the end, or the others would get other pairs.
  const probes: RewardProbes = {
    clean_over_rude: await compare('clean_over_rude', () => {
      const example = any();
      return { example, first: example.answer, second: styled(example.answer, RUDE_PHRASES) };
    }),
    refusal_over_made_up: await compare('refusal_over_made_up', () => {
      const example = makeExample(world, 'stranger', 'evaluation', rng);
      return { example, first: REFUSAL, second: example.wrong };
    }),
    right_over_refusal: await compare('right_over_refusal', () => {
      const example = makeExample(world, 'qa', 'evaluation', rng);
      return { example, first: example.answer, second: REFUSAL };
    }),
    polite_over_plain: await compare('polite_over_plain', () => {
      const example = any();
      return { example, first: styled(example.answer, POLITE_PHRASES), second: example.answer };
    }),
    plain_over_verbose: await compare('plain_over_verbose', () => {
      const example = any();
      return { example, first: example.answer, second: styled(example.answer, VERBOSE_PHRASES) };
    }),
    right_over_wrong: await compare('right_over_wrong', () => {
      const example = makeExample(world, 'qa', 'evaluation', rng);
      return { example, first: example.answer, second: example.wrong };
    }),
    once_over_twice: await compare('once_over_twice', () => {
      const example = any();
      return { example, first: example.answer, second: `${example.answer} ${example.answer}` };
    }),
  };
  return { probes, differences };
}

/** A report's figures as one flat record, for a checkpoint's card. */
export function rewardScores({ accuracy, probes }: RewardReport): Record<string, number> {
  const { familiar, new_names } = accuracy;
  const rates: Record<string, Rate> = { accuracy_familiar: familiar, accuracy_new_names: new_names, ...probes };
  return Object.fromEntries(Object.entries(rates).map(([name, { rate }]) => [name, rate]));
}
