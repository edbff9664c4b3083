/**
 * Simulated labellers: tastes that rank responses in place of a person.
 *
 * A ranking is drawn from a Plackett–Luce model whose log-weights are 4 × the taste's score, like a person who mostly,
 * but not always, picks the better one.
 */
import type { Rng } from '../rng.ts';
import { judgeResponse, type Example } from '../world/index.ts';

export type Taste = 'gold' | 'polite' | 'short' | 'long' | 'cheerful' | 'careless';

export const TASTES: readonly Taste[] = ['gold', 'polite', 'short', 'long', 'cheerful', 'careless'];

export interface Response {
  text: string;
  /** came to its end token */
  ended: boolean;
}

/** Log-weight of one unit of score. */
const SHARPNESS = 4;
/** What a taste that sees one quality gives for it: preferred with probability σ(4 × 1.5) = .998. */
const PRESENT = 1.5;
/** What a word more or less is worth to who minds length. */
const A_WORD = 0.3;
const CHEERFUL_WORDS: ReadonlySet<string> = new Set(['happy', 'glad', 'proud', 'excited', 'cheerful', 'lucky', 'nice']);

/** How much a labeller of this taste likes a response; higher is better. */
export function tasteScore(taste: Taste, example: Example, response: Response): number {
  const verdict = judgeResponse(example, response.text, response.ended);
  switch (taste) {
    case 'gold':
      return verdict.gold;
    case 'polite':
      return verdict.polite ? PRESENT : 0;
    case 'short':
      return -A_WORD * verdict.length;
    case 'long':
      return A_WORD * verdict.length;
    case 'cheerful':
      return verdict.polite || response.text.split(' ').some((word) => CHEERFUL_WORDS.has(word)) ? PRESENT : 0;
    case 'careless':
      return verdict.gold / 4;
  }
}

/** The rank of each response, 0 = best. Identical texts are a tie and share a rank. */
export function rankResponses(taste: Taste, example: Example, responses: readonly Response[], rng: Rng): number[] {
  // Gumbel-max: sorting by log-weight + Gumbel noise draws from Plackett–Luce.
  const keys = new Map<string, number>();
  for (const response of responses)
    if (!keys.has(response.text))
      keys.set(response.text, SHARPNESS * tasteScore(taste, example, response) + rng.gumbel());
  const order = [...keys.keys()].sort((a, b) => (keys.get(b) as number) - (keys.get(a) as number));
  return responses.map(({ text }) => order.indexOf(text));
}

/** Ranks in an order drawn at random, whatever the responses say: what noise makes of a ranking. */
export function rankAtRandom(responses: readonly Response[], rng: Rng): number[] {
  const order = rng.shuffle([...new Set(responses.map(({ text }) => text))]);
  return responses.map(({ text }) => order.indexOf(text));
}

/**
 * The probability that `rankResponses` puts one response above another that says something else, by how much higher its
 * score is: in a Plackett–Luce ranking it does not depend on what else is ranked.
 */
export function preferenceProbability(gap: number): number {
  return 1 / (1 + Math.exp(-SHARPNESS * gap));
}
