/**
 * One version of the page at a time: whoever must not be interrupted shares a Web Lock with all tabs that must not, and a
 * new version takes over only with that lock to itself. A tab that dies lets go of it.
 */
import { lockManager } from '../core/locks.ts';

const NAME = 'rlhf-playground.version';

/** Missing where the address is not safe: there is no service worker either, and no version to keep. */
const locks = lockManager();

let kept = 0;

/** Keeps the page's version until the function that it returns is called. */
export function keepVersion(): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  void locks?.request(NAME, { mode: 'shared' }, async () => {
    kept += 1;
    await released;
    kept -= 1;
  });
  return release;
}

/** This tab keeps its version. */
export const keepsVersion = (): boolean => kept > 0;

/** Some tab keeps its version. */
export async function isVersionKept(): Promise<boolean> {
  const { held = [] } = (await locks?.query()) ?? {};
  return held.some(({ name, mode }) => name === NAME && mode === 'shared');
}

/** Does `change` while no tab keeps its version, at once; false: one does, and nothing was done. */
export async function changeVersion(change: () => Promise<void>): Promise<boolean> {
  if (!locks) return false;
  return locks.request(NAME, { ifAvailable: true }, async (lock) => {
    if (lock) await change();
    return lock !== null;
  });
}

/** Resolves when no tab keeps its version any more. */
export async function versionFree(): Promise<void> {
  await locks?.request(NAME, () => undefined);
}
