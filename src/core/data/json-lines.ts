/** JSONL: one JSON record a line, so that files of many people are merged, and damaged, by line. */
import * as v from 'valibot';

/** A line of a file: its record, or what is wrong with it. */
export type ReadLine<T extends object> = { line: number; text: string } & Checked<T>;

/** What a schema makes of a value from outside. */
export type Checked<T extends object> = { record: T; problem: null } | { record: null; problem: string };

/** Checks a value; a problem names the field. */
export function check<S extends v.GenericSchema<unknown, object>>(
  schema: S,
  value: unknown,
): Checked<v.InferOutput<S>> {
  const result = v.safeParse(schema, value);
  if (result.success) return { record: result.output, problem: null };
  const [issue] = result.issues;
  return { record: null, problem: `${v.getDotPath(issue) ?? 'record'}: ${issue.message}` };
}

/** The lines of a JSONL file from 1, empty ones left out. Lazy, so that long files can be read in slices. Never throws. */
export function* readJsonLines<T extends object>(
  file: string,
  parse: (value: unknown, text: string, line: number) => Checked<T>,
): Generator<ReadLine<T>> {
  const lines = file.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [i, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const place = { line: i + 1, text };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      yield { ...place, record: null, problem: `not JSON: ${(error as Error).message}` };
      continue;
    }
    yield { ...place, ...parse(value, text, i + 1) };
  }
}

/** All records. Throws an Error that names `where`, the line and the field of the first bad one. */
export function recordsOf<T extends object>(lines: Iterable<ReadLine<T>>, where: string): T[] {
  return Array.from(lines, (read) => {
    if (read.problem === null) return read.record;
    throw new Error(`${where}, line ${read.line}: ${read.problem}`);
  });
}

/** As JSONL, a newline after every record. */
export function formatJsonLines(records: readonly object[]): string {
  return records.map((each) => `${JSON.stringify(each)}\n`).join('');
}

const text = (most: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(most));

/** What records that people write have in common: an id that files are merged by, who wrote them, and when (ISO 8601). */
export const idSchema = text(100);
/** A name as it stands in a record. */
export const authorSchema = text(60);
/** Stands in the records of whoever gave no name. */
export const ANONYMOUS = 'anonymous';
export const timeSchema = v.pipe(v.string(), v.isoTimestamp());

/** crypto.randomUUID is for secure origins alone; this is for all. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
