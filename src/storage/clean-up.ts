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

/** `going`: runs whose autosaves are needed, as they train or are shown. Reads no weights. Rejects with a StorageError. */
export async function removable(going: readonly string[]): Promise<Removable> {
  const { files } = await listFiles();
  const deleted = files.filter((file) => file.deleted !== undefined);
  const [autosaves, stopped]: [FileRecord[], FileRecord[]] = [[], []];
  const live = files.filter((file) => file.deleted === undefined);
  const snapshots = live.filter(({ notes }) => notes['kind'] === 'snapshot');
  for (const run of new Set(snapshots.map((file) => file.run))) {
    const done = await stagesDone(run);
    for (const file of snapshots.filter((each) => each.run === run)) {
      const stage = file.notes['stage'] ?? '';
      // The judge makes no file of its own that says when it ended: its autosaves, of text alone, always count as stopped.
      const made = live.find((each) => each.run === run && each.name === `${stage}.safetensors`);
      // One that is newer than what the stage made is of a stage that is run again.
      if (made && file.saved <= made.saved && done.includes(stage)) autosaves.push(file);
      else if (!going.includes(run)) stopped.push(file);
    }
  }
  return { deleted, autosaves, stopped };
}

/** None where the record cannot be read: whoever goes on with the run says so. */
async function stagesDone(run: string): Promise<string[]> {
  try {
    const bytes = await new StoredRun(run).readSound('run.json');
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
