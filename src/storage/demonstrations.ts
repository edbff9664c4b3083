/** The demonstrations that people wrote, in the browser's storage: one JSONL file a world. */
import { type Demonstration, formatDemonstrations, readDemonstrations } from '../core/data/demonstrations.ts';
import { slices } from '../core/slices.ts';
import type { WorldSize } from '../core/world/index.ts';
import { StoredRun } from './runs.ts';

/** Beside the runs ("small-0"), under a name that no run has. */
const FOLDER = 'demonstrations';
const LOCK = 'rlhf-playground.demonstrations';

/** A line of the stored file that cannot be read. It stays in the file. */
export interface DamagedLine {
  /** from 1 */
  line: number;
  text: string;
  problem: string;
}

export interface StoredDemonstrations {
  list: readonly Demonstration[];
  damaged: readonly DamagedLine[];
}

interface Read {
  file: string;
  stored: StoredDemonstrations;
}

/** What was read or written last: a file that is still the same is not read line by line again. */
const lastRead: Partial<Record<WorldSize, Read>> = {};

/** Empty where nothing was written yet. Rejects with a StorageError where the file as a whole is damaged. */
export async function loadDemonstrations(world: WorldSize): Promise<StoredDemonstrations> {
  const bytes = await new StoredRun(FOLDER).read(fileOf(world));
  const file = new TextDecoder().decode(bytes ?? new Uint8Array());
  const known = lastRead[world];
  if (known?.file === file) return known.stored;
  const list: Demonstration[] = [];
  const damaged: DamagedLine[] = [];
  const breathe = slices();
  for (const read of readDemonstrations(file)) {
    await breathe();
    const { line, text, demonstration } = read;
    if (!demonstration) damaged.push({ line, text, problem: read.problem });
    else if (demonstration.world === world) list.push(demonstration);
    else damaged.push({ line, text, problem: `world: "${demonstration.world}", expected "${world}"` });
  }
  const stored = { list, damaged };
  lastRead[world] = { file, stored };
  return stored;
}

/**
 * Changes what is stored, not what this page thinks is stored: another tab may have written since. Damaged lines are
 * written back as they were, after the others. Rejects with a StorageError, and then nothing was changed.
 */
export async function changeDemonstrations(
  world: WorldSize,
  change: (list: readonly Demonstration[]) => readonly Demonstration[],
): Promise<StoredDemonstrations> {
  return alone(async () => {
    const before = await loadDemonstrations(world);
    const list = change(before.list);
    const damaged = before.damaged.map((each, i) => ({ ...each, line: list.length + i + 1 }));
    const file = formatDemonstrations(list) + damaged.map(({ text }) => `${text}\n`).join('');
    await new StoredRun(FOLDER).write(fileOf(world), new TextEncoder().encode(file));
    const stored = { list, damaged };
    lastRead[world] = { file, stored };
    return stored;
  });
}

const fileOf = (world: WorldSize): string => `${world}.jsonl`;

let last: Promise<unknown> = Promise.resolve();

/** One change at a time on this page; and among all tabs where the browser has locks (secure origins). */
function alone<T>(work: () => Promise<T>): Promise<T> {
  // Absent on insecure origins and in Node, whatever the type says.
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  const next = last.then(() => (locks ? (locks.request(LOCK, work) as Promise<T>) : work()));
  last = next.catch(() => undefined);
  return next;
}
