/** The record of a run, `run.json`: what was asked for, and the reports of the stages that are done. */
import * as v from 'valibot';
import { type Fingerprints, type Ingredients, type Made, firstStale } from '../../src/core/fingerprints.ts';
import { type Changes, changesSchema } from '../../src/core/knobs.ts';
import { PRESET_NAMES } from '../../src/core/presets.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../../src/core/reports.ts';
import { RUN_FILE, type RunStore, readText, writeText } from './store.ts';

const recordSchema = v.object({
  version: v.literal(1),
  settings: v.record(v.string(), v.number()),
  labels: v.string(),
  annotators: v.optional(v.array(v.string())),
  changes: v.optional(changesSchema),
  demonstrations: v.optional(v.number()),
  report: v.looseObject({
    preset: v.picklist(PRESET_NAMES),
    seed: v.number(),
    base: v.picklist(['shipped', 'train']),
    stages: v.array(v.looseObject({ name: v.picklist(STAGES) })),
  }),
});

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
  report: RunReport;
}

/** The stored record, or null. Throws an Error that names what is wrong with it. */
export async function readRecord(store: RunStore): Promise<RunRecord | null> {
  const text = await readText(store, RUN_FILE);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${RUN_FILE}: not JSON: ${(error as Error).message}`);
  }
  const result = v.safeParse(recordSchema, value);
  if (!result.success) {
    const issue = result.issues[0];
    throw new Error(`${RUN_FILE}: ${v.getDotPath(issue) ?? 'record'}: ${issue.message}`);
  }
  return value as RunRecord;
}

export function writeRecord(store: RunStore, record: RunRecord): Promise<void> {
  return writeText(store, RUN_FILE, `${JSON.stringify(record, null, 2)}\n`);
}

export const isDone = ({ report }: RunRecord, stage: StageName): boolean =>
  report.stages.some(({ name }) => name === stage);

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
