/** The one device that a run's steps and the page's questions share, and what stands in for it when it is lost. */
import type { BackendChoice, DeviceReport, TrainerEvent } from '../../src/core/protocol.ts';
import { type BackendOptions, type OpenedEngine, openEngine } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import { DeviceLostError } from '../engine/errors.ts';
import { Turns } from './turns.ts';

export class Device {
  readonly turns = new Turns();
  readonly #wasmPath: BackendOptions['wasmPath'];
  readonly #tell: (event: TrainerEvent) => void;
  #backend: BackendChoice = 'auto';
  #opened: OpenedEngine | null = null;
  /** How much memory the page knows of. */
  #told = { bytes: 0, arrays: 0 };

  /** `wasmPath` is where the WASM binaries lie; `tell` hears of problems, of other devices and of memory. */
  constructor(wasmPath: BackendOptions['wasmPath'], tell: (event: TrainerEvent) => void) {
    this.#wasmPath = wasmPath;
    this.#tell = tell;
  }

  /** Opens the first one. Rejects where there is none to compute on. */
  async open(backend: BackendChoice): Promise<DeviceReport> {
    this.#backend = backend;
    return (await this.reopen()).device;
  }

  /** Opens another one in place of one that was lost, with these kernels where it can. */
  async reopen(kernels?: string): Promise<OpenedEngine> {
    this.#opened = await openEngine(this.#backend, {
      kernels,
      wasmPath: this.#wasmPath,
      onProblem: ({ kind, message }) => {
        // The compiled engine throws where the device is used, and work goes on with another one.
        if (kind === 'device_lost' && this.#opened?.engine.kind === 'compiled') return;
        this.#tell({ kind: 'device_problem', problem: kind, message });
      },
    });
    return this.#opened;
  }

  /** The one that is open now. Throws before the first one is. */
  get opened(): OpenedEngine {
    if (!this.#opened) throw new Error('no device was opened');
    return this.#opened;
  }

  get engine(): Engine {
    return this.opened.engine;
  }

  /** Does `work` in turn; once more on another device if the device is lost. */
  use<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DeviceLostError)) throw error;
        const { device } = await this.reopen();
        this.#tell({ kind: 'device_replaced', device, message: error.message });
        return await work();
      } finally {
        // What was loaded for it stays.
        this.tellMemory();
      }
    });
  }

  /** Tells how much memory is in use, when that has changed. */
  tellMemory(): void {
    const { memory } = this.engine;
    if (memory.bytes === this.#told.bytes && memory.arrays === this.#told.arrays) return;
    this.#told = memory;
    this.#tell({ kind: 'memory', ...memory });
  }
}
