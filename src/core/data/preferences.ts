/**
 * Preferences: what a labeller, simulated or a person, said about several responses to one prompt. One form for all, so
 * that a click in the arena and a simulated ranking reach the reward model by the same path.
 */
import * as v from 'valibot';
import type { Example } from '../world/index.ts';
import { stripStyle } from '../world/gold.ts';
import type { Rng } from '../rng.ts';
import type { Response } from './labellers.ts';

const exampleSchema = v.object({
  task: v.string(),
  cluster: v.string(),
  template: v.number(),
  prompt: v.string(),
  answer: v.string(),
  wrong: v.string(),
  unknowable: v.boolean(),
  known: v.boolean(),
  rudePrompt: v.boolean(),
  slots: v.record(v.string(), v.string()),
});

const preferenceSchema = v.pipe(
  v.object({
    version: v.literal(1),
    example: exampleSchema,
    responses: v.pipe(v.array(v.object({ text: v.string(), ended: v.boolean() })), v.minLength(2)),
    ranks: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
    by: v.string(),
  }),
  v.check(({ responses, ranks }) => responses.length === ranks.length, 'as many ranks as responses'),
);

export interface Preference {
  version: 1;
  example: Example;
  responses: readonly Response[];
  /** The rank of each response, 0 the best; equal ranks are ties and teach nothing. */
  ranks: readonly number[];
  /** 'person', or the taste of a simulated labeller. */
  by: string;
}

/** Checks a stored or imported record. Throws an Error that names `where` and the field. */
export function parsePreference(record: unknown, where: string): Preference {
  const result = v.safeParse(preferenceSchema, record);
  if (!result.success) {
    const issue = result.issues[0];
    throw new Error(`${where}: not a preference record: ${v.getDotPath(issue) ?? 'record'}: ${issue.message}`);
  }
  return result.output as Preference;
}

/** What a person can say about two responses: the first, the second, or neither is better. */
export type Choice = 'first' | 'second' | 'tie';

export function preferenceOf(
  example: Example,
  responses: readonly [Response, Response],
  choice: Choice,
  by: string,
): Preference {
  const ranks = { first: [0, 1], second: [1, 0], tie: [0, 0] }[choice];
  return { version: 1, example, responses, ranks, by };
}

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

/**
 * The two most different of several responses, in random order; null when all are the same text. Ties between equally
 * different pairs are broken at random.
 */
export function choosePair(responses: readonly Response[], rng: Rng): [Response, Response] | null {
  const distinct = [...new Map(responses.map((response) => [response.text, response])).values()];
  if (distinct.length < 2) return null;
  let best: [Response, Response][] = [];
  let most = -1;
  distinct.forEach((a, i) =>
    distinct.slice(i + 1).forEach((b) => {
      const score = difference(a.text, b.text);
      if (score > most) [best, most] = [[], score];
      if (score === most) best.push([a, b]);
    }),
  );
  const [first, second] = rng.choice(best);
  return rng.chance(0.5) ? [first, second] : [second, first];
}
