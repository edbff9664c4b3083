/** What several people said of a run's answers: out as files, in from those of others, and away again. */
import { formatLabels, formatPairs } from '../core/data/preference-files.ts';
import type { Preference } from '../core/data/preferences.ts';
import type { ImportReport } from '../core/data/refusals.ts';
import { PRESETS } from '../core/presets.ts';
import { readFiles } from './imports.ts';
import type { Labels } from './labels.svelte.ts';
import { preferenceImport } from './preference-import.ts';
import type { Page } from './session.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import { tokenizerOf } from './worlds.ts';

/** 'labels': every record, to be merged; 'pairs': what TRL reads. */
export type FileKind = 'labels' | 'pairs';

interface Removed {
  run: string;
  name: string;
  preferences: readonly Preference[];
}

export class People {
  importing = $state(false);
  readonly #settings: Settings;
  readonly #labels: Labels;
  #removed = $state.raw<readonly Removed[]>([]);

  constructor({ settings, labels }: Page) {
    this.#settings = settings;
    this.#labels = labels;
  }

  /** Whose labels `undo` would bring back, and how many. */
  get removed(): { name: string; count: number } | null {
    const last = this.#removed.findLast(({ run }) => run === this.#settings.runName);
    return last ? { name: last.name, count: last.preferences.length } : null;
  }

  /** Takes away all that somebody said. */
  async remove(name: string): Promise<void> {
    const run = this.#settings.runName;
    const preferences = await this.#labels.remove(name);
    if (preferences && preferences.length > 0) this.#removed = [...this.#removed, { run, name, preferences }];
  }

  /** Brings back what was taken away last of this run. */
  async undo(): Promise<void> {
    const last = this.#removed.findLast(({ run }) => run === this.#settings.runName);
    if (last && (await this.#labels.merge(last.preferences)))
      this.#removed = this.#removed.filter((each) => each !== last);
  }

  /** Merges files of other people into what is here; null where the browser did not store the result. */
  async import(files: readonly File[]): Promise<ImportReport<Preference> | null> {
    if (this.importing) return null;
    this.importing = true;
    const { preset, runName: run } = this.#settings;
    try {
      const kind = preferenceImport(tokenizerOf(preset), PRESETS[preset].max_new_tokens);
      const { records, refused } = await readFiles(files, kind, this.#labels.list);
      // What was read for one run is no label of another.
      if (run !== this.#settings.runName) return null;
      const merge = await this.#labels.merge(records);
      return merge && { ...merge, refused };
    } finally {
      this.importing = false;
    }
  }

  /** The text of a file with everybody's labels, and a name for it: what, of which run, from whom, when. */
  export(kind: FileKind): { name: string; text: string } {
    const { list } = this.#labels;
    const author = this.#labels.me.replaceAll(/[^\p{L}\p{N}]+/gu, '-');
    const day = new Date().toISOString().slice(0, 10);
    const text = kind === 'labels' ? formatLabels(list) : formatPairs(list);
    return { name: `${kind}-${this.#settings.runName}-${author}-${day}.jsonl`, text };
  }
}
