/** What the parts of one compiled engine have in common: its device, buffers, and the way of commands and results. */
import type { Gpu } from './gpu.ts';
import { type Grid, type Kernel, RUN_BYTES, type Run } from './kernel.ts';
import { STATE_WORDS } from './kernels/adamw.ts';
import { TILED, type Tiling } from './kernels/matmul.ts';
import { Readback } from './readback.ts';
import { type Dispatch, Recorder } from './recorder.ts';
import { ScratchPool } from './scratch.ts';
import { SharedBuffers } from './shared.ts';

export interface CompiledOptions {
  readonly tiling?: Tiling;
  /** Dispatches a submit; default all of a step in one. Fewer keep a page smooth while it trains. */
  readonly dispatchesPerSubmit?: number;
  /** Called before every submit of our own: whoever else records commands for the device hands them over now. */
  readonly flush?: () => void;
}

/** A kernel over whole buffers, ready to be recorded. */
export interface BoundKernel extends Dispatch {
  readonly grid: Grid;
}

/** Sizes for kernels that do not depend on a batch. */
const NOTHING: Run = { batch: 0, time: 0, tokens: 0, selected: 0, pairs: 0, weight: 1 };

export class Resources {
  readonly gpu: Gpu;
  readonly tiling: Tiling;
  readonly pool: ScratchPool;
  readonly readback: Readback;
  /** Arrays that outlive a run and that models of one shape have in common. */
  readonly shared: SharedBuffers;
  /** The parts of the gradient's norm and the guard, see kernels/adamw.ts. */
  readonly state: GPUBuffer;
  readonly #options: CompiledOptions;
  /** A uniform `run` for kernels that do not look at it. */
  readonly #run: GPUBuffer;

  constructor(gpu: Gpu, options: CompiledOptions) {
    this.gpu = gpu;
    this.#options = options;
    this.tiling = options.tiling ?? TILED;
    this.pool = new ScratchPool(gpu);
    this.readback = new Readback(gpu);
    this.shared = new SharedBuffers(gpu);
    this.state = gpu.createStorage('optimiser state', STATE_WORDS * 4);
    this.#run = gpu.createBuffer('sizes', RUN_BYTES, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  }

  /** For commands that come after all that was handed over so far. Throws when the device is lost or has failed. */
  recorder(): Recorder {
    this.gpu.check();
    this.#options.flush?.();
    return new Recorder(this.gpu.device, this.#options.dispatchesPerSubmit);
  }

  /** `bytes` of `buffer`, after all that was submitted. */
  async read(buffer: GPUBuffer, bytes: number): Promise<Float32Array> {
    const recorder = this.recorder();
    const reading = this.readback.begin(bytes);
    reading.take(recorder, buffer, 0, bytes);
    recorder.submit();
    return reading.values();
  }

  /** `kernel` over whole buffers, binding 1 and on; for kernels that do not look at `run`. */
  bind(kernel: Kernel, buffers: readonly GPUBuffer[]): BoundKernel {
    const entries = [this.#run, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const layout = this.gpu.layoutOf(kernel);
    return {
      pipeline: this.gpu.pipelineOf(kernel),
      bindGroup: this.gpu.device.createBindGroup({ label: kernel.label, layout, entries }),
      grid: kernel.grid(NOTHING),
    };
  }
}
