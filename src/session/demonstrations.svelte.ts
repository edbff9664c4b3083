/** The demonstrations that people wrote for the world of the current preset, and what instruction tuning gets of them. */
import * as v from 'valibot';
import {
  type Demonstration,
  demonstrationsHash,
  faultsOf,
  inWorldForm,
  mergeDemonstrations,
} from '../core/data/demonstrations.ts';
import { formatJsonLines, newId } from '../core/data/json-lines.ts';
import type { ImportReport } from '../core/data/refusals.ts';
import { PRESETS } from '../core/presets.ts';
import type { WorldSize } from '../core/world/index.ts';
import { type DamagedLine, type StoredLines, demonstrationFiles } from '../storage/index.ts';
import type { Author } from './author.svelte.ts';
import { demonstrationImport } from './demonstration-import.ts';
import { Draft, type Written } from './draft.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import { readFiles } from './imports.ts';
import { remember, remembered } from './memory.ts';
import type { Settings } from './settings.svelte.ts';
import { tokenizerOf } from './worlds.ts';

const STORED_USE = 'rlhf-playground.demonstrations';

const NOTHING: StoredLines<Demonstration> = { list: [], damaged: [] };

export class Demonstrations {
  /** Settles when what is stored has been read, or could not be. */
  readonly ready: Promise<void>;
  readonly draft = new Draft();
  /** Whose name new demonstrations bear. */
  readonly author: Author;
  importing = $state(false);
  readonly #settings: Settings;
  readonly #failures: Failures;
  #stored = $state.raw<Record<WorldSize, StoredLines<Demonstration>>>({ micro: NOTHING, town: NOTHING });
  #removed = $state.raw<readonly Demonstration[]>([]);
  #use = $state(remembered(STORED_USE, v.picklist(['on', 'off'])) !== 'off');
  readonly #hash = $derived(demonstrationsHash(this.used));

  constructor(author: Author, settings: Settings, failures: Failures) {
    this.author = author;
    this.#settings = settings;
    this.#failures = failures;
    this.ready = this.load();
  }

  /** Reads what is stored, also again: an archive may have brought more. Never rejects. */
  async load(): Promise<void> {
    await Promise.all((['micro', 'town'] as const).map((world) => this.#load(world)));
  }

  get world(): WorldSize {
    return PRESETS[this.#settings.preset].world;
  }

  /** Oldest first. */
  get list(): readonly Demonstration[] {
    return this.#stored[this.world].list;
  }

  /** Lines of the stored file that cannot be read; they stay in it. */
  get damaged(): readonly DamagedLine[] {
    return this.#stored[this.world].damaged;
  }

  /** What instruction tuning gets; in the order of the texts, so that whoever has the same ones trains the same model. */
  get used(): readonly Demonstration[] {
    if (!this.#use) return [];
    const key = ({ prompt, response }: Demonstration): string => `${prompt}\n${response}`;
    return this.list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  /** Of what instruction tuning gets; 0: nothing. */
  get hash(): number {
    return this.#hash;
  }

  get use(): boolean {
    return this.#use;
  }

  set use(use: boolean) {
    this.#use = use;
    remember(STORED_USE, use ? 'on' : 'off');
  }

  /** The one that `undo` would bring back. */
  get removed(): Demonstration | null {
    return this.#removed.findLast(({ world }) => world === this.world) ?? null;
  }

  /** Whether something written can be trained on, and bears a name. */
  #accepts({ prompt, response }: Written): boolean {
    const tokenizer = tokenizerOf(this.#settings.preset);
    const faults = [...faultsOf(tokenizer, 'prompt', prompt), ...faultsOf(tokenizer, 'response', response)];
    return this.author.fits && faults.length === 0;
  }

  /** Stores something written as new; false where it was not accepted, or the browser did not store it. */
  async add(written: Written): Promise<boolean> {
    if (!this.#accepts(written)) return false;
    const record = this.#record(written, newId());
    return this.#change(this.world, (list) => [...list, record]);
  }

  /** Stores something written in place of the demonstration `id`, under the present name and time; else as `add`. */
  async update(id: string, written: Written): Promise<boolean> {
    if (!this.#accepts(written)) return false;
    const record = this.#record(written, id);
    return this.#change(this.world, (list) =>
      list.some((each) => each.id === id) ? list.map((each) => (each.id === id ? record : each)) : [...list, record],
    );
  }

  async remove(demonstration: Demonstration): Promise<void> {
    const { id, world } = demonstration;
    const done = await this.#change(world, (list) => list.filter((each) => each.id !== id));
    if (done) this.#removed = [...this.#removed, demonstration];
  }

  /** Brings back what was removed last in this world. */
  async undo(): Promise<void> {
    const { removed } = this;
    if (!removed) return;
    const done = await this.#change(removed.world, (list) => mergeDemonstrations(list, [removed]).merged);
    if (done) this.#removed = this.#removed.filter((each) => each !== removed);
  }

  /** Merges files of other people into one's own; null where the browser did not store the result. */
  async import(files: readonly File[]): Promise<ImportReport<Demonstration> | null> {
    if (this.importing) return null;
    this.importing = true;
    const { world } = this;
    try {
      const kind = demonstrationImport(world, tokenizerOf(this.#settings.preset));
      const { records, refused } = await readFiles(files, kind, this.list);
      let merge = mergeDemonstrations(this.list, records);
      const done = await this.#change(world, (list) => (merge = mergeDemonstrations(list, records)).merged);
      return done ? { ...merge, refused } : null;
    } finally {
      this.importing = false;
    }
  }

  /** All of them as JSONL. */
  export(): string {
    return formatJsonLines(this.list);
  }

  #record({ task, prompt, response }: Written, id: string): Demonstration {
    const tokenizer = tokenizerOf(this.#settings.preset);
    return {
      version: 1,
      id,
      world: this.world,
      task,
      prompt: inWorldForm(tokenizer, prompt),
      response: inWorldForm(tokenizer, response),
      by: this.author.name.trim(),
      at: new Date().toISOString(),
    };
  }

  async #load(world: WorldSize): Promise<void> {
    await this.#try(world, () => demonstrationFiles[world].load());
  }

  #change(world: WorldSize, change: (list: readonly Demonstration[]) => readonly Demonstration[]): Promise<boolean> {
    return this.#try(world, () => demonstrationFiles[world].change(change));
  }

  async #try(world: WorldSize, work: () => Promise<StoredLines<Demonstration>>): Promise<boolean> {
    try {
      const stored = await work();
      // Only now: the other world's may have come meanwhile.
      this.#stored = { ...this.#stored, [world]: stored };
      return true;
    } catch (error) {
      this.#failures.caught(error, 'storage');
      return false;
    }
  }
}
