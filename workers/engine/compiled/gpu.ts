/** A device with what every programme on it shares: pipelines by their code, memory that is counted, its end. */
import type { MemoryReport } from '../engine.ts';
import { DeviceLostError, GpuError, OutOfMemoryError } from '../errors.ts';
import type { Kernel } from './kernel.ts';

/** A loss is announced by then. */
const MS_UNTIL_ANNOUNCED = 2000;

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 1 : 0)} MiB`;

export class Gpu {
  readonly device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #buffers = new Set<GPUBuffer>();
  readonly #budget: number;
  #bytes = 0;
  #problem: Error | null = null;
  #lost: DeviceLostError | null = null;
  /** What is told when the device is lost. */
  readonly #waiting = new Set<(error: DeviceLostError) => void>();

  /** `budget` in bytes; default what the device allows for a single buffer, at least 1 GiB. */
  constructor(device: GPUDevice, budget = Math.max(device.limits.maxBufferSize, 2 ** 30)) {
    this.device = device;
    this.#budget = budget;
    void device.lost.then(({ message }) => {
      const error = new DeviceLostError(`the graphics device was lost${message ? `: ${message}` : ''}`);
      this.#problem = this.#lost = error;
      for (const reject of this.#waiting) reject(error);
    });
    device.addEventListener('uncapturederror', ({ error }) => {
      const isMemory = typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError;
      this.#problem ??= isMemory ? new OutOfMemoryError(error.message) : new GpuError(error.message);
    });
  }

  get memory(): MemoryReport {
    return { bytes: this.#bytes, arrays: this.#buffers.size, budget: this.#budget };
  }

  /** Throws a DeviceLostError, GpuError or OutOfMemoryError if there was one. */
  check(): void {
    if (this.#problem) throw this.#problem;
  }

  /** `promise`, or a DeviceLostError when the device goes before. */
  async orLost<T>(promise: Promise<T>): Promise<T> {
    try {
      return await this.#unlessLost(promise);
    } catch (error) {
      // Mapping a buffer of a lost device rejects in its own words, perhaps before the loss is announced: in Chromium on a
      // busy machine 33 ms before. Whatever else went wrong can wait as long.
      await this.#unlessLost(new Promise((resolve) => setTimeout(resolve, MS_UNTIL_ANNOUNCED)));
      throw error;
    }
  }

  /**
   * `promise`, or a DeviceLostError as soon as the device goes. No Promise.race with `device.lost`: a promise that does not
   * settle keeps everything that was ever raced against it, which was 40 kB a run of nano.
   */
  #unlessLost<T>(promise: Promise<T>): Promise<T> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      void promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** Throws an OutOfMemoryError unless `bytes` more fit, the largest buffer among them having `largest`. */
  expect(bytes: number, largest: number, what: string): void {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (largest > most)
      throw new OutOfMemoryError(
        `${what} needs an array of ${mebibytes(largest)}; this device allows ${mebibytes(most)}. Choose a smaller model, batch or context.`,
      );
    if (this.#bytes + bytes > this.#budget)
      throw new OutOfMemoryError(
        `${what} needs ${mebibytes(bytes)} beside the ${mebibytes(this.#bytes)} in use; ${mebibytes(this.#budget)} are allowed. Choose a smaller model or batch.`,
      );
  }

  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.ceil(bytes / 16) * 16;
    this.expect(size, size, label);
    const buffer = this.device.createBuffer({ label, size, usage });
    this.#buffers.add(buffer);
    this.#bytes += size;
    return buffer;
  }

  /** For kernels to read and write, and to be copied from and to. */
  createStorage(label: string, bytes: number): GPUBuffer {
    return this.createBuffer(label, bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
  }

  destroy(buffer: GPUBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  destroyAll(): void {
    for (const buffer of [...this.#buffers]) this.destroy(buffer);
  }

  /** Bindings of a kernel: the uniform `run`, then its storage buffers. */
  layoutOf({ access }: Kernel): GPUBindGroupLayout {
    const key = access.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      const types: GPUBufferBindingType[] = ['uniform', ...access.map(typeOf)];
      layout = this.device.createBindGroupLayout({
        entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  pipelineOf(kernel: Kernel): GPUComputePipeline {
    let pipeline = this.#pipelines.get(kernel.code);
    if (!pipeline) {
      pipeline = this.device.createComputePipeline({
        label: kernel.label,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [this.layoutOf(kernel)] }),
        compute: { module: this.device.createShaderModule({ label: kernel.label, code: kernel.code }) },
      });
      this.#pipelines.set(kernel.code, pipeline);
    }
    return pipeline;
  }
}

const typeOf = (access: 'read' | 'write'): GPUBufferBindingType =>
  access === 'read' ? 'read-only-storage' : 'storage';
