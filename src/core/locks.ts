/** Web Locks that the tabs of this page share. A tab or worker that dies lets go of its own. */

const TRAINING = 'rlhf-playground.training.';

/** Held by the worker that trains the run `run` ("small-0"), from the first step to the last. */
export const trainingLock = (run: string): string => `${TRAINING}${run}`;

/** The run that a lock of this name stands for; null where it stands for none. */
const runOfLock = (name: string): string | null => (name.startsWith(TRAINING) ? name.slice(TRAINING.length) : null);

/** Absent on origins that are not secure and in Node, whatever the type says. */
export const lockManager = (): LockManager | undefined =>
  (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;

/** The runs that train now, in any tab. None where there are no locks. */
export async function runsThatTrain(): Promise<string[]> {
  const { held = [] } = (await lockManager()?.query()) ?? {};
  return held.flatMap(({ name = '' }) => runOfLock(name) ?? []);
}
