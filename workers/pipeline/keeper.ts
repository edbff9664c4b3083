/**
 * Autosaves out of turn. A run that waits between two steps cannot store anything by itself; whoever makes it wait, or
 * knows that the page may soon be gone, asks here.
 */
import type { PipelineEvent } from '../../src/core/protocol.ts';
import type { StorageFullError } from '../../src/core/storage-errors.ts';
import { DeviceLostError } from '../engine/errors.ts';
import { storageFull } from './patience.ts';

/** Stores what no autosave has yet; null once that is on the disk, or why there was no room for it. */
type Save = () => Promise<StorageFullError | null>;

export class Keeper {
  #save: Save | null = null;

  /** How the stage under way is stored; null: none is under way. */
  serve(save: Save | null): void {
    this.#save = save;
  }

  /**
   * Stores all that was computed so far, while the run waits: never while it is pulled. Resolves when it is on the disk, to
   * null, or to what is to be told where there was no room: the run tries again by itself after its next step.
   */
  async keep(): Promise<PipelineEvent | null> {
    try {
      const full = await this.#save?.();
      return full ? storageFull(full) : null;
    } catch (error) {
      // The next step finds it out, too, and goes on from the last autosave on another device.
      if (error instanceof DeviceLostError) return null;
      throw error;
    }
  }
}
