/** Arrays that outlive a run, by name: whoever needs one gets the one that is there, if it is large enough. */
import type { Gpu } from './gpu.ts';

interface Entry {
  readonly name: string;
  readonly buffer: GPUBuffer;
  users: number;
}

export class SharedBuffers {
  readonly #gpu: Gpu;
  readonly #entries: Entry[] = [];

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** At least `bytes` under `name`; contents are undefined. `release` it when done. */
  acquire(name: string, bytes: number): GPUBuffer {
    let entry = this.#entries.find((each) => each.name === name && each.buffer.size >= bytes);
    if (!entry) {
      entry = { name, buffer: this.#gpu.createStorage(name, bytes), users: 0 };
      this.#entries.push(entry);
    }
    entry.users += 1;
    return entry.buffer;
  }

  release(buffer: GPUBuffer): void {
    const index = this.#entries.findIndex((entry) => entry.buffer === buffer);
    const entry = this.#entries[index];
    if (!entry || --entry.users > 0) return;
    this.#entries.splice(index, 1);
    this.#gpu.destroy(buffer);
  }
}
