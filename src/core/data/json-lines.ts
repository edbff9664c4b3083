/** JSONL: one JSON record a line, so that files of many people are merged, and damaged, by line. */
import * as v from 'valibot';
import { FIRST, parseJson, problemOf, quoted, words } from '../outside.ts';

/**
 * Characters of a line. The longest record, a ranking of 16 answers of 1000 characters in its file of pairs, has about
 * 20,000; escaped one by one, six times as many.
 */
export const MOST_LINE = 150_000;
/** Lines of a file. The longest file that is taken, 20 MB of the shortest pairs, has fewer. */
export const MOST_LINES = 100_000;
/** Of the beginning of a line, in a message. */
const QUOTED_LINE = 200;

/** A line of a file: its record, or what is wrong with it. */
export type ReadLine<T extends object> = { line: number; text: string } & Checked<T>;

/** What a schema makes of a value from outside. */
export type Checked<T extends object> = { record: T; problem: null } | { record: null; problem: string };

/** Checks a value; a problem names the field. */
export function check<S extends v.GenericSchema<unknown, object>>(
  schema: S,
  value: unknown,
): Checked<v.InferOutput<S>> {
  const result = v.safeParse(schema, value, FIRST);
  if (result.success) return { record: result.output, problem: null };
  return { record: null, problem: problemOf(result.issues, 'record') };
}

/**
 * The lines of a JSONL file from 1, empty ones left out. Lazy, so that long files can be read in slices. What stands
 * behind the last line that is read comes as one line with a problem, so that nobody who writes it back loses it. Never
 * throws.
 */
export function* readJsonLines<T extends object>(
  file: string,
  parse: (value: unknown, text: string, line: number) => Checked<T>,
): Generator<ReadLine<T>> {
  let begin = file.startsWith('\uFEFF') ? 1 : 0;
  for (let line = 1; begin < file.length; line++) {
    if (line > MOST_LINES) {
      yield {
        line,
        text: file.slice(begin),
        record: null,
        problem: `more than ${MOST_LINES} lines; the rest is not read`,
      };
      return;
    }
    const newline = file.indexOf('\n', begin);
    const end = newline < 0 ? file.length : newline;
    const text = file.slice(begin, end).replace(/\r$/, '');
    begin = end + 1;
    if (text.trim() !== '') yield { line, text, ...readLine(text, line, parse) };
  }
}

function readLine<T extends object>(
  text: string,
  line: number,
  parse: (value: unknown, text: string, line: number) => Checked<T>,
): Checked<T> {
  if (text.length > MOST_LINE)
    return { record: null, problem: `a line of ${text.length} characters; at most ${MOST_LINE} are read` };
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return { record: null, problem: `not JSON: ${quoted((error as Error).message, QUOTED_LINE)}` };
  }
  return parse(value, text, line);
}

/** A record with the id of an earlier line is one too many: what is shown, merged and removed goes by its id. */
export function* withoutTwins<T extends { readonly id: string }>(lines: Iterable<ReadLine<T>>): Generator<ReadLine<T>> {
  const seen = new Map<string, number>();
  for (const read of lines) {
    const { line, text, record } = read;
    const first = record && seen.get(record.id);
    if (first) yield { line, text, record: null, problem: `id: the same as in line ${first}` };
    else {
      if (record) seen.set(record.id, line);
      yield read;
    }
  }
}

/** All records. Throws an Error that names `where`, the line and the field of the first bad one. */
export function recordsOf<T extends object>(lines: Iterable<ReadLine<T>>, where: string): T[] {
  return Array.from(lines, (read) => {
    if (read.problem === null) return read.record;
    throw new Error(`${quoted(where, 200)}, line ${read.line}: ${read.problem}`);
  });
}

/** As JSONL, a newline after every record. */
export function formatJsonLines(records: readonly object[]): string {
  return records.map((each) => `${JSON.stringify(each)}\n`).join('');
}

/** Something, without the space around it. */
export const someWords = (most: number) => v.pipe(words(10 * most), v.trim(), v.minLength(1), v.maxLength(most));

/** What records that people write have in common: an id that files are merged by, who wrote them, and when (ISO 8601). */
export const idSchema = someWords(100);
/** A name as it stands in a record. */
export const authorSchema = someWords(60);
/** Stands in the records of whoever gave no name. */
export const ANONYMOUS = 'anonymous';
export const timeSchema = v.pipe(
  words(40),
  v.isoTimestamp(),
  v.check((at) => !Number.isNaN(Date.parse(at)), 'there is no such time'),
);

/** crypto.randomUUID is for secure origins alone; this is for all. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
