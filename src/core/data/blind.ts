/**
 * Blind judgements: a person prefers one of two answers without knowing which model wrote which. They are kept apart from
 * the preferences that reward models learn from: whoever judges a model must not have taught it by the same clicks.
 */
import * as v from 'valibot';
import { pointsOver, winRateOf } from '../contest.ts';
import { finite, natural, words } from '../outside.ts';
import { type Rate, rate } from '../stats.ts';
import { type Example, judgeResponse } from '../world/index.ts';
import { type ReadLine, authorSchema, check, idSchema, readJsonLines, timeSchema, withoutTwins } from './json-lines.ts';
import type { Response } from './labellers.ts';
import { exampleSchema } from './preferences.ts';

/** How a checkpoint is prompted: a base model in the corpus's own form or with the bare prompt. */
export const FORMS = ['instruction', 'wrapper', 'plain'] as const;
export type Form = (typeof FORMS)[number];

/** Who wrote an answer. */
export interface Party {
  readonly key: string;
  /** Of its weights; null where it is not known. */
  readonly hash: string | null;
  readonly form: Form;
}

export interface BlindJudgement {
  readonly version: 1;
  readonly id: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly a: Party;
  readonly b: Party;
  /** 0: greedy. */
  readonly temperature: number;
  /** Which prompt of the endless list. */
  readonly number: number;
  readonly example: Example;
  /** Of `a` and of `b`. */
  readonly answers: readonly [Response, Response];
  /** `b` stood first. */
  readonly swapped: boolean;
  /** Two answers that are the same word for word are a tie, and were not shown. */
  readonly choice: 'a' | 'b' | 'tie' | 'both_bad';
}

const responseSchema = v.object({ text: words(1000), ended: v.boolean() });
const partySchema = v.object({
  key: words(500),
  hash: v.nullable(words(100)),
  form: v.picklist(FORMS),
});
const judgementSchema = v.object({
  version: v.literal(1),
  id: idSchema,
  by: authorSchema,
  at: timeSchema,
  a: partySchema,
  b: partySchema,
  temperature: v.pipe(finite, v.minValue(0)),
  number: natural,
  // The world's own names of tasks and clusters; whatever stands there is only shown.
  example: v.pipe(
    exampleSchema,
    v.transform((example) => example as Example),
  ),
  answers: v.tuple([responseSchema, responseSchema]),
  swapped: v.boolean(),
  choice: v.picklist(['a', 'b', 'tie', 'both_bad']),
});

/** The lines of a JSONL file, see `readJsonLines`; each id once. */
export function readBlindLines(file: string): Generator<ReadLine<BlindJudgement>> {
  return withoutTwins(readJsonLines(file, (value) => check(judgementSchema, value)));
}

/** A checkpoint's weights and how they are prompted. */
export const identityOf = ({ key, hash, form }: Party): string => `${hash ?? key}/${form}`;

/** Two parties and a temperature, whoever is called `a`. */
export interface Match {
  readonly a: Party;
  readonly b: Party;
  readonly temperature: number;
}

export const matchKey = ({ a, b, temperature }: Match): string =>
  [...[identityOf(a), identityOf(b)].sort(), temperature].join(' ');

/** Those of a match, with the names of the two as the match has them, by their numbers. */
export function judgementsOf(match: Match, all: readonly BlindJudgement[]): BlindJudgement[] {
  const key = matchKey(match);
  return all
    .filter((each) => matchKey(each) === key)
    .map((each) => (identityOf(each.a) === identityOf(match.a) ? each : mirrored(each)))
    .sort((x, y) => x.number - y.number);
}

function mirrored(judgement: BlindJudgement): BlindJudgement {
  const { a, b, answers, swapped, choice } = judgement;
  const other = { a: 'b', b: 'a', tie: 'tie', both_bad: 'both_bad' } as const;
  return { ...judgement, a: b, b: a, answers: [answers[1], answers[0]], swapped: !swapped, choice: other[choice] };
}

/** The two answers are the same word for word: nobody was asked. */
export const isSame = ({ answers: [a, b] }: Pick<BlindJudgement, 'answers'>): boolean => a.text === b.text;

const PERSON_POINTS = { a: 1, b: 0, tie: 0.5, both_bad: 0.5 } as const;

const personPoints = ({ choice }: BlindJudgement): 0 | 0.5 | 1 => PERSON_POINTS[choice];

/** What `a` earns by the gold judge on the very same answers. */
export function goldPoints({ example, answers: [a, b] }: BlindJudgement): 0 | 0.5 | 1 {
  return pointsOver(judgeResponse(example, a.text, a.ended).gold, judgeResponse(example, b.text, b.ended).gold);
}

export interface BlindResult {
  /** Pairs that were shown, and pairs that were the same word for word. */
  shown: number;
  same: number;
  /** Win rate of `a` over `b`. */
  person: Rate;
  gold: Rate;
  /** Of the pairs that were shown: person and gold judge both prefer the same one, or neither prefers any. */
  agreement: Rate;
}

/** Judgements of one match, see `judgementsOf`. */
export function blindResult(judgements: readonly BlindJudgement[]): BlindResult {
  const shown = judgements.filter((each) => !isSame(each));
  const agreed = shown.filter((each) => personPoints(each) === goldPoints(each)).length;
  return {
    shown: shown.length,
    same: judgements.length - shown.length,
    person: winRateOf(judgements.map(personPoints)),
    gold: winRateOf(judgements.map(goldPoints)),
    agreement: rate(agreed, shown.length),
  };
}

/** Without the last pair that was shown, and without those that were passed over on the way to it. */
export function withoutLast(judgements: readonly BlindJudgement[]): BlindJudgement[] {
  const shown = judgements.filter((each) => !isSame(each));
  const before = shown.at(-2)?.number ?? -1;
  return judgements.filter(({ number }) => number <= before);
}
