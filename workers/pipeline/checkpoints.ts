/** The checkpoints a run stands on: its own, or the shipped one in place of a stage that was not run. */
import { hashBytes } from '../../src/core/hash.ts';
import type { StageName } from '../../src/core/reports.ts';
import type { Gpt2Config } from '../model/gpt2.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { type RunRecord, isCopied, isDone } from './record.ts';
import { type RunStore, type StoredFile, readAs, soundOrNull } from './store.ts';

/** Stages that end in a model. */
export type ModelStage = Exclude<StageName, 'judge'>;
export type Parents = Readonly<Partial<Record<ModelStage, Checkpoint>>>;

/** The stages whose models a stage stands on. */
export const PARENTS: Readonly<Record<StageName, readonly ModelStage[]>> = {
  base: [],
  sft: ['base'],
  reward: ['sft'],
  ppo: ['sft', 'reward'],
  judge: ['base', 'sft', 'ppo'],
};

export const checkpointKey = (stage: ModelStage): string => `${stage}.safetensors`;
/** What a run that trained the stage anew keeps of the time before. */
const replacedKey = (stage: ModelStage, hash: string): string => `${stage}~${hash.slice(0, 8)}.safetensors`;
export const shippedName = (preset: string, stage: ModelStage): string => `${preset}.${stage}.safetensors`;

export class Checkpoints {
  readonly #store: RunStore;
  readonly #loadShipped: (name: string) => Promise<Uint8Array>;
  readonly #preset: string;
  readonly #config: Gpt2Config;

  constructor(store: RunStore, loadShipped: (name: string) => Promise<Uint8Array>, preset: string, config: Gpt2Config) {
    this.#store = store;
    this.#loadShipped = loadShipped;
    this.#preset = preset;
    this.#config = config;
  }

  /** This run's own checkpoint, or null. */
  async own(stage: ModelStage): Promise<Checkpoint | null> {
    const key = checkpointKey(stage);
    const checkpoint = await readAs(this.#store, key, (bytes) => decodeCheckpoint(bytes, key));
    return checkpoint && this.#fitting(checkpoint, key);
  }

  /** Throws when there is no such shipped checkpoint, or when it was made for another model. */
  async shipped(stage: ModelStage): Promise<Checkpoint> {
    const name = shippedName(this.#preset, stage);
    return this.#fitting(decodeCheckpoint(await this.#loadShipped(name), name), name);
  }

  /**
   * What a later stage stands on. Only a stage that is done has a checkpoint of its own: a file of a stage that is to be
   * run anew is of the time before. A shipped one stands in for a stage that was not run, never for other weights. Throws
   * when there is none.
   */
  async load(stage: ModelStage, record: RunRecord): Promise<Checkpoint> {
    const done = isDone(record, stage);
    const own = done ? await this.own(stage) : null;
    if (own) return own;
    if (!mayBeShipped(stage, record)) throw new Error(`${checkpointKey(stage)} is gone; run the ${stage} stage again`);
    try {
      return await this.shipped(stage);
    } catch (cause) {
      const why = done ? `${checkpointKey(stage)} is gone` : `the ${stage} stage has not been run`;
      throw new Error(`${why}, and nothing shipped stands in for it (${(cause as Error).message})`, { cause });
    }
  }

  /** Whether the checkpoint of a finished stage was deleted, or is damaged, with nothing shipped that is the same. */
  async isGone(stage: ModelStage, record: RunRecord): Promise<boolean> {
    if (await soundOrNull(this.own(stage))) return false;
    if (!mayBeShipped(stage, record)) return true;
    return this.shipped(stage).then(
      () => false,
      () => true,
    );
  }

  /**
   * What is to be stored of a checkpoint of this run. Other weights that were there before are kept beside the new ones,
   * under their hash.
   */
  async filesOf(stage: ModelStage, checkpoint: Omit<Checkpoint, 'hash'>): Promise<StoredFile[]> {
    const key = checkpointKey(stage);
    const bytes = encodeCheckpoint(checkpoint);
    const old = await soundOrNull(this.#store.read(key));
    const hash = old && contentHash(old, key);
    const replaced = old && hash !== null && hash !== contentHash(bytes, key);
    return [...(replaced ? [[replacedKey(stage, hash), old] as const] : []), [key, bytes]];
  }

  #fitting(checkpoint: Checkpoint, name: string): Checkpoint {
    for (const [key, wanted] of Object.entries(this.#config)) {
      const found = checkpoint.config[key as keyof Gpt2Config];
      if (found !== wanted)
        throw new Error(`${name}: made for ${key} ${found}, but preset ${this.#preset} needs ${wanted}`);
    }
    return checkpoint;
  }
}

/** A finished stage's weights are its own, unless it took over the shipped ones. */
const mayBeShipped = (stage: ModelStage, record: RunRecord): boolean =>
  !isDone(record, stage) || isCopied(record, stage);

/** The hash of a checkpoint; of the bytes where they are damaged, which is no reason to throw them away. */
export function contentHash(bytes: Uint8Array, name: string): string {
  try {
    return decodeCheckpoint(bytes, name).hash;
  } catch {
    return hashBytes(bytes, 0);
  }
}
