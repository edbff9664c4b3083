/** The checkpoints a run stands on: its own, or the shipped one in place of a stage that was not run. */
import type { StageName } from '../../src/core/reports.ts';
import type { Gpt2Config } from '../model/gpt2.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { RunStore } from './store.ts';

/** Stages that end in a model. */
export type ModelStage = Exclude<StageName, 'judge'>;

export const checkpointKey = (stage: ModelStage): string => `${stage}.safetensors`;
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

  async load(stage: ModelStage): Promise<Checkpoint> {
    return (await this.own(stage)) ?? (await this.shipped(stage));
  }

  async save(stage: ModelStage, checkpoint: Omit<Checkpoint, 'hash'>): Promise<void> {
    await this.#store.write(checkpointKey(stage), encodeCheckpoint(checkpoint));
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
