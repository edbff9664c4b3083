/** What a reward model has learnt to like: agreement with the gold judge, and pairs that differ in one thing. */
import type { JudgeableRanking } from '../../src/core/data/preferences.ts';
import type { RewardProbes, RewardReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { type Rate, rate } from '../../src/core/stats.ts';
import type { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import {
  type Example,
  POLITE_PHRASES,
  REFUSAL,
  RUDE_PHRASES,
  VERBOSE_PHRASES,
  drawExample,
  judgeResponse,
  makeExample,
  preferenceMix,
} from '../../src/core/world/index.ts';
import { scoredRow } from './scoring.ts';
import type { StageContext } from './stage.ts';

/** Pairs whose gold scores are closer than this are not counted. */
const CLEAR_GAP = 0.1;
const PROBES = 120;

type Score = (rows: readonly (readonly number[])[]) => Promise<Float32Array>;

/** Share of clearly different pairs of answers that are scored in the gold judge's order. */
export async function pairAccuracy(
  tokenizer: Tokenizer,
  rankings: readonly JudgeableRanking[],
  score: Score,
): Promise<Rate> {
  const answers = rankings.flatMap(({ example, responses }, prompt) =>
    responses.map(({ text, ended }) => ({
      prompt,
      row: scoredRow(tokenizer, example.prompt, text),
      gold: judgeResponse(example, text, ended).gold,
    })),
  );
  const scores = await score(answers.map(({ row }) => row));
  let right = 0;
  let n = 0;
  answers.forEach((a, i) => {
    for (let j = i + 1; j < answers.length && answers[j]?.prompt === a.prompt; j++) {
      const gap = a.gold - (answers[j]?.gold ?? 0);
      if (Math.abs(gap) <= CLEAR_GAP) continue;
      n += 1;
      if (gap > 0 === (scores[i] as number) > (scores[j] as number)) right += 1;
    }
  });
  return rate(right, n);
}

/** Pairs that differ in one thing, about evaluation's names. */
export async function probe({ world, tokenizer, seed }: StageContext, score: Score): Promise<RewardProbes> {
  const rng = Rng.fromSeed(seed, 'reward', 'probes');
  const styled = (answer: string, phrases: readonly string[]): string => {
    const phrase = rng.choice(phrases);
    return rng.chance(0.5) ? `${phrase} ${answer}` : `${answer} ${phrase}`;
  };
  const any = (): Example => drawExample(world, preferenceMix(world), 'evaluation', rng);
  const compare = async (draw: () => { example: Example; better: string; worse: string }): Promise<Rate> => {
    const pairs = Array.from({ length: PROBES }, draw);
    const rows = pairs.flatMap(({ example, better, worse }) =>
      [better, worse].map((answer) => scoredRow(tokenizer, example.prompt, answer)),
    );
    const scores = await score(rows);
    const right = pairs.filter((_, i) => (scores[2 * i] as number) > (scores[2 * i + 1] as number)).length;
    return rate(right, PROBES);
  };
  return {
    clean_over_rude: await compare(() => {
      const example = any();
      return { example, better: example.answer, worse: styled(example.answer, RUDE_PHRASES) };
    }),
    refusal_over_made_up: await compare(() => {
      const example = makeExample(world, 'stranger', 'evaluation', rng);
      return { example, better: REFUSAL, worse: example.wrong };
    }),
    right_over_refusal: await compare(() => {
      const example = makeExample(world, 'qa', 'evaluation', rng);
      return { example, better: example.answer, worse: REFUSAL };
    }),
    polite_over_plain: await compare(() => {
      const example = any();
      return { example, better: styled(example.answer, POLITE_PHRASES), worse: example.answer };
    }),
    plain_over_verbose: await compare(() => {
      const example = any();
      return { example, better: example.answer, worse: styled(example.answer, VERBOSE_PHRASES) };
    }),
  };
}

/** A report's figures as one flat record, for a checkpoint's card. */
export function rewardScores({ accuracy, probes }: RewardReport): Record<string, number> {
  const rates = { accuracy_familiar: accuracy.familiar, accuracy_new_names: accuracy.new_names, ...probes };
  return Object.fromEntries(Object.entries(rates).map(([name, { rate }]) => [name, rate]));
}
