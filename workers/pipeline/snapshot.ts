/**
 * Autosaves: where a stage that was cut off goes on from.
 *
 * The rule: of the stage that is under way the newest two are kept, in two files that are written in turn, so that one
 * that is damaged or half written costs no more than the time between two. A stage that is trained to its end keeps none;
 * one that is begun anew replaces those of the time before as it writes its own. So there are never more than two a stage.
 */
import { type Origin as MadeFrom, isLabelled, isSameOrigin } from '../../src/core/fingerprints.ts';
import type { ComputedOn } from '../../src/core/protocol.ts';
import { hash32 } from '../../src/core/rng.ts';
import { SafetensorsError } from '../../src/core/safetensors.ts';
import { DamagedFileError, StorageFullError } from '../../src/core/storage-errors.ts';
import type { StageName } from '../../src/core/reports.ts';
import { errorOf } from '../../src/core/thrown.ts';
import { decodeSnapshot, encodeSnapshot } from './checkpoint.ts';
import type { Costs, Resume, StageStep } from './stage.ts';
import { type RunStore, type StoredFile, setAside, snapshotFiles } from './store.ts';

/** What a stage is made from. */
export interface Origin extends MadeFrom {
  /** Hashes of the checkpoints that it stands on; missing in older files, when none was ever replaced. */
  parents?: readonly string[];
}

/** What a snapshot keeps beside the stage's own state. */
export interface Kept extends Origin {
  /** Seconds of computing so far. */
  seconds: number;
  /** The last step: what is reported if it was the very last. */
  last: { step: number; costs: Costs; metrics: Record<string, number> };
  /** Missing in older files. */
  device?: ComputedOn;
}

export interface FoundSnapshot {
  /** Of how many steps. */
  steps: number;
  resume: Resume;
  kept: Kept;
}

/** A stored file that could not be used, and why. */
export interface DamagedSnapshot {
  file: string;
  message: string;
}

export class Autosaves {
  /** Step of the newest snapshot that is stored; null: none is. */
  stored: number | null = null;
  readonly #store: RunStore;
  readonly #stage: StageName;
  /** Which of the two files is written next. */
  #next = 0;
  /** The write under way. */
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  /** What was to be stored in one with snapshots, and is not yet. */
  readonly #beside = new Map<string, Uint8Array>();

  constructor(store: RunStore, stage: StageName) {
    this.#store = store;
    this.#stage = stage;
  }

  /**
   * The newest snapshot that is whole and made from `origin`, and those that are damaged, which are set aside. One of
   * another origin stays where it is until the stage, begun anew, writes its own. Rejects, with nothing changed, where a
   * file could not be read and none of the two can be used.
   */
  async read(origin: Origin): Promise<{ found: FoundSnapshot | null; damaged: DamagedSnapshot[] }> {
    let found: FoundSnapshot | null = null;
    const damaged: DamagedSnapshot[] = [];
    let unread: Error | null = null;
    for (const [i, file] of snapshotFiles(this.#stage).entries()) {
      let bytes: Uint8Array | null = null;
      try {
        bytes = await this.#store.read(file);
        const snapshot = bytes && decode(bytes, file, this.#stage);
        if (!snapshot || !isSame(this.#stage, snapshot.kept, origin)) continue;
        if (found && found.kept.last.step > snapshot.kept.last.step) continue;
        found = snapshot;
        this.#next = 1 - i;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // The store has set it aside and told of it.
        if (error instanceof DamagedFileError) continue;
        const { message } = error;
        if (bytes === null) unread = error;
        else if (!(error instanceof SafetensorsError)) throw error;
        if (bytes !== null && (await setAside(this.#store, file, message, bytes))) continue;
        damaged.push({ file, message });
      }
    }
    if (!found && unread) throw unread;
    this.stored = found && found.kept.last.step;
    return { found, damaged };
  }

  /**
   * Reads the stage's state back and begins to write it, with `beside` in one; resolves as soon as the stage may go on.
   * Waits for the write before, and rejects with what went wrong in it, unless that had no room: this one stands for it.
   */
  async save({ step, steps, snapshot }: StageStep, run: Kept, beside: readonly StoredFile[]): Promise<void> {
    for (const [key, contents] of beside) this.#beside.set(key, contents);
    await this.superseded();
    const { tensors, state } = await snapshot();
    const bytes = encodeSnapshot({ stage: this.#stage, step, steps, tensors, state: { stage: state, run } });
    const file = snapshotFiles(this.#stage)[this.#next] as string;
    const unwritten = this.unwritten;
    this.#writing = this.#store.writeAll([...unwritten, [file, bytes]]).then(
      () => {
        this.stored = step;
        this.#next = 1 - this.#next;
        // What has come since is newer.
        for (const [key, contents] of unwritten) if (this.#beside.get(key) === contents) this.#beside.delete(key);
      },
      (error: unknown) => void (this.#failure = errorOf(error)),
    );
  }

  /** There was no room for the last write. */
  get full(): boolean {
    return this.#failure instanceof StorageFullError;
  }

  /** What was to be stored in one with snapshots, and is not yet. */
  get unwritten(): StoredFile[] {
    return [...this.#beside];
  }

  /** As `settled`; but something newer is about to be stored, so that want of room does not matter. */
  async superseded(): Promise<void> {
    await this.#writing;
    this.check();
    this.#failure = null;
  }

  /** Resolves when nothing is being written, to the want of room where there was none for the last write; rejects as `check`. */
  async landed(): Promise<StorageFullError | null> {
    await this.#writing;
    this.check();
    return this.#failure instanceof StorageFullError ? this.#failure : null;
  }

  /** Throws what went wrong in the last write, once; want of room is no reason to end. */
  check(): void {
    if (!this.full) this.#throwFailure();
  }

  /** Resolves when nothing is being written; rejects with what went wrong in the last write, once. */
  async settled(): Promise<void> {
    await this.#writing;
    this.#throwFailure();
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure;
  }

  /** The stage is done, and was cut off before its snapshots were removed. Those of other settings stay. */
  async removeLeft(origin: MadeFrom): Promise<void> {
    const keys = await this.#store.keys();
    for (const file of snapshotFiles(this.#stage).filter((each) => keys.includes(each))) {
      // What cannot be read is for whoever goes on from it.
      const bytes = await this.#store.read(file).catch(() => null);
      const snapshot = bytes && decodeOrNull(bytes, file, this.#stage);
      if (snapshot && isSameOrigin(this.#stage, snapshot.kept, origin)) await this.#store.remove(file);
    }
  }

  /** The stage is done. */
  async remove(): Promise<void> {
    await this.#writing;
    for (const file of snapshotFiles(this.#stage)) await this.#store.remove(file);
  }
}

/** The whole snapshots of a stage, newest first, whatever they were made from. */
export async function snapshotsOf(store: RunStore, stage: StageName): Promise<FoundSnapshot[]> {
  const found: FoundSnapshot[] = [];
  for (const file of snapshotFiles(stage)) {
    // Whoever goes on with the stage says what is wrong with one that cannot be read.
    const bytes = await store.read(file).catch(() => null);
    const snapshot = bytes && decodeOrNull(bytes, file, stage);
    if (snapshot) found.push(snapshot);
  }
  return found.sort((a, b) => b.kept.last.step - a.kept.last.step);
}

function decodeOrNull(bytes: Uint8Array, file: string, stage: StageName): FoundSnapshot | null {
  try {
    return decode(bytes, file, stage);
  } catch {
    return null;
  }
}

function decode(bytes: Uint8Array, file: string, stage: StageName): FoundSnapshot {
  const { steps, tensors, state } = decodeSnapshot(bytes, file, stage);
  const { stage: inner, run } = state as { stage: unknown; run: Kept };
  return { steps, resume: { tensors, state: inner }, kept: run };
}

function isSame(stage: StageName, then: Origin, now: Origin): boolean {
  return isSameOrigin(stage, then, now) && (then.parents === undefined || then.parents.join() === now.parents?.join());
}

/** The same number for the same origin, as far as it matters to the stage. */
export const originHash = (stage: StageName, { settings, labels, parents }: Origin): number =>
  hash32(JSON.stringify([settings, isLabelled(stage) ? labels : null, parents]));
