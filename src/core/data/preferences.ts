/**
 * Preferences: what a labeller, simulated or a person, said about several responses to one prompt. A click in the arena
 * and a simulated ranking reach the reward model by the same path, as rankings.
 */
import * as v from 'valibot';
import { finite, words } from '../outside.ts';
import { hash32 } from '../rng.ts';
import type { Example } from '../world/index.ts';
import {
  type Checked,
  type ReadLine,
  authorSchema,
  check,
  idSchema,
  readJsonLines,
  someWords,
  timeSchema,
  withoutTwins,
} from './json-lines.ts';
import type { Response } from './labellers.ts';
import { type Merge, mergeById } from './merge.ts';

/** Of one run: thirty people with more than sixty each. */
export const MOST_PREFERENCES = 2000;

/** A prompt of the world, with what is right about it; or a prompt from elsewhere, which the gold judge cannot judge. */
export type Asked = Example | { readonly prompt: string };

export const isExample = (asked: Asked): asked is Example => 'answer' in asked;

/** What the reward model learns from. */
export interface Ranking {
  readonly example: Asked;
  readonly responses: readonly Response[];
  /** The rank of each response, 0 the best; equal ranks are ties and teach nothing. */
  readonly ranks: readonly number[];
}

/** A ranking of responses to one of the world's own prompts, which the gold judge can judge too. */
export interface JudgeableRanking extends Ranking {
  readonly example: Example;
}

/** What a person said, as it is stored and exchanged. */
export interface Preference extends Ranking {
  readonly version: 2;
  /** Unique; what files are merged by. */
  readonly id: string;
  /** Who said it. */
  readonly by: string;
  /** When, ISO 8601; null for records of version 1, which did not keep it. */
  readonly at: string | null;
  /** None of the responses is any good; all ranks are equal then. */
  readonly both_bad: boolean;
  /** Id of an earlier preference whose responses were shown again, to see whether the person says the same. */
  readonly repeats: string | null;
  /** Hash of the model that wrote the responses; null where it is not known. */
  readonly model: string | null;
}

export const exampleSchema = v.object({
  task: words(40),
  cluster: words(40),
  template: finite,
  prompt: someWords(2000),
  answer: words(1000),
  wrong: words(1000),
  unknowable: v.boolean(),
  known: v.boolean(),
  rudePrompt: v.boolean(),
  slots: v.pipe(v.record(words(40), words(1000)), v.maxEntries(40)),
});
const promptSchema = v.strictObject({ prompt: exampleSchema.entries.prompt });

/** Fields of every record of a ranking. */
export const rankingEntries = {
  example: v.union([exampleSchema, promptSchema]),
  responses: v.pipe(
    v.array(v.object({ text: words(1000), ended: v.boolean() })),
    v.minLength(2, 'fewer than two responses'),
    v.maxLength(16),
  ),
  ranks: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(15))), v.maxLength(16)),
};
const firstSchema = v.pipe(
  v.object({ version: v.literal(1), ...rankingEntries, by: words(60) }),
  v.check(({ responses, ranks }) => responses.length === ranks.length, 'as many ranks as responses'),
);
const preferenceSchema = v.pipe(
  v.object({
    version: v.literal(2),
    id: idSchema,
    ...rankingEntries,
    by: authorSchema,
    at: v.nullable(timeSchema),
    both_bad: v.boolean(),
    repeats: v.nullable(idSchema),
    model: v.nullable(words(100)),
  }),
  v.check(({ responses, ranks }) => responses.length === ranks.length, 'as many ranks as responses'),
  v.check(({ both_bad, ranks }) => !both_bad || new Set(ranks).size === 1, 'both_bad, but the ranks differ'),
);

/** A line of a file of labels, of this version or the first one. `line` tells two equal records of version 1 apart. */
export function parsePreference(value: unknown, text: string, line: number): Checked<Preference> {
  if ((value as { version?: unknown } | null)?.version !== 1) {
    return check(preferenceSchema, value);
  }
  const read = check(firstSchema, value);
  if (read.problem !== null) return read;
  const { example, responses, ranks, by } = read.record;
  const id = `v1-${line}-${hash32(text).toString(36)}`;
  const rest = { at: null, both_bad: false, repeats: null, model: null } as const;
  return { record: { version: 2, id, example, responses, ranks, by: by.trim() || 'person', ...rest }, problem: null };
}

/** The lines of a JSONL file, see `readJsonLines`; each id once. */
export function readPreferenceLines(file: string): Generator<ReadLine<Preference>> {
  return withoutTwins(readJsonLines(file, parsePreference));
}

/** Adds what others said after one's own, see `mergeById`. */
export function mergePreferences(own: readonly Preference[], others: readonly Preference[]): Merge<Preference> {
  return mergeById(own, others, contentOf);
}

function contentOf({ example, responses, ranks }: Ranking): unknown {
  return [example.prompt, responses.map(({ text }) => text), ranks];
}

/** What a person can say about two responses: one is better, they are alike, or neither is any good. */
export type Choice = 'first' | 'second' | 'tie' | 'both_bad';

const CHOICE_RANKS: Readonly<Record<Choice, readonly [number, number]>> = {
  first: [0, 1],
  second: [1, 0],
  tie: [0, 0],
  both_bad: [0, 0],
};

export const ranksOf = (choice: Choice): readonly [number, number] => CHOICE_RANKS[choice];

/** What was said about two responses, from the record; of a ranking, about those at these places. */
export function choiceIn({ ranks, both_bad }: Pick<Preference, 'ranks' | 'both_bad'>, first = 0, second = 1): Choice {
  const gap = (ranks[first] as number) - (ranks[second] as number);
  if (gap !== 0) return gap < 0 ? 'first' : 'second';
  return both_bad ? 'both_bad' : 'tie';
}

/** Whether a ranking tells two different responses apart: others teach nothing. */
export function teaches({ responses, ranks }: Pick<Ranking, 'responses' | 'ranks'>): boolean {
  return responses.some((a, i) =>
    responses.some((b, j) => a.text !== b.text && (ranks[i] as number) < (ranks[j] as number)),
  );
}

/** Whether a person's preference is among what the reward model learns from: a repeat would count one opinion twice. */
export function trains(preference: Preference): boolean {
  return preference.repeats === null && teaches(preference);
}

/** Two responses of a ranking, the better one first. */
export interface ChosenPair {
  chosen: Response;
  rejected: Response;
}

/** Every pair that a ranking tells apart; two places that say the same word for word are no pair. */
export function pairsOf({ responses, ranks }: Pick<Ranking, 'responses' | 'ranks'>): ChosenPair[] {
  return responses.flatMap((chosen, i) =>
    responses.flatMap((rejected, j) =>
      (ranks[i] as number) < (ranks[j] as number) && chosen.text !== rejected.text ? [{ chosen, rejected }] : [],
    ),
  );
}

/**
 * What the reward model is given of people's preferences: those of `annotators` (default: of all) that teach something
 * and repeat nothing, in the order of their contents, so that whoever has the same ones trains the same model.
 */
export function trainingRankings(preferences: readonly Preference[], annotators?: readonly string[]): Preference[] {
  const key = (each: Preference): string => JSON.stringify(contentOf(each));
  return preferences
    .filter((each) => trains(each) && (annotators === undefined || annotators.includes(each.by)))
    .map((each) => [key(each), each] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, each]) => each);
}

/** Names what a reward model learnt from: "person:30:1x9k2d", how many rankings and a hash of what they say. */
export function personSource(rankings: readonly Ranking[]): `person:${string}` {
  const hash = hash32(rankings.map((each) => JSON.stringify(contentOf(each))).join('\n'));
  return `person:${rankings.length}:${hash.toString(36)}`;
}
