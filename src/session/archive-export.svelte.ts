/** What is stored as one zip: all of it, or what the person chooses. */
import type { FileKind, Packed } from '../core/archive-protocol.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import { messageOf } from '../core/thrown.ts';
import { kindOf } from '../storage/archive/kinds.ts';
import { MOST_BYTES, MOST_FILES } from '../storage/archive/limits.ts';
import { type FileRecord, listFiles } from '../storage/index.ts';
import { keptSettings } from './archive-settings.ts';
import { ArchiveWork, Cancelled } from './archive-work.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import type { Page } from './session.svelte.ts';

type Sums = Readonly<Record<string, { files: number; bytes: number }>>;

function sumsBy(files: readonly FileRecord[], of: (file: FileRecord) => string): Sums {
  const sums: Record<string, { files: number; bytes: number }> = {};
  for (const file of files) {
    const sum = (sums[of(file)] ??= { files: 0, bytes: 0 });
    sum.files += 1;
    sum.bytes += file.bytes;
  }
  return sums;
}

export class ArchiveExport {
  readonly work: ArchiveWork;
  shown = $state(false);
  state = $state<'choosing' | 'packing' | 'done' | 'failed'>('choosing');
  /** A checkpoint and its ancestors, where only these are wanted. */
  family = $state.raw<readonly CheckpointInfo[] | null>(null);
  /** Left out, by kind and by run. */
  withoutKinds = $state.raw<readonly FileKind[]>([]);
  withoutRuns = $state.raw<readonly string[]>([]);
  withSettings = $state(true);
  packed = $state.raw<Packed | null>(null);
  /** English, for those who look closer. */
  failure = $state('');
  #files = $state.raw<readonly FileRecord[]>([]);
  readonly #failures: Failures;

  readonly selected = $derived(this.#selection());
  readonly bytes = $derived(this.selected.reduce((sum, { bytes }) => sum + bytes, 0));

  constructor({ failures }: Page) {
    this.#failures = failures;
    this.work = new ArchiveWork(failures);
  }

  /** Shows what can be saved: all there is, or a checkpoint with its ancestors. */
  async open(family: readonly CheckpointInfo[] | null = null): Promise<void> {
    try {
      this.#files = (await listFiles()).files;
    } catch (error) {
      this.#failures.caught(error, 'storage');
      return;
    }
    this.family = family;
    this.withoutKinds = [];
    this.withoutRuns = [];
    this.packed = null;
    this.state = 'choosing';
    this.shown = true;
  }

  /** By kind, of the runs that are chosen; and by run, of the kinds that are chosen. */
  get kinds(): Sums {
    return sumsBy(
      this.#files.filter(({ run }) => !this.withoutRuns.includes(run)),
      kindOf,
    );
  }

  get runs(): Sums {
    const kept = this.#files.filter((file) => !this.withoutKinds.includes(kindOf(file)));
    const none = Object.fromEntries(this.#files.map(({ run }) => [run, { files: 0, bytes: 0 }]));
    return { ...none, ...sumsBy(kept, ({ run }) => run) };
  }

  get tooMuch(): boolean {
    return this.bytes > MOST_BYTES || this.selected.length > MOST_FILES;
  }

  /** The zip; null where it did not come about, which then is shown. */
  async save(): Promise<Blob | null> {
    this.state = 'packing';
    const keys = this.selected.map(({ run, name }) => [run, name] as const);
    const settings = this.family === null && this.withSettings ? keptSettings() : {};
    try {
      this.packed = await this.work.ask((api, hear) => api.pack({ keys, settings }, hear));
      this.state = 'done';
      return this.packed.zip;
    } catch (error) {
      this.state = error instanceof Cancelled ? 'choosing' : 'failed';
      this.failure = messageOf(error);
      return null;
    } finally {
      this.work.end();
    }
  }

  #selection(): readonly FileRecord[] {
    const { family } = this;
    if (family) {
      const keys = new Set(family.map(({ key }) => key));
      return this.#files.filter(({ run, name }) => keys.has(`${run}/${name}`));
    }
    return this.#files.filter(
      (file) => !this.withoutRuns.includes(file.run) && !this.withoutKinds.includes(kindOf(file)),
    );
  }
}
