/** Records of many people in one list: merged by their ids, with nothing overwritten. */
import { hash32 } from '../rng.ts';

export interface Merge<T> {
  merged: T[];
  /** New here. */
  added: number;
  /** Already here, with the same content. */
  known: number;
  /** Same id, other content: both are kept, the other one under an id of its own. */
  conflicts: { own: T; other: T }[];
}

/** Adds what others wrote after one's own. Merging the same file again changes nothing. `contentOf`: what makes two the same. */
export function mergeById<T extends { readonly id: string }>(
  own: readonly T[],
  others: readonly T[],
  contentOf: (record: T) => unknown,
): Merge<T> {
  const byId = new Map(own.map((each) => [each.id, each]));
  // One's own stay as they are, also two of the same id.
  const merge: Merge<T> = { merged: [...own], added: 0, known: 0, conflicts: [] };
  const add = (record: T): void => {
    byId.set(record.id, record);
    merge.merged.push(record);
  };
  for (const other of others) {
    const here = byId.get(other.id);
    if (!here) {
      add(other);
      merge.added += 1;
      continue;
    }
    const content = JSON.stringify(contentOf(other));
    // The same content gets the same new id, so that it is recognised the next time.
    const id = `${other.id.slice(0, 90)}~${hash32(content).toString(36)}`;
    if (JSON.stringify(contentOf(here)) === content || byId.has(id)) {
      merge.known += 1;
      continue;
    }
    const renamed = { ...other, id };
    add(renamed);
    merge.conflicts.push({ own: here, other: renamed });
  }
  return merge;
}

/** "3 by mia, 5 by tom": who wrote how many, by name. Empty without any. */
export function creditsOf(records: readonly { readonly by: string }[]): string {
  const authors = new Map<string, number>();
  for (const { by } of records) authors.set(by, (authors.get(by) ?? 0) + 1);
  return [...authors]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([by, count]) => `${count} by ${by}`)
    .join(', ');
}
