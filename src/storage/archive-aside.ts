/** Runs that are kept beside the run of the same preset and seed: taken in from an archive, or moved out of its way. */
import { lockManager, trainingLock } from '../core/locks.ts';
import { type FileKey, type FileRecord, type Store, StorageError, commit } from './database.ts';
import { aloneWithLines } from './line-lock.ts';
import { listFiles } from './records.ts';
import { type Content, StoredRun, everyFileOf, putAll, sizeOf } from './runs.ts';

const ASIDE = /^(?:imported|earlier)-([a-z]+-\d+)(?:-\d+)?$/;

/** The run whose files a name such as "imported-small-0-2" keeps aside; null for every other name. */
export const runAside = (name: string): string | null => ASIDE.exec(name)?.[1] ?? null;

export interface AsideRun {
  /** "earlier-small-0". */
  aside: string;
  /** Whose place it can take: "small-0". */
  run: string;
  /** How many; deleted ones do not count. */
  files: number;
  /** Of these. */
  bytes: number;
}

/** The runs that are kept aside, whatever they have, of the records of all files. */
export function asideRuns(all: readonly FileRecord[]): AsideRun[] {
  const found = new Map<string, AsideRun>();
  for (const { run: aside, bytes, deleted } of all) {
    const run = runAside(aside);
    if (run === null || deleted !== undefined) continue;
    const sum = found.get(aside) ?? { aside, run, files: 0, bytes: 0 };
    found.set(aside, { ...sum, files: sum.files + 1, bytes: sum.bytes + bytes });
  }
  return [...found.values()];
}

/** "imported-small-0", or the first of "imported-small-0-2", … that is free. */
export function freeName(stem: string, taken: { has(name: string): boolean }): string {
  let name = stem;
  for (let i = 2; taken.has(name); i++) name = `${stem}-${i}`;
  return name;
}

/**
 * A run that is kept aside takes the place of the run `run`, and what was there moves aside, both or neither. Resolves to
 * where it is now; null where there was nothing. Rejects with a StorageError where the run is training.
 */
export async function bringForward(aside: string, run: string): Promise<string | null> {
  return replaced(run, await new StoredRun(aside).keys(), (files, blobs) => move(files, blobs, aside, run));
}

/** The same for files that are new here. */
export function replaceRun(run: string, contents: readonly Content[]): Promise<string | null> {
  const names = contents.map(([name]) => name);
  return replaced(run, names, (files, blobs) => putAll(files, blobs, run, contents), sizeOf(contents));
}

/** `names`: of what takes the place. Nobody trains the run meanwhile, nor changes lines of it. */
function replaced(
  run: string,
  names: readonly string[],
  replace: (files: Store, blobs: Store) => Promise<void>,
  size = 0,
): Promise<string | null> {
  return alone(run, async () => {
    const all = [...names, ...(await new StoredRun(run).keys())];
    const lines = all.filter((name) => name.endsWith('.jsonl')).map((name): FileKey => [run, name]);
    return aloneWithLines(lines, async () => {
      const { files: stored, damaged } = await listFiles();
      const runs = new Set([...stored, ...damaged].map((file) => file.run));
      const earlier = runs.has(run) ? freeName(`earlier-${run}`, runs) : null;
      await commit(async (files, blobs) => {
        if (earlier !== null) await move(files, blobs, run, earlier);
        await replace(files, blobs);
      }, size);
      return earlier;
    });
  });
}

async function move(files: Store, blobs: Store, from: string, to: string): Promise<void> {
  for (const key of await files.getAllKeys(everyFileOf(from))) {
    const target: FileKey = [to, key[1]];
    const [record, blob] = [await files.get(key), await blobs.get(key)];
    await files.put(typeof record === 'object' ? { ...record, run: to } : record, target);
    if (blob !== undefined) await blobs.put(blob, target);
    await files.delete(key);
    await blobs.delete(key);
  }
}

/**
 * While nobody trains the run, on any tab. Where the browser has no locks (origins that are not secure) nobody can tell, and
 * it is done in any case. Rejects with a StorageError where somebody trains it.
 */
export async function alone<T>(run: string, work: () => Promise<T>): Promise<T> {
  const locks = lockManager();
  if (!locks) return work();
  return locks.request(trainingLock(run), { ifAvailable: true }, (lock) => {
    if (!lock)
      throw new StorageError(
        `run "${run}" is training, here or in another tab: stop it first. Nothing of it was written.`,
      );
    return work();
  });
}
