/** A JSONL file of records that people wrote: read line by line, damaged lines set aside, changed by one writer at a time. */
import { type ReadLine, formatJsonLines } from '../core/data/json-lines.ts';
import { slices } from '../core/slices.ts';
import { StorageFullError } from '../core/storage-errors.ts';
import { aloneWithLines } from './line-lock.ts';
import { StoredRun } from './runs.ts';
import { tell } from './trouble.ts';
import { storeOrKeep } from './unsaved.ts';

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

/** What a decoder makes of bytes that are no text. */
const NO_TEXT = '\uFFFD';

type Change<T> = (list: readonly T[]) => readonly T[];

/** A run's file: its text, and the lines in it. */
interface ReadFile<T> {
  run: string;
  file: string;
  stored: StoredLines<T>;
}

/** What the page knows of the files of one name, for all objects that stand for one of them. */
class Known<T> {
  /** What was read or written last: a file that is still the same is not read line by line again. */
  newest: ReadFile<T> | null = null;
  /** By run: changes for which there was no room yet. */
  readonly unsaved = new Map<string, readonly Change<T>[]>();
}

/** The files of one name, one a run. */
export class LineFiles<T extends object> {
  readonly #name: string;
  readonly #read: (file: string) => Iterable<ReadLine<T>>;
  readonly #known = new Known<T>();

  /** `read`: the lines of a file's text. */
  constructor(name: string, read: (file: string) => Iterable<ReadLine<T>>) {
    this.#name = name;
    this.#read = read;
  }

  /** `run`: "small-0". */
  of(run: string): LineFile<T> {
    return new LineFile(run, this.#name, this.#read, this.#known);
  }
}

export class LineFile<T extends object> {
  readonly #run: string;
  readonly #name: string;
  readonly #read: (file: string) => Iterable<ReadLine<T>>;
  readonly #known: Known<T>;

  /** `read`: the lines of the file's text. */
  constructor(run: string, name: string, read: (file: string) => Iterable<ReadLine<T>>, known = new Known<T>()) {
    this.#run = run;
    this.#name = name;
    this.#read = read;
    this.#known = known;
  }

  get #unsaved(): readonly Change<T>[] {
    return this.#known.unsaved.get(this.#run) ?? [];
  }

  set #unsaved(changes: readonly Change<T>[]) {
    if (changes.length > 0) this.#known.unsaved.set(this.#run, changes);
    else this.#known.unsaved.delete(this.#run);
  }

  /** With what could not be stored yet. Empty where nothing was written. Rejects with a StorageError. */
  async load(): Promise<StoredLines<T>> {
    return changed((await this.#load()).stored, this.#unsaved);
  }

  async #load(): Promise<ReadFile<T>> {
    const bytes = await new StoredRun(this.#run).readSound(this.#name);
    const file = new TextDecoder().decode(bytes ?? new Uint8Array());
    const { newest } = this.#known;
    if (newest?.run === this.#run && newest.file === file) return newest;
    const list: T[] = [];
    const damaged: DamagedLine[] = [];
    const breathe = slices();
    for (const read of this.#read(file)) {
      await breathe();
      if (read.problem === null) list.push(read.record);
      else damaged.push({ line: read.line, text: read.text, problem: read.problem });
    }
    return this.#remember(file, { list, damaged });
  }

  #remember(file: string, stored: StoredLines<T>): ReadFile<T> {
    return (this.#known.newest = { run: this.#run, file, stored });
  }

  /**
   * Changes what is stored, not what this page thinks is stored: another tab may have written since. Damaged lines are
   * written back as they were, after the others. Rejects with a StorageError, and then nothing was changed. Without room
   * it does not reject: that is told (trouble.ts), and the change is kept in memory and stored later (unsaved.ts).
   */
  async change(change: Change<T>): Promise<StoredLines<T>> {
    try {
      return await this.#store(change);
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
      tell(error);
      return this.load();
    }
  }

  /** Stores a change, after those that had no room; where it has none either, it joins them. */
  #store(change: Change<T>): Promise<StoredLines<T>> {
    return this.#alone(async () => {
      this.#unsaved = [...this.#unsaved, change];
      try {
        const retry = (): Promise<unknown> => this.#alone(() => this.#write());
        return await storeOrKeep(`${this.#run}/${this.#name}`, () => this.#write(), retry);
      } catch (error) {
        if (!(error instanceof StorageFullError)) this.#unsaved = this.#unsaved.filter((each) => each !== change);
        throw error;
      }
    });
  }

  #alone<R>(work: () => Promise<R>): Promise<R> {
    return aloneWithLines([[this.#run, this.#name]], work);
  }

  async #write(): Promise<StoredLines<T>> {
    const changes = this.#unsaved;
    const { file, stored } = await this.#after(changes);
    await new StoredRun(this.#run).write(this.#name, new TextEncoder().encode(file));
    this.#unsaved = this.#unsaved.filter((each) => !changes.includes(each));
    return this.#remember(file, stored).stored;
  }

  /**
   * The file's bytes after a change, for whoever stores them in one with other files, and is alone with its lines until
   * then (line-lock.ts). Rejects with a StorageError.
   */
  async after(change: Change<T>): Promise<Uint8Array> {
    return new TextEncoder().encode((await this.#after([change])).file);
  }

  async #after(changes: readonly Change<T>[]): Promise<Pick<ReadFile<T>, 'file' | 'stored'>> {
    const before = await this.#load();
    if (before.file.includes(NO_TEXT)) await this.#keepWhatIsNoText();
    const stored = changed(before.stored, changes);
    const { list, damaged } = stored;
    return { file: formatJsonLines(list) + damaged.map(({ text }) => `${text}\n`).join(''), stored };
  }

  /** Bytes that are no text cannot be written back as they were: a copy of the file is set aside first. */
  async #keepWhatIsNoText(): Promise<void> {
    const run = new StoredRun(this.#run);
    const bytes = await run.readSound(this.#name);
    if (bytes && !isText(bytes)) await run.setAside(this.#name, 'some of its bytes are no text in UTF-8', bytes);
  }
}

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function changed<T>(stored: StoredLines<T>, changes: readonly Change<T>[]): StoredLines<T> {
  if (changes.length === 0) return stored;
  const { list, damaged } = stored;
  const after = changes.reduce((each, change) => change(each), list);
  return { list: after, damaged: damaged.map((each, i) => ({ ...each, line: after.length + i + 1 })) };
}
