/** Files that people write line by line are read, changed and written back: by one at a time, on all tabs. */
import { lockManager } from '../core/locks.ts';
import type { FileKey } from './database.ts';

/** What stands in for locks where the browser has none (origins that are not secure): one at a time on this page. */
let last: Promise<unknown> = Promise.resolve();

/** While nobody else changes the lines of these files. Whoever holds some of them does not ask for more. */
export function aloneWithLines<R>(keys: readonly FileKey[], work: () => Promise<R>): Promise<R> {
  const locks = lockManager();
  if (!locks) {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  }
  // In one order, so that no two wait for each other.
  const names = [...new Set(keys.map(([run, name]) => `rlhf-playground.${run}/${name}`))].sort();
  return names.reduceRight((inner, name) => () => locks.request(name, inner), work)();
}
