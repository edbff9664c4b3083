/** Files that other people wrote: read line by line, in slices, so that the page stays quick. */
import type { ReadLine } from '../core/data/json-lines.ts';
import { MOST_BYTES, type Reason, type Refusal } from '../core/data/refusals.ts';
import { slices } from '../core/slices.ts';

/** What a kind of record asks of its files. */
export interface Kind<T extends { readonly id: string }> {
  /** There is room for so many. */
  most: number;
  /** The lines of a file's text. */
  read: (text: string, file: string) => Iterable<ReadLine<T>>;
  /** A record as it is stored, or why it is not taken. */
  accept: (record: T) => { record: T; reason: null } | { record: null; reason: Reason };
}

/** What files hold, and what was refused of them. `here`: what there is already. Never rejects. */
export async function readFiles<T extends { readonly id: string }>(
  files: readonly File[],
  { most, read, accept }: Kind<T>,
  here: readonly T[],
): Promise<{ records: T[]; refused: Refusal[] }> {
  const ids = new Set(here.map(({ id }) => id));
  const records: T[] = [];
  const refused: Refusal[] = [];
  const breathe = slices();
  for (const file of files) {
    const refuse = (line: number | null, reason: Reason): void => {
      refused.push({ file: file.name, line, ...reason });
    };
    if (file.size > MOST_BYTES) {
      refuse(null, { kind: 'size', bytes: file.size });
      continue;
    }
    let text: string;
    try {
      text = await file.text();
    } catch (error) {
      refuse(null, { kind: 'unreadable', message: String(error) });
      continue;
    }
    if (text.trim() === '') refuse(null, { kind: 'nothing' });
    const before = refused.length;
    let understood = false;
    for (const line of read(text, file.name)) {
      await breathe();
      if (line.problem !== null) {
        refuse(line.line, { kind: 'line', message: line.problem });
        continue;
      }
      understood = true;
      if (!ids.has(line.record.id) && ids.size >= most) {
        refuse(line.line, { kind: 'full', most });
        break;
      }
      const { record, reason } = accept(line.record);
      if (reason) {
        refuse(line.line, reason);
        continue;
      }
      ids.add(record.id);
      records.push(record);
    }
    // What looks like lines in a picture or a zip is not worth a word each.
    if (!understood && text.includes('\0')) {
      refused.splice(before);
      refuse(null, { kind: 'binary' });
    }
  }
  return { records, refused };
}
