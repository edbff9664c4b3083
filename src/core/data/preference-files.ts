/**
 * Files of preferences that people exchange, and that other programs read.
 *
 * Labels: every record as it is stored, one a line; ties and rankings are whole in it, and it is what people merge.
 * Pairs: one line for each pair that a record tells apart, in TRL's preference format with explicit prompt
 * (huggingface.co/docs/trl/dataset_formats): `prompt`, `chosen`, `rejected`, strings that are joined as they stand, so
 * that a response begins with the space that parts it from its prompt. What TRL does not know stands beside it.
 */
import * as v from 'valibot';
import { words } from '../outside.ts';
import { hash32 } from '../rng.ts';
import {
  ANONYMOUS,
  type Checked,
  type ReadLine,
  authorSchema,
  check,
  formatJsonLines,
  idSchema,
  readJsonLines,
  someWords,
  timeSchema,
} from './json-lines.ts';
import type { Response } from './labellers.ts';
import { type Preference, pairsOf, parsePreference, rankingEntries } from './preferences.ts';

/** A line of the file of pairs. */
interface PairLine {
  prompt: string;
  chosen: string;
  rejected: string;
  /** Of the record that the pair is of. */
  id: string;
  by: string;
  /** ISO 8601; empty where it is not known, so that the column holds strings alone. */
  at: string;
  /** The whole ranking, the same in each of its lines. */
  responses: readonly Response[];
  ranks: readonly number[];
}

/** In one order of the fields, whoever made a record: the same labels are the same file. */
export function formatLabels(preferences: readonly Preference[]): string {
  return formatJsonLines(
    preferences.map(({ version, id, by, at, example, responses, ranks, ...rest }) => {
      const { both_bad, repeats, model } = rest;
      return { version, id, by, at, example, responses, ranks, both_bad, repeats, model };
    }),
  );
}

/** Ties, what tells only equal texts apart, and repeats, which train nothing here either, give no line. */
export function formatPairs(preferences: readonly Preference[]): string {
  return formatJsonLines(preferences.filter(({ repeats }) => repeats === null).flatMap(pairLines));
}

function pairLines(preference: Preference): PairLine[] {
  const { example, id, by, at, responses, ranks } = preference;
  return pairsOf(preference).map(({ chosen, rejected }) => ({
    prompt: example.prompt,
    chosen: asContinuation(chosen.text),
    rejected: asContinuation(rejected.text),
    ...{ id, by, at: at ?? '', responses, ranks },
  }));
}

/** A response as it is joined to its prompt; one that ended at once adds nothing. */
function asContinuation(text: string): string {
  return text === '' ? '' : ` ${text}`;
}

/** Of at most as many characters as a stored response, without the space that parts it from its prompt. */
const responseText = v.pipe(
  words(2000),
  v.check((text) => text.trim().length <= 1000, 'more than 1000 characters'),
);

const pairSchema = v.pipe(
  v.object({
    prompt: someWords(2000),
    chosen: responseText,
    rejected: responseText,
    id: v.optional(idSchema),
    by: v.optional(authorSchema),
    at: v.nullish(v.union([v.literal(''), timeSchema])),
    responses: v.nullish(rankingEntries.responses),
    ranks: v.nullish(rankingEntries.ranks),
  }),
  v.check(({ responses, ranks }) => responses?.length === ranks?.length, 'as many ranks as responses'),
  v.check(
    ({ chosen, rejected, responses, ranks }) =>
      !responses ||
      pairsOf({ responses, ranks: ranks ?? [] }).some(
        (pair) => isText(chosen, pair.chosen) && isText(rejected, pair.rejected),
      ),
    'the ranks do not put chosen before rejected',
  ),
  v.check(
    ({ chosen, rejected, responses }) => Boolean(responses) || chosen.trim() !== rejected.trim(),
    'chosen and rejected are the same',
  ),
);

/** Other programs may have taken the space away. */
function isText(written: string, { text }: Response): boolean {
  return written === asContinuation(text) || written === text.trim();
}

/**
 * The records of a file of labels, of pairs, or of both kinds of line, and what is wrong with the others. `name`: of the
 * file; whoever wrote pairs without saying who they are goes by it. A record that is there more than once, as a ranking
 * is in the lines of its pairs, comes once. Never throws.
 */
export function* readPreferenceFile(file: string, name: string): Generator<ReadLine<Preference>> {
  const author = authorOf(name);
  const seen = new Set<string>();
  for (const read of readJsonLines(file, (value, text, line) => parseLine(value, text, line, author))) {
    const key = JSON.stringify(read.record);
    if (read.record && seen.has(key)) continue;
    seen.add(key);
    yield read;
  }
}

function parseLine(value: unknown, text: string, line: number, author: string): Checked<Preference> {
  const isObject = typeof value === 'object' && value !== null;
  const isPair = isObject && !('version' in value) && ('chosen' in value || 'rejected' in value);
  return isPair ? parsePair(value, author) : parsePreference(value, text, line);
}

function parsePair(value: object, author: string): Checked<Preference> {
  const read = check(pairSchema, value);
  if (read.problem !== null) return read;
  const { responses, ranks, at } = read.record;
  const [prompt, chosen, rejected] = [read.record.prompt, read.record.chosen.trim(), read.record.rejected.trim()];
  const by = read.record.by ?? author;
  // Of the content, so that the same file read again is the same records.
  const id = read.record.id ?? `pair-${hash32(JSON.stringify([by, prompt, chosen, rejected])).toString(36)}`;
  const record: Preference = {
    version: 2,
    id,
    example: { prompt },
    responses: responses ?? [chosen, rejected].map((response) => ({ text: response, ended: true })),
    ranks: ranks ?? [0, 1],
    by,
    at: at || null,
    both_bad: false,
    repeats: null,
    model: null,
  };
  return { record, problem: null };
}

/** Whom a file is of, by its name: without ending, and without the number that a browser gives a second download. */
function authorOf(file: string): string {
  const stem = file.replace(/\.[^.]*$/, '').replace(/ \(\d+\)$/, '');
  const result = v.safeParse(authorSchema, stem.slice(0, 60));
  return result.success ? result.output : ANONYMOUS;
}
