/**
 * The record of a run, `run.json`: what was asked for, and the reports of the stages that are done. It is short, and all
 * that was trained hangs on it, so it is stored twice: where the file is damaged, its copy stands for it.
 */
import * as v from 'valibot';
import { type Fingerprints, type Ingredients, type Made, firstStale } from '../../src/core/fingerprints.ts';
import { type Changes, changesSchema } from '../../src/core/knobs.ts';
import { FIRST, figures, finite, json, problemOf, words } from '../../src/core/outside.ts';
import type { Asked, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../../src/core/reports.ts';
import { DamagedFileError } from '../../src/core/storage-errors.ts';
import { reportSchema } from './report-schema.ts';
import { LaterVersionError, RUN_COPY, RUN_FILE, type RunStore, type StoredFile, readAs, textFile } from './store.ts';

/** As long as a record is text: the longest, with all reports of all stages, has 100,000. */
const MOST_CHARACTERS = 5_000_000;
/** As many as there can be preferences. */
const MOST_ANNOTATORS = 2000;

const annotatorsSchema = v.optional(v.pipe(v.array(words(100)), v.maxLength(MOST_ANNOTATORS)));
const recordSchema = v.object({
  version: v.literal(1),
  settings: figures(finite),
  labels: words(200),
  annotators: annotatorsSchema,
  changes: v.optional(changesSchema),
  demonstrations: v.optional(finite),
  asked: v.optional(
    v.object({
      base: v.picklist(['shipped', 'train']),
      labels: words(200),
      annotators: annotatorsSchema,
      changes: changesSchema,
    }),
  ),
  report: reportSchema,
});
const textSchema = v.pipe(words(MOST_CHARACTERS), json());

export interface RunRecord {
  version: 1;
  /** What each finished stage was made from; there may be some of stages that have been forgotten since. */
  settings: Fingerprints;
  /** What the reward model learnt from. */
  labels: string;
  /** Whose preferences, where not everybody's. */
  annotators?: readonly string[] | undefined;
  /** Knobs that differed from the preset when the run began, or its last stage ended. Older records do not say. */
  changes?: Changes;
  /** Hash of the person's own demonstrations then. */
  demonstrations?: number;
  /** What the run was asked for last, where it was something else than the finished stages were made from. */
  asked?: Asked;
  report: RunReport;
}

export const askedOf = ({ asked, labels, annotators, changes = {}, report: { base } }: RunRecord): Asked =>
  asked ?? { base, labels, annotators, changes };

/** The record with what is asked for today, if that is not what it says already. */
export function asking(stored: RunRecord, today: Ingredients, annotators: Asked['annotators']): RunRecord {
  const made = { ...stored };
  delete made.asked;
  const { base, labels, changes } = today;
  const asked: Asked = { base, labels, annotators, changes };
  return isSameAsked(asked, askedOf(made)) ? made : { ...made, asked };
}

function isSameAsked(a: Asked, b: Asked): boolean {
  const sorted = ({ base, labels, annotators, changes }: Asked): unknown[] => {
    const knobs = Object.entries(changes).sort(([one], [other]) => (one < other ? -1 : 1));
    return [base, labels, annotators ?? null, knobs];
  };
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/**
 * The stored record, or its copy where it was damaged and is set aside, which has been told; null: there is neither. Throws
 * an Error that names what is wrong with it, where it was left in its place or there is no copy.
 */
export async function readRecord(store: RunStore): Promise<RunRecord | null> {
  const read = (file: string): Promise<RunRecord | null> => readAs(store, file, (bytes) => parseRecord(bytes, file));
  try {
    return (await read(RUN_FILE)) ?? (await read(RUN_COPY));
  } catch (error) {
    if (!(error instanceof DamagedFileError) || error.file === RUN_COPY) throw error;
    const copy = await read(RUN_COPY);
    if (copy) return copy;
    throw error;
  }
}

function parseRecord(bytes: Uint8Array, file: string): RunRecord {
  const read = v.safeParse(textSchema, new TextDecoder().decode(bytes), FIRST);
  const result = read.success ? v.safeParse(recordSchema, read.output, FIRST) : read;
  // With the fields that this page does not know.
  if (result.success) return read.output as RunRecord;
  const message = `${file}: ${problemOf(result.issues, 'record')}`;
  throw isLater(read.output) ? new LaterVersionError(message) : new Error(message);
}

function isLater(value: unknown): boolean {
  const { version } = (value ?? {}) as { version?: unknown };
  return Number.isSafeInteger(version) && (version as number) > 1;
}

/** To be stored in one. */
export function recordFiles(record: RunRecord): [StoredFile, StoredFile] {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  return [textFile(RUN_COPY, text), textFile(RUN_FILE, text)];
}

export const isDone = ({ report }: RunRecord, stage: StageName): boolean =>
  report.stages.some(({ name }) => name === stage);

/** Whether the model of a stage is a copy of a shipped one: it leaves no autosaves, and goes on from none. */
export const isCopied = ({ report }: RunRecord, stage: StageName): boolean =>
  stage === 'base' && report.base === 'shipped';

/** What the finished stages were made from. */
export function madeOf(record: RunRecord): Made {
  const { report, labels, settings } = record;
  const kept = Object.entries(settings).filter(([name]) => isDone(record, name as StageName));
  return { base: report.base, labels, fingerprints: Object.fromEntries(kept) };
}

/**
 * What of a stored run stands when `request` goes on with it: all, or what comes before the first stage that is stale.
 * Throws when it is the run of another preset or seed, and when a stage is asked for that would stand on a stale one.
 */
export function reopen(stored: RunRecord, request: RunRequest, today: Ingredients): RunRecord {
  const { report } = stored;
  for (const key of ['preset', 'seed'] as const)
    if (report[key] !== request[key])
      throw new Error(
        `${RUN_FILE}: this is a run with ${key} ${report[key]}, not ${request[key]}; nothing was changed`,
      );
  const stale = firstStale(madeOf(stored), today);
  const asked = stale !== null && request.stages.includes(stale);
  if (stale !== null && !asked && request.stages.some((stage) => STAGES.indexOf(stage) > STAGES.indexOf(stale)))
    throw new Error(
      `${RUN_FILE}: the ${stale} stage was run with other settings of ${report.preset} than are asked for now; ` +
        'run it again too. Nothing was changed',
    );
  // Whoever asks for nothing that is stale leaves what is stored as it is, labels and all.
  if (stale !== null && !asked) return stored;
  const kept = stale === null ? stored : forget(stored, stale);
  return {
    ...kept,
    labels: today.labels,
    annotators: request.annotators,
    report: { ...kept.report, base: today.base },
  };
}

/** The record without `stage` and everything that was made from it. */
export function forget(record: RunRecord, stage: StageName): RunRecord {
  const first = STAGES.indexOf(stage);
  const gone = (name: StageName): boolean => STAGES.indexOf(name) >= first;
  const { sft, reward, judge, ...rest } = record.report;
  const report: RunReport = {
    ...rest,
    stages: record.report.stages.filter(({ name }) => !gone(name)),
    ...(sft && !gone('sft') ? { sft } : {}),
    ...(reward && !gone('reward') ? { reward } : {}),
    ...(judge && !gone('judge') ? { judge } : {}),
  };
  return { ...record, report };
}
