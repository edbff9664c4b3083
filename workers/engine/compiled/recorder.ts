/** Commands on their way to the queue: dispatches in passes, copies and clears between them, split into submits. */

export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
}

export class Recorder {
  readonly #device: GPUDevice;
  readonly #perSubmit: number;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #pipeline: GPUComputePipeline | null = null;
  #recorded = 0;

  /** Submits by itself after every `perSubmit` dispatches, so that a page can draw in between; default at the end only. */
  constructor(device: GPUDevice, perSubmit = Infinity) {
    this.#device = device;
    this.#perSubmit = perSubmit;
  }

  dispatch({ pipeline, bindGroup }: Dispatch, [x, y, z]: readonly [number, number, number]): void {
    if (this.#recorded >= this.#perSubmit) this.submit();
    this.#pass ??= this.#open().beginComputePass();
    if (pipeline !== this.#pipeline) this.#pass.setPipeline(pipeline);
    this.#pipeline = pipeline;
    this.#pass.setBindGroup(0, bindGroup);
    this.#pass.dispatchWorkgroups(x, y, z);
    this.#recorded += 1;
  }

  clear(buffer: GPUBuffer): void {
    this.#endPass();
    this.#open().clearBuffer(buffer);
  }

  copy(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, bytes: number): void {
    this.#endPass();
    this.#open().copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Hands over what is recorded, if anything is. */
  submit(): void {
    this.#endPass();
    if (!this.#encoder) return;
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#recorded = 0;
  }

  #open(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
    this.#pipeline = null;
  }
}
