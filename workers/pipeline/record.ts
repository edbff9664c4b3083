/** The record of a run, `run.json`: what was asked for, and the reports of the stages that are done. */
import * as v from 'valibot';
import { hash32 } from '../../src/core/rng.ts';
import type { Preset } from '../../src/core/presets.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../../src/core/reports.ts';
import { RUN_FILE, type RunStore, readText, writeText } from './store.ts';

const recordSchema = v.object({
  version: v.literal(1),
  /** Hash of the preset's numbers: a run goes on only under the settings that it began with. */
  settings: v.number(),
  /** What the reward model learnt from. */
  labels: v.string(),
  report: v.looseObject({
    preset: v.string(),
    seed: v.number(),
    base: v.picklist(['shipped', 'train']),
    stages: v.array(v.looseObject({ name: v.picklist(STAGES) })),
  }),
});

export interface RunRecord {
  version: 1;
  settings: number;
  labels: string;
  report: RunReport;
}

export const settingsHash = (preset: Preset): number => hash32(JSON.stringify(preset));

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

/** Throws when the stored run is not the one that is asked for. */
export function checkSameRun(record: RunRecord, request: RunRequest, settings: number): void {
  const { preset, seed, base } = record.report;
  const differs =
    preset !== request.preset
      ? `preset ${preset}, not ${request.preset}`
      : seed !== request.seed
        ? `seed ${seed}, not ${request.seed}`
        : base !== request.base
          ? `base "${base}", not "${request.base}"`
          : record.settings !== settings
            ? 'other settings of the same preset (an older version of the program)'
            : null;
  if (differs !== null) throw new Error(`${RUN_FILE}: this is a run with ${differs}; nothing was changed`);
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
