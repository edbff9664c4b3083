/** The checkpoints a run stands on: its own, or the shipped one in place of a stage that was not run. */
import type { StageName } from '../../src/core/reports.ts';
import type { Gpt2Config } from '../model/gpt2.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, hashBytes } from './checkpoint.ts';
import type { RunStore } from './store.ts';

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
    const bytes = await this.#store.read(checkpointKey(stage));
    return bytes === null ? null : this.#fitting(decodeCheckpoint(bytes, checkpointKey(stage)), checkpointKey(stage));
  }

  /** Throws when there is no such shipped checkpoint, or when it was made for another model. */
  async shipped(stage: ModelStage): Promise<Checkpoint> {
    const name = shippedName(this.#preset, stage);
    return this.#fitting(decodeCheckpoint(await this.#loadShipped(name), name), name);
  }

  /**
   * What a later stage stands on. Only a stage that is `done` has a checkpoint of its own: a file of a stage that is to
   * be run anew is of the time before. Throws when there is none, and none is shipped.
   */
  async load(stage: ModelStage, done: boolean): Promise<Checkpoint> {
    const own = done ? await this.own(stage) : null;
    if (own) return own;
    try {
      return await this.shipped(stage);
    } catch (cause) {
      const why = done ? `${checkpointKey(stage)} is gone` : `the ${stage} stage has not been run`;
      throw new Error(`${why}, and nothing shipped stands in for it (${(cause as Error).message})`, { cause });
    }
  }

  /** Whether the checkpoint of a finished stage was deleted, with nothing shipped to stand in for it. */
  async isGone(stage: ModelStage): Promise<boolean> {
    if ((await this.#store.keys()).includes(checkpointKey(stage))) return false;
    return this.shipped(stage).then(
      () => false,
      () => true,
    );
  }

  /** Other weights that were there before are kept beside the new ones, under their hash. */
  async save(stage: ModelStage, checkpoint: Omit<Checkpoint, 'hash'>): Promise<void> {
    const key = checkpointKey(stage);
    const bytes = encodeCheckpoint(checkpoint);
    const old = await this.#store.read(key);
    if (old) {
      const hash = contentHash(old, key);
      if (hash !== contentHash(bytes, key)) await this.#store.write(replacedKey(stage, hash), old);
    }
    await this.#store.write(key, bytes);
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

/** The hash of a checkpoint; of the bytes where they are damaged, which is no reason to throw them away. */
function contentHash(bytes: Uint8Array, name: string): string {
  try {
    return decodeCheckpoint(bytes, name).hash;
  } catch {
    return hashBytes(bytes, 0);
  }
}
