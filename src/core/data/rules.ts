/** Rules: tastes without noise, which a person may label by, and by which answers are compared afterwards. */
import type { Example } from '../world/index.ts';
import { judgeResponse } from '../world/index.ts';
import { type Rate, mean, rate } from '../stats.ts';
import { type Response, TASTES, type Taste, preferenceProbability, tasteScore } from './labellers.ts';
import { type Preference, isExample } from './preferences.ts';

/** A careless labeller has gold's rule, and follows it less. */
export type Rule = Exclude<Taste, 'careless'>;

export const RULES: readonly Rule[] = ['gold', 'polite', 'short', 'long', 'cheerful'];

/** 1: the first is better, −1: the second is, 0: no difference. */
type Sign = -1 | 0 | 1;

/** A person's word on two different responses to one of the world's prompts. */
interface Comparison {
  said: Sign;
  /** By how much more each taste likes the first. */
  gaps: Readonly<Record<Taste, number>>;
}

/** Sums of the same points in another order differ in their last bits. */
const sign = (gap: number): Sign => (Math.abs(gap) < 1e-9 ? 0 : gap > 0 ? 1 : -1);

/** By how much more a taste likes the first. */
const gapOf = (taste: Taste, example: Example, a: Response, b: Response): number =>
  tasteScore(taste, example, a) - tasteScore(taste, example, b);

/** A preference never changes, and is asked about after every click. */
const known = new WeakMap<Preference, readonly Comparison[]>();

/** Every pair of different responses that was judged, repeats and prompts from elsewhere left out. */
function comparisonsIn(preferences: readonly Preference[]): Comparison[] {
  return preferences.flatMap((preference) => {
    let found = known.get(preference);
    if (!found) known.set(preference, (found = comparisonsOf(preference)));
    return found;
  });
}

function comparisonsOf({ example, responses, ranks, repeats }: Preference): Comparison[] {
  if (!isExample(example) || repeats !== null) return [];
  return responses.flatMap((a, i) =>
    responses.slice(i + 1).flatMap((b, j): Comparison[] => {
      if (a.text === b.text) return [];
      const gaps = Object.fromEntries(TASTES.map((taste) => [taste, gapOf(taste, example, a, b)]));
      return [{ said: sign((ranks[i + 1 + j] as number) - (ranks[i] as number)), gaps: gaps as Comparison['gaps'] }];
    }),
  );
}

/** Agreement of ±1 and ±1 is 1, of ±1 and ∓1 is 0; where one sees no difference, a half. */
const match = (a: Sign, b: Sign): number => 1 - Math.abs(a - b) / 2;

/**
 * How often a person agrees with the gold judge, which never errs, over the pairs that it tells apart; "no difference"
 * of the person's counts half.
 */
export function agreementWithGold(preferences: readonly Preference[]): Rate {
  const matches = comparisonsIn(preferences).flatMap(({ said, gaps }) => {
    const verdict = sign(gaps.gold);
    return verdict === 0 ? [] : [match(verdict, said)];
  });
  return rate(
    matches.reduce((a, b) => a + b, 0),
    matches.length,
  );
}

/**
 * How often a person agrees with a simulated labeller of this taste, who errs as `rankResponses` does: the expectation,
 * over the pairs that the taste tells apart. "No difference" of the person's counts half.
 */
export function agreementWithLabeller(taste: Taste, preferences: readonly Preference[]): Rate {
  const matches = comparisonsIn(preferences).flatMap(({ said, gaps }) => {
    if (sign(gaps[taste]) === 0) return [];
    return [said === 0 ? 0.5 : preferenceProbability(said * gaps[taste])];
  });
  return rate(
    matches.reduce((a, b) => a + b, 0),
    matches.length,
  );
}

/**
 * How well a rule explains what a person said, over all pairs: 1 where both say the same, also that there is no
 * difference; a half where only one of them sees one.
 */
export function resemblance(rule: Rule, preferences: readonly Preference[]): Rate {
  const matches = comparisonsIn(preferences).map(({ said, gaps }) => match(sign(gaps[rule]), said));
  return rate(
    matches.reduce((a, b) => a + b, 0),
    matches.length,
  );
}

/** The rule that explains best what a person said; of equals the first. Null where nothing was said. */
export function likeliestRule(preferences: readonly Preference[]): { rule: Rule; resemblance: Rate } | null {
  const all = RULES.map((rule) => ({ rule, resemblance: resemblance(rule, preferences) }));
  const best = all.reduce((a, b) => (b.resemblance.rate > a.resemblance.rate ? b : a));
  return best.resemblance.n === 0 ? null : best;
}

/** The share of prompts at which the rule prefers `answers` to `others`; what it does not tell apart counts half. */
export function shareUnderRule(
  rule: Rule,
  examples: readonly Example[],
  answers: readonly Response[],
  others: readonly Response[],
): Rate {
  const wins = examples.map(
    (example, i) => (1 + sign(gapOf(rule, example, answers[i] as Response, others[i] as Response))) / 2,
  );
  return rate(
    wins.reduce((a, b) => a + b, 0),
    wins.length,
  );
}

/**
 * What the rule looks at, plainly: mean gold score, share of polite or cheerful answers, mean length in words. Throws a
 * RangeError for no answers.
 */
export function ruleFigure(rule: Rule, examples: readonly Example[], answers: readonly Response[]): number {
  return mean(
    examples.map((example, i) => {
      const answer = answers[i] as Response;
      switch (rule) {
        case 'gold':
          return tasteScore('gold', example, answer);
        case 'short':
        case 'long':
          return judgeResponse(example, answer.text, answer.ended).length;
        case 'polite':
        case 'cheerful':
          return Number(tasteScore(rule, example, answer) > 0);
      }
    }),
  );
}
