/** One process at a time trains a run in a folder: two would overwrite each other's work. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Holds the number of the process, and when it began. By its ending no file of the run. */
const LOCK = 'training.part';

const isFault = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

/** A process by its number. Where a container is started anew, one that began at another time may have had the same. */
interface ProcessId {
  process: number;
  /** Milliseconds since 1970; earlier versions did not write it. */
  began?: number | undefined;
}

export const THIS_PROCESS: ProcessId = { process: process.pid, began: performance.timeOrigin };

/** Whether it runs on this machine. */
export function isAlive({ process: id, began }: ProcessId): boolean {
  if (id === THIS_PROCESS.process) return began === THIS_PROCESS.began;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return !isFault(error, 'ESRCH');
  }
}

/**
 * Does `work` while this process alone trains in `folder`, which is made where it is missing. Throws an Error that names
 * the process which trains there; one that was killed holds nothing.
 */
export async function aloneIn<R>(folder: string, work: () => Promise<R>): Promise<R> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, LOCK);
  const letGo = (): Promise<void> => rm(file, { force: true });
  while (!(await take(file))) {
    await refuseHolder(folder, file);
    await letGo();
  }
  try {
    return await work();
  } finally {
    await letGo();
  }
}

/** Whether the folder is this process's from now on: the file names it. */
async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${THIS_PROCESS.process} ${THIS_PROCESS.began}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isFault(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Throws where whoever holds the folder is alive, or cannot be told. */
async function refuseHolder(folder: string, file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isFault(error, 'ENOENT')) return null;
    throw error;
  });
  if (text === null) return;
  const [, id, began] = /^(\d+)(?: ([\d.]+))?$/.exec(text) ?? [];
  if (id !== undefined && !isAlive({ process: Number(id), began: began === undefined ? began : Number(began) })) return;
  throw new Error(
    `${folder}: process ${id ?? 'unknown'} trains this run; nothing was changed. ` +
      `Where no such process is left, delete ${file}`,
  );
}
