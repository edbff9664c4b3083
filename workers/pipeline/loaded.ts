/** Checkpoints that stay loaded, so that who asks again finds them on the device. To be used by one at a time. */
import type { Engine } from '../engine/engine.ts';
import type { Model } from '../model/model.ts';

interface Kept<T> {
  version: string;
  opened: T;
}

export class Loaded<T extends { readonly model: Model }> {
  readonly #open: (engine: Engine, bytes: Uint8Array, name: string) => T;
  readonly #most: number;
  #engine: Engine | null = null;
  /** By key; least recently used first. */
  readonly #kept = new Map<string, Kept<T>>();

  /** `open` loads the checkpoint in some bytes, called by its key in errors; `most` of them stay. */
  constructor(open: (engine: Engine, bytes: Uint8Array, name: string) => T, most: number) {
    this.#open = open;
    this.#most = most;
  }

  has(key: string, version: string): boolean {
    return this.#kept.get(key)?.version === version;
  }

  /**
   * The checkpoint `key`. `version` changes when its file is written anew; then, and when `engine` is another one, it is
   * loaded again.
   */
  async get(engine: Engine, key: string, version: string, load: () => Promise<Uint8Array>): Promise<T> {
    if (engine !== this.#engine) this.forget();
    this.#engine = engine;
    const found = this.#kept.get(key);
    if (found?.version === version) {
      this.#kept.delete(key);
      this.#kept.set(key, found);
      return found.opened;
    }
    const opened = this.#open(engine, await load(), key);
    this.#drop(key);
    this.#kept.set(key, { version, opened });
    for (const oldest of [...this.#kept.keys()].slice(0, -this.#most)) this.#drop(oldest);
    return opened;
  }

  /** Lets go of all of them, without a word to their engine: its device may be lost. */
  forget(): void {
    this.#kept.clear();
  }

  #drop(key: string): void {
    this.#kept.get(key)?.opened.model.dispose();
    this.#kept.delete(key);
  }
}
