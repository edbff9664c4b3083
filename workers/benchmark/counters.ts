/**
 * What a library asks of WebGPU, counted at the API: it works on Dawn's classes in Node and on a browser's own.
 *
 * The prototypes are wrapped between `start` and `stop` only, so that timings are not touched by it.
 */

export interface Counts {
  dispatches: number;
  submits: number;
  passes: number;
  buffers: number;
  buffer_bytes: number;
  bind_groups: number;
  pipelines: number;
  writes: number;
  written_bytes: number;
  maps: number;
  /** Of the maps those of FLAG_BYTES or less: whether rows have ended, no results. */
  flag_maps: number;
  mapped_bytes: number;
  copies: number;
}

/** A word, in whatever rounding up a library reads it. */
const FLAG_BYTES = 16;

/** Buffers that were created while counting and are not destroyed yet. */
export interface Live {
  buffers: number;
  bytes: number;
}

type Method = (this: object, ...args: unknown[]) => unknown;
type Observe = (self: object, result: unknown, args: readonly unknown[]) => void;
/** The classes whose prototypes are wrapped; globalThis has them where WebGPU is. */
export type GpuClasses = Readonly<Record<string, { prototype: object } | undefined>>;

const none = (): Counts => ({
  dispatches: 0,
  submits: 0,
  passes: 0,
  buffers: 0,
  buffer_bytes: 0,
  bind_groups: 0,
  pipelines: 0,
  writes: 0,
  written_bytes: 0,
  maps: 0,
  flag_maps: 0,
  mapped_bytes: 0,
  copies: 0,
});

export class Counters {
  #counts = none();
  #live: Live = { buffers: 0, bytes: 0 };
  #restore: (() => void)[] = [];
  /** Sizes of the live buffers; a buffer may be destroyed twice, and counts once. */
  readonly #sizes = new WeakMap<object, number>();
  readonly #classes: GpuClasses;

  constructor(classes: GpuClasses = globalThis as unknown as GpuClasses) {
    this.#classes = classes;
  }

  /** Since the last `reset`. */
  get counts(): Counts {
    return { ...this.#counts };
  }

  get live(): Live {
    return { ...this.#live };
  }

  reset(): void {
    this.#counts = none();
  }

  /** Begins to count, or goes on. Throws where there is no WebGPU. */
  start(): void {
    if (this.#restore.length > 0) return;
    const count = (key: keyof Counts, by = 1): void => void (this.#counts[key] += by);
    this.#wrap('GPUDevice', 'createBuffer', (_, buffer, [descriptor]) => {
      const { size } = descriptor as GPUBufferDescriptor;
      count('buffers');
      count('buffer_bytes', size);
      this.#sizes.set(buffer as object, size);
      this.#live.buffers += 1;
      this.#live.bytes += size;
    });
    this.#wrap('GPUBuffer', 'destroy', (buffer) => {
      const size = this.#sizes.get(buffer);
      if (size === undefined) return;
      this.#sizes.delete(buffer);
      this.#live.buffers -= 1;
      this.#live.bytes -= size;
    });
    this.#wrap('GPUDevice', 'createBindGroup', () => count('bind_groups'));
    this.#wrap('GPUDevice', 'createComputePipeline', () => count('pipelines'));
    this.#wrap('GPUDevice', 'createComputePipelineAsync', () => count('pipelines'));
    this.#wrap('GPUQueue', 'submit', () => count('submits'));
    this.#wrap('GPUQueue', 'writeBuffer', (_, __, args) => {
      count('writes');
      count('written_bytes', bytesWritten(args));
    });
    this.#wrap('GPUCommandEncoder', 'beginComputePass', () => count('passes'));
    this.#wrap('GPUCommandEncoder', 'copyBufferToBuffer', () => count('copies'));
    this.#wrap('GPUComputePassEncoder', 'dispatchWorkgroups', () => count('dispatches'));
    this.#wrap('GPUComputePassEncoder', 'dispatchWorkgroupsIndirect', () => count('dispatches'));
    this.#wrap('GPUBuffer', 'mapAsync', (buffer, _, [, offset, size]) => {
      const bytes = (size as number | undefined) ?? (buffer as GPUBuffer).size - ((offset as number) || 0);
      count('maps');
      if (bytes <= FLAG_BYTES) count('flag_maps');
      count('mapped_bytes', bytes);
    });
  }

  /** Puts the prototypes back; the counts stay. */
  stop(): void {
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }

  /** What `body` asked for. Counting is on inside, and as it was before afterwards. */
  async during(body: () => Promise<unknown>): Promise<Counts> {
    const running = this.#restore.length > 0;
    this.start();
    const before = this.counts;
    try {
      await body();
    } finally {
      if (!running) this.stop();
    }
    const after = this.counts;
    for (const key of Object.keys(after) as (keyof Counts)[]) after[key] -= before[key];
    return after;
  }

  #wrap(className: string, name: string, observe: Observe): void {
    const prototype = this.#classes[className]?.prototype as Record<string, Method> | undefined;
    const original = prototype?.[name];
    if (!prototype || !original) throw new Error(`counters: there is no ${className}.${name} here; open WebGPU first`);
    prototype[name] = function (this: object, ...args: unknown[]) {
      const result = original.apply(this, args);
      observe(this, result, args);
      return result;
    };
    this.#restore.push(() => void (prototype[name] = original));
  }
}

/** Of queue.writeBuffer(buffer, offset, data, dataOffset, size): a typed array counts in elements, other data in bytes. */
function bytesWritten([, , data, dataOffset, size]: readonly unknown[]): number {
  const source = data as ArrayBufferLike | ArrayBufferView;
  const element = (source as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  return size === undefined
    ? source.byteLength - ((dataOffset as number | undefined) ?? 0) * element
    : (size as number) * element;
}
