/** The record of a run, `run.json`: what was asked for, and the reports of the stages that are done. */
import * as v from 'valibot';
import { hash32 } from '../../src/core/rng.ts';
import { PRESET_NAMES, type Preset } from '../../src/core/presets.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../../src/core/reports.ts';
import { RUN_FILE, type RunStore, readText, writeText } from './store.ts';

const recordSchema = v.object({
  version: v.literal(1),
  /** Hash of each finished stage's settings: a run goes on only under those that it began with. */
  settings: v.record(v.string(), v.number()),
  /** What the reward model learnt from. */
  labels: v.string(),
  report: v.looseObject({
    preset: v.picklist(PRESET_NAMES),
    seed: v.number(),
    base: v.picklist(['shipped', 'train']),
    stages: v.array(v.looseObject({ name: v.picklist(STAGES) })),
  }),
});

export interface RunRecord {
  version: 1;
  settings: Partial<Record<StageName, number>>;
  labels: string;
  report: RunReport;
}

/** Hash of the numbers that a stage depends on, those of the stages before it left out. */
export function settingsHash(preset: Preset, stage: StageName): number {
  const { world, n_layer, n_head, n_embd, n_positions, max_new_tokens, temperature } = preset;
  return hash32(
    JSON.stringify([world, n_layer, n_head, n_embd, n_positions, max_new_tokens, temperature, preset[stage]]),
  );
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

/** Throws when the stored run is not the one that is asked for. */
export function checkSameRun({ report }: RunRecord, request: RunRequest): void {
  for (const key of ['preset', 'seed', 'base'] as const)
    if (report[key] !== request[key])
      throw new Error(
        `${RUN_FILE}: this is a run with ${key} ${report[key]}, not ${request[key]}; nothing was changed`,
      );
}

/** Throws when a finished stage was run with other settings than the preset's of today. */
export function checkSettings({ report, settings }: RunRecord, preset: Preset): void {
  for (const { name } of report.stages)
    if (settings[name] !== settingsHash(preset, name))
      throw new Error(
        `${RUN_FILE}: the ${name} stage was run with other settings of ${preset.name}; nothing was changed`,
      );
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
