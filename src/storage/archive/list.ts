/** The list of what is in an archive: `playground.json`, its first entry. */
import * as v from 'valibot';
import type { ArchivedFile, Settings } from '../../core/archive-protocol.ts';
import { timeSchema } from '../../core/data/json-lines.ts';
import { FIRST, parseJson, quoted } from '../../core/outside.ts';
import { ArchiveError, MOST_BYTES, MOST_FILES, MOST_FILE_BYTES } from './limits.ts';
import { LIST_NAME, checkPath, pathOf } from './names.ts';

/** Raised when older pages could not read a new archive. */
const VERSION = 1;
/** Brackets and commas of a list: ten stand in what it says of a file, and a later version may say twice as much. */
const MOST_PARTS = 20 * MOST_FILES + 1000;
/** Characters of a message that quotes the list. */
const MOST_MESSAGE = 300;

export interface List {
  /** ISO 8601. */
  made: string;
  /** What the browser remembered of the person's choices; empty where it was not asked for. */
  settings: Settings;
  files: readonly ArchivedFile[];
}

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
/** As a Date can hold it. */
const moment = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));

const fileSchema = v.object({
  run: v.string(),
  name: v.string(),
  bytes: v.pipe(natural, v.maxValue(MOST_FILE_BYTES)),
  hash: v.pipe(v.string(), v.regex(/^[\da-f]{16}$/)),
  saved: moment,
  title: v.optional(text(200)),
  note: v.optional(text(5000)),
  deleted: v.optional(moment),
});
const listSchema = v.object({
  format: v.literal('rlhf-playground-archive'),
  version: v.literal(VERSION),
  made: timeSchema,
  settings: v.pipe(
    v.record(v.pipe(v.string(), v.regex(/^rlhf-playground\.[a-z-]{1,40}$/)), text(200)),
    v.check((settings) => Object.keys(settings).length <= 50, 'there are more than 50'),
  ),
  files: v.pipe(v.array(v.unknown()), v.maxLength(MOST_FILES)),
});

/** The list as it is stored. */
export function formatList({ made, settings, files }: List): string {
  return `${JSON.stringify({ format: 'rlhf-playground-archive', version: VERSION, made, settings, files }, null, 1)}\n`;
}

/** Throws an ArchiveError that names the field, or the file of the list, and what is wrong with it. */
export function parseList(bytes: Uint8Array): List {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), MOST_PARTS);
  } catch (error) {
    throw new ArchiveError(LIST_NAME, `is not JSON: ${quoted((error as Error).message, MOST_MESSAGE)}`);
  }
  const { version } = (value ?? {}) as { version?: unknown };
  if (typeof version === 'number' && version > VERSION)
    throw new ArchiveError(
      LIST_NAME,
      `was written by a newer version of this page (${version}; this one reads ${VERSION})`,
    );
  const { made, settings, files } = checked(listSchema, value, '');
  // One after another, and only up to the first that is wrong.
  return { made, settings, files: files.map((file, i) => checkedFile(file, i)) };
}

function checkedFile(value: unknown, i: number): ArchivedFile {
  const file = checked(fileSchema, value, `files.${i}`);
  checkPath(pathOf(file));
  return file;
}

function checked<S extends v.GenericSchema>(schema: S, value: unknown, where: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, FIRST);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = [where, v.getDotPath(issue)].filter(Boolean).join('.');
  throw new ArchiveError(LIST_NAME, `${quoted(field || 'file')}: ${quoted(issue.message, MOST_MESSAGE)}`);
}

/** Throws an ArchiveError where files, all together, are more than an archive takes. */
export function checkTotal(files: readonly Pick<ArchivedFile, 'bytes'>[]): void {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > MOST_BYTES)
    throw new ArchiveError(null, `${total} bytes are more than an archive takes (${MOST_BYTES}): save it in parts`);
  if (files.length > MOST_FILES)
    throw new ArchiveError(
      null,
      `${files.length} files are more than an archive takes (${MOST_FILES}): save it in parts`,
    );
}
