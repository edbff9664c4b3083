/** What the browser keeps of a run, to show before it goes on. */
import type { RunRequest, StoredRunReport } from '../../src/core/protocol.ts';
import { runName } from '../../src/core/run-name.ts';
import { DamagedFileError } from '../../src/core/storage-errors.ts';
import { StoredRun } from '../../src/storage/index.ts';
import { autosavedIn } from '../pipeline/autosaved.ts';
import { askedOf, madeOf, readRecord } from '../pipeline/record.ts';

type RunName = Pick<RunRequest, 'preset' | 'seed'>;

/** Where the files of the run of this preset and seed lie. */
export function storeOf(run: RunName): StoredRun {
  return new StoredRun(runName(run));
}

/** What there is of a run; null where nothing is. A damaged record is set aside, and what else there is is told. */
export async function storedReport(run: RunName): Promise<StoredRunReport | null> {
  const store = storeOf(run);
  const record = await readRecord(store).catch((error: unknown) => {
    // It has been told of; what else there is of the run can still be shown.
    if (error instanceof DamagedFileError) return null;
    throw error;
  });
  const autosaves = await autosavedIn(store, record);
  if (!record) return autosaves.length > 0 ? { report: null, made: null, asked: null, autosaves } : null;
  return { report: record.report, made: madeOf(record), asked: askedOf(record), autosaves };
}
