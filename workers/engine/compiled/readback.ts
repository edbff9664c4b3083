/** Reading results: staging buffers that are used again, so that a step creates none. */
import type { Gpu } from './gpu.ts';
import type { Recorder } from './recorder.ts';

export interface Reading {
  /** Records a copy of `bytes` of `buffer`; the byte at which they will be among the values. */
  readonly take: (recorder: Recorder, buffer: GPUBuffer, offset: number, bytes: number) => number;
  /** What was taken, once it is there; after the submit. Rejects with a DeviceLostError or GpuError. */
  values(): Promise<Float32Array>;
}

export class Readback {
  readonly #gpu: Gpu;
  readonly #idle: GPUBuffer[] = [];

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** For `bytes` in all. */
  begin(bytes: number): Reading {
    const staging = this.#stagingFor(bytes);
    let at = 0;
    return {
      take: (recorder, buffer, offset, size) => {
        recorder.copy(buffer, offset, staging, at, size);
        const start = at;
        at += size;
        return start;
      },
      values: async () => {
        if (at === 0) return new Float32Array();
        await this.#gpu.orLost(staging.mapAsync(GPUMapMode.READ, 0, at));
        const values = new Float32Array(staging.getMappedRange(0, at).slice(0));
        staging.unmap();
        this.#idle.push(staging);
        this.#gpu.check();
        return values;
      },
    };
  }

  #stagingFor(bytes: number): GPUBuffer {
    const fitting = this.#idle.findIndex(({ size }) => size >= bytes);
    if (fitting >= 0) return this.#idle.splice(fitting, 1)[0] as GPUBuffer;
    const old = this.#idle.shift();
    if (old) this.#gpu.destroy(old);
    const size = 2 ** Math.ceil(Math.log2(Math.max(4096, bytes)));
    return this.#gpu.createBuffer('results', size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  }
}
