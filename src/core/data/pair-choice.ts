/** Which two of several responses a person is shown: those that differ most, and those that would teach most. */
import type { Rng } from '../rng.ts';
import { stripStyle } from '../world/gold.ts';
import type { Response } from './labellers.ts';

/** In how many visible ways two responses differ: politeness, rudeness, wordiness, content, and clearly in length. */
function difference(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => ({ words: text.split(' '), ...stripStyle(text.split(' ')) })) as [
    ReturnType<typeof stripStyle> & { words: string[] },
    ReturnType<typeof stripStyle> & { words: string[] },
  ];
  return (
    Number(x.polite !== y.polite) * 2 +
    Number(x.verbose !== y.verbose) +
    Number(x.core.join(' ') !== y.core.join(' ')) +
    Number(Math.abs(x.words.length - y.words.length) >= 3)
  );
}

/** The responses without repetitions, in their order. */
export function distinctResponses(responses: readonly Response[]): Response[] {
  return [...new Map(responses.map((response) => [response.text, response])).values()];
}

/**
 * Two of several different responses, in random order; null when there are fewer. Without `scores` (one a response, a
 * reward model's) the two that differ most; with them, of all pairs that differ visibly, the one that the reward model
 * is least sure of. Ties are broken at random.
 */
export function choosePair(
  distinct: readonly Response[],
  rng: Rng,
  scores?: ArrayLike<number>,
): [Response, Response] | null {
  if (distinct.length < 2) return null;
  let best: [Response, Response][] = [];
  let most = -Infinity;
  distinct.forEach((a, i) =>
    distinct.slice(i + 1).forEach((b, j) => {
      const differ = difference(a.text, b.text);
      // Any visible difference beats none; then |r_a − r_b| decides, 0 being a toss-up.
      const gap = scores ? Math.abs((scores[i] as number) - (scores[i + 1 + j] as number)) : 0;
      const score = scores ? (differ > 0 ? 0 : -1e6) - gap : differ;
      if (score > most) [best, most] = [[], score];
      if (score === most) best.push([a, b]);
    }),
  );
  const [first, second] = rng.choice(best);
  return rng.chance(0.5) ? [first, second] : [second, first];
}
