/** Where the stages of a stored run could go on, as the page shows it before anybody runs them. */
import { isSameOrigin } from '../../src/core/fingerprints.ts';
import type { Autosaved } from '../../src/core/protocol.ts';
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { PARENTS, checkpointKey, contentHash } from './checkpoints.ts';
import { type RunRecord, isCopied, isDone } from './record.ts';
import { type Kept, snapshotsOf } from './snapshot.ts';
import { type RunStore, snapshotFiles } from './store.ts';

/**
 * The autosaves that stages could go on from, in the order of the stages, the newest of each first. Not those of a stage
 * which stands on other checkpoints by now, nor those that were left behind by the very stage that ended.
 */
export async function autosavedIn(store: RunStore, record: RunRecord | null): Promise<Autosaved[]> {
  const found: Autosaved[] = [];
  const keys = await store.keys();
  for (const stage of STAGES.filter((each) => snapshotFiles(each).some((file) => keys.includes(file)))) {
    const ended = record && isDone(record, stage) && !isCopied(record, stage);
    const made = ended ? { ...record, settings: record.settings[stage] ?? NaN } : null;
    const gone = stage !== 'judge' && !keys.includes(checkpointKey(stage));
    for (const { steps, kept } of await snapshotsOf(store, stage)) {
      if (made && !gone && isSameOrigin(stage, kept, made)) continue;
      if (!(await standsOnToday(stage, kept, store, record))) continue;
      const { settings, labels, last } = kept;
      found.push({ stage, step: last.step, steps, settings, labels, gone });
    }
  }
  return found;
}

/** Whether the checkpoints of the run that a stage stands on are those that it began with, as far as it says. */
async function standsOnToday(
  stage: StageName,
  { parents }: Kept,
  store: RunStore,
  record: RunRecord | null,
): Promise<boolean> {
  if (!parents || !record) return true;
  for (const parent of PARENTS[stage].filter((each) => isDone(record, each))) {
    const key = checkpointKey(parent);
    const bytes = await store.read(key);
    if (bytes && !parents.includes(contentHash(bytes, key))) return false;
  }
  return true;
}
