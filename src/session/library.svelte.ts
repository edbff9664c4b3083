/** What a person does with checkpoints: names them, writes notes, deletes, brings back, exports and imports. */
import { MOST_CHECKPOINT_BYTES } from '../core/checkpoint-card.ts';
import type { CheckpointInfo, DamagedInfo } from '../core/protocol.ts';
import { messageOf } from '../core/thrown.ts';
import { readDamaged, removeDamaged } from '../storage/damaged.ts';
import { amendFile, removeDeleted } from '../storage/records.ts';
import { askToKeep } from '../storage/persist.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import type { Page } from './session.svelte.ts';
import type { StorageMeter } from './storage-meter.svelte.ts';
import type { Trainer } from './worker.ts';

export const MOST_TITLE = 80;
export const MOST_NOTE = 2000;

/** What just happened, as the interface says it. */
export type LibraryNews =
  | { kind: 'deleted' | 'restored' | 'imported' | 'known'; checkpoint: CheckpointInfo }
  | { kind: 'emptied'; count: number }
  /** `message`: English, names file, tensor and reason. */
  | { kind: 'refused'; file: string; message: string }
  | { kind: 'too large' | 'no safetensors'; file: string };

export class Library {
  readonly storage: StorageMeter;
  news = $state.raw<LibraryNews | null>(null);
  /** Name of the file that is read. */
  importing = $state<string | null>(null);
  readonly #trainer: Trainer;
  readonly #checkpoints: Checkpoints;
  readonly #failures: Failures;

  constructor({
    trainer,
    checkpoints,
    failures,
    storage,
  }: Pick<Page, 'trainer' | 'checkpoints' | 'failures' | 'storage'>) {
    this.#trainer = trainer;
    this.#checkpoints = checkpoints;
    this.#failures = failures;
    this.storage = storage;
  }

  /** An empty title gives the usual name back. */
  async rename(checkpoint: CheckpointInfo, title: string): Promise<void> {
    await this.#amend(checkpoint, { title: title.trim().slice(0, MOST_TITLE) || undefined });
  }

  async annotate(checkpoint: CheckpointInfo, note: string): Promise<void> {
    await this.#amend(checkpoint, { note: note.trim().slice(0, MOST_NOTE) || undefined });
  }

  /** Until the deleted ones are emptied it can be brought back. */
  async delete(checkpoint: CheckpointInfo): Promise<void> {
    if (await this.#amend(checkpoint, { deleted: Date.now() })) this.news = { kind: 'deleted', checkpoint };
  }

  async restore(checkpoint: CheckpointInfo): Promise<void> {
    if (await this.#amend(checkpoint, { deleted: undefined })) this.news = { kind: 'restored', checkpoint };
  }

  /** Removes for good what was deleted. */
  async emptyDeleted(): Promise<void> {
    const { deleted } = this.#checkpoints;
    const done = await this.#try(() => removeDeleted(deleted.map(keyOf)));
    await this.#checkpoints.load();
    if (done) this.news = { kind: 'emptied', count: deleted.length };
  }

  /** The checkpoint's file; null where it could not be read, which then has been said. */
  async export({ key }: CheckpointInfo): Promise<Blob | null> {
    let file: Blob | null = null;
    await this.#try(async () => {
      file = await this.#trainer.exportCheckpoint(key);
    });
    return file;
  }

  /** A file that was set aside, as it is; null where it could not be read, which then has been said. */
  async exportDamaged({ run, aside }: DamagedInfo): Promise<Blob | null> {
    let file: Blob | null = null;
    await this.#try(async () => {
      const bytes = aside && (await readDamaged([run, aside.name]));
      file = bytes && new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' });
    });
    return file;
  }

  /** Removes a file that was set aside for good. */
  async removeDamaged({ run, aside }: DamagedInfo): Promise<void> {
    await this.#try(async () => {
      if (aside) await removeDamaged([[run, aside.name]]);
    });
    await this.#checkpoints.load();
  }

  /** Takes in a file from outside; resolves to the key of the checkpoint in it, or null where it is none. */
  async import(file: File): Promise<string | null> {
    const { name } = file;
    if (!name.toLowerCase().endsWith('.safetensors')) {
      this.news = { kind: 'no safetensors', file: name };
      return null;
    }
    if (file.size > MOST_CHECKPOINT_BYTES) {
      this.news = { kind: 'too large', file: name };
      return null;
    }
    this.importing = name;
    askToKeep();
    try {
      const { key, known } = await this.#trainer.importCheckpoint(name, file);
      await this.#checkpoints.load();
      const checkpoint = this.#checkpoints.list.find((each) => each.key === key);
      if (checkpoint) this.news = { kind: known ? 'known' : 'imported', checkpoint };
      return key;
    } catch (error) {
      this.news = { kind: 'refused', file: name, message: messageOf(error) };
      return null;
    } finally {
      this.importing = null;
    }
  }

  async #amend(checkpoint: CheckpointInfo, amendment: Parameters<typeof amendFile>[1]): Promise<boolean> {
    const done = await this.#try(() => amendFile(keyOf(checkpoint), amendment));
    await this.#checkpoints.load();
    return done;
  }

  /** Whether it went well; what went wrong is shown. */
  async #try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#failures.caught(error, 'storage');
      return false;
    }
  }
}

/** "small-0/sft.safetensors" → run and name. */
function keyOf({ key }: CheckpointInfo): [run: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
