/**
 * What can be removed: what was deleted and autosaves of stages that have ended since, which nobody misses, and autosaves of
 * runs that were stopped, which cost the stage that they are of.
 */
import * as v from 'valibot';
import { type FileKey, type FileRecord, commit } from './database.ts';
import { decodeJson } from './json.ts';
import { listFiles } from './records.ts';
import { StoredRun } from './runs.ts';

export interface Removable {
  deleted: readonly FileRecord[];
  /** Of stages that have ended since. */
  autosaves: readonly FileRecord[];
  /** Autosaves that a run could go on from. */
  stopped: readonly FileRecord[];
}

/** Of the run's record. */
const doneSchema = v.object({ report: v.object({ stages: v.array(v.object({ name: v.string() })) }) });

/** `going`: runs whose autosaves are needed, as they train or are shown. Reads records alone. Rejects with a StorageError. */
export async function removable(going: readonly string[]): Promise<Removable> {
  const { files } = await listFiles();
  const deleted = files.filter((file) => file.deleted !== undefined);
  const [autosaves, stopped]: [FileRecord[], FileRecord[]] = [[], []];
  for (const file of files) {
    if (file.deleted !== undefined || file.notes['kind'] !== 'snapshot') continue;
    const stage = file.notes['stage'] ?? '';
    const end = stage === 'judge' ? 'run.json' : `${stage}.safetensors`;
    const ended = files.find(({ run, name, deleted }) => run === file.run && name === end && deleted === undefined);
    // One that is newer than what the stage made is of a stage that is run again.
    if (ended && file.saved <= ended.saved && (await stagesDone(file.run)).includes(stage)) autosaves.push(file);
    else if (!going.includes(file.run)) stopped.push(file);
  }
  return { deleted, autosaves, stopped };
}

/** None where the record cannot be read: whoever goes on with the run says so. */
async function stagesDone(run: string): Promise<string[]> {
  const bytes = await new StoredRun(run).readSound('run.json');
  try {
    return bytes ? decodeJson(bytes, doneSchema, `${run}/run.json`).report.stages.map(({ name }) => name) : [];
  } catch {
    return [];
  }
}

/** Removes these files for good, all of them or none; one that has changed since it was listed stays. */
export async function removeAll(listed: readonly FileRecord[]): Promise<void> {
  await commit(async (files, blobs) => {
    for (const { run, name, saved, deleted } of listed) {
      const key: FileKey = [run, name];
      const now = (await files.get(key)) as Partial<FileRecord> | undefined;
      if (now?.saved !== saved || now.deleted !== deleted) continue;
      await files.delete(key);
      await blobs.delete(key);
    }
  });
}
