/** A JSONL file of records that people wrote: read line by line, damaged lines set aside, changed by one writer at a time. */
import { type ReadLine, formatJsonLines } from '../core/data/json-lines.ts';
import { slices } from '../core/slices.ts';
import { StoredRun } from './runs.ts';

/** A line of the stored file that cannot be read. It stays in the file. */
export interface DamagedLine {
  /** from 1 */
  line: number;
  text: string;
  problem: string;
}

export interface StoredLines<T> {
  list: readonly T[];
  damaged: readonly DamagedLine[];
}

export class LineFile<T extends object> {
  readonly #run: string;
  readonly #name: string;
  readonly #read: (file: string) => Iterable<ReadLine<T>>;
  /** What was read or written last: a file that is still the same is not read line by line again. */
  #last: { file: string; stored: StoredLines<T> } | null = null;

  /** `read`: the lines of the file's text. */
  constructor(run: string, name: string, read: (file: string) => Iterable<ReadLine<T>>) {
    this.#run = run;
    this.#name = name;
    this.#read = read;
  }

  /** Empty where nothing was written yet. Rejects with a StorageError where the file as a whole is damaged. */
  async load(): Promise<StoredLines<T>> {
    const bytes = await new StoredRun(this.#run).read(this.#name);
    const file = new TextDecoder().decode(bytes ?? new Uint8Array());
    if (this.#last?.file === file) return this.#last.stored;
    const list: T[] = [];
    const damaged: DamagedLine[] = [];
    const breathe = slices();
    for (const read of this.#read(file)) {
      await breathe();
      if (read.problem === null) list.push(read.record);
      else damaged.push({ line: read.line, text: read.text, problem: read.problem });
    }
    const stored = { list, damaged };
    this.#last = { file, stored };
    return stored;
  }

  /**
   * Changes what is stored, not what this page thinks is stored: another tab may have written since. Damaged lines are
   * written back as they were, after the others. Rejects with a StorageError, and then nothing was changed.
   */
  change(change: (list: readonly T[]) => readonly T[]): Promise<StoredLines<T>> {
    return alone(`rlhf-playground.${this.#run}/${this.#name}`, async () => {
      const before = await this.load();
      const list = change(before.list);
      const damaged = before.damaged.map((each, i) => ({ ...each, line: list.length + i + 1 }));
      const file = formatJsonLines(list) + damaged.map(({ text }) => `${text}\n`).join('');
      await new StoredRun(this.#run).write(this.#name, new TextEncoder().encode(file));
      const stored = { list, damaged };
      this.#last = { file, stored };
      return stored;
    });
  }
}

let last: Promise<unknown> = Promise.resolve();

/** One change at a time on this page; and among all tabs where the browser has locks (secure origins). */
function alone<R>(lock: string, work: () => Promise<R>): Promise<R> {
  // Absent on insecure origins and in Node, whatever the type says.
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  const next = last.then(() => (locks ? (locks.request(lock, work) as Promise<R>) : work()));
  last = next.catch(() => undefined);
  return next;
}
