/**
 * The kernel module on the heap of tfjs's WASM backend. The module imports that heap as its memory, so tensors are read
 * and written in place: a kernel takes addresses. This file knows tfjs's internals and nothing about mathematics;
 * fused.ts is the reverse.
 *
 * The internals are those of tfjs-backend-wasm 4.22 (emscripten's `asm.memory`, `_malloc`, BackendWasm.dataIdMap and
 * makeOutput); a version that moved them fails in `heapMemory` with a message, not with wrong numbers.
 */
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { KERNELS_BASE64 } from './kernels.generated.ts';

/** A byte address in the heap. */
export type Address = number;

/** What assembly/index.ts exports; the shapes are documented there. */
export interface KernelExports extends WebAssembly.Exports {
  attentionForwardScratch(T: number, size: number): number;
  attentionBackwardScratch(T: number, size: number): number;
  attentionForward(
    qkv: Address,
    mask: Address,
    out: Address,
    stats: Address,
    scratch: Address,
    B: number,
    T: number,
    H: number,
    size: number,
  ): void;
  attentionBackward(
    qkv: Address,
    mask: Address,
    stats: Address,
    dOut: Address,
    dQkv: Address,
    scratch: Address,
    B: number,
    T: number,
    H: number,
    size: number,
  ): void;
  layerNormForward(
    x: Address,
    gain: Address,
    bias: Address,
    out: Address,
    stats: Address,
    N: number,
    D: number,
    epsilon: number,
  ): void;
  layerNormBackward(
    x: Address,
    gain: Address,
    stats: Address,
    dOut: Address,
    dX: Address,
    dGain: Address,
    dBias: Address,
    N: number,
    D: number,
  ): void;
  geluForward(x: Address, out: Address, count: number): void;
  geluBackward(x: Address, dOut: Address, dX: Address, count: number): void;
  tokenLogprobsForward(
    logits: Address,
    ids: Address,
    out: Address,
    stats: Address,
    N: number,
    V: number,
    beta: number,
  ): void;
  tokenLogprobsBackward(
    logits: Address,
    ids: Address,
    stats: Address,
    dOut: Address,
    dLogits: Address,
    N: number,
    V: number,
    beta: number,
  ): void;
  embedForward(table: Address, ids: Address, out: Address, N: number, D: number): void;
  embedBackward(ids: Address, dOut: Address, dTable: Address, N: number, V: number, D: number): void;
  biasAddForward(x: Address, bias: Address, out: Address, N: number, D: number): void;
  columnSums(x: Address, sums: Address, N: number, D: number): void;
}

/** The part of tfjs's BackendWasm used here. */
interface BackendWasm {
  wasm: {
    HEAPU8: Uint8Array;
    /** Absent from builds that were minified differently. */
    asm?: Record<string, unknown>;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  dataIdMap: { get(dataId: TensorInfo['dataId']): { memoryOffset: number | null } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
}

let compiled: WebAssembly.Module | undefined;
const bound = new WeakMap<object, Heap>();

/** Compiles the kernels once; needed before `heapOf`. */
export async function compileKernels(): Promise<void> {
  if (compiled) return;
  const bytes = Uint8Array.from(atob(KERNELS_BASE64), (letter) => letter.charCodeAt(0));
  compiled = await WebAssembly.compile(bytes);
}

/** The kernels bound to one backend instance, instantiated at first use. */
export function heapOf(backend: object): Heap {
  const known = bound.get(backend);
  if (known) return known;
  if (!compiled) throw new Error('The fused kernels are not compiled: await installFusedKernels() first.');
  const heap = new Heap(backend as BackendWasm, compiled);
  bound.set(backend, heap);
  return heap;
}

/** One backend's heap: kernels, tensor addresses, outputs and scratch. */
export class Heap {
  readonly kernels: KernelExports;
  readonly #backend: BackendWasm;
  #scratch: Address = 0;
  #scratchBytes = 0;

  constructor(backend: BackendWasm, module: WebAssembly.Module) {
    this.#backend = backend;
    const imports = { env: { memory: heapMemory(backend) } };
    this.kernels = new WebAssembly.Instance(module, imports).exports as KernelExports;
  }

  /** Where a tensor's values start. Addresses stay valid when the heap grows; views do not. */
  address(tensor: TensorInfo): Address {
    const { memoryOffset } = this.#backend.dataIdMap.get(tensor.dataId);
    if (memoryOffset === null) throw new Error(`A ${tensor.dtype} tensor has no place in the heap.`);
    return memoryOffset;
  }

  /** An uninitialised output tensor. */
  output(shape: number[], dtype: DataType = 'float32'): TensorInfo {
    return this.#backend.makeOutput(shape, dtype);
  }

  /** A view of an int32 tensor, valid until the next allocation. */
  integers(tensor: TensorInfo): Int32Array {
    const size = tensor.shape.reduce((a, b) => a * b, 1);
    return new Int32Array(this.#backend.wasm.HEAPU8.buffer, this.address(tensor), size);
  }

  /** Copies `count` rows of `bytes` bytes, `stride` bytes apart at the source, to one run of memory at `target`. */
  copyRows(source: Address, stride: number, target: Address, bytes: number, count: number): void {
    const memory = this.#backend.wasm.HEAPU8;
    for (let i = 0; i < count; i++) {
      const from = source + i * stride;
      memory.copyWithin(target + i * bytes, from, from + bytes);
    }
  }

  /** Scratch memory of at least this size: one buffer for all kernels, as large as the largest wish. */
  scratch(bytes: number): Address {
    if (bytes > this.#scratchBytes) {
      const { wasm } = this.#backend;
      if (this.#scratch) wasm._free(this.#scratch);
      this.#scratchBytes = 0;
      this.#scratch = wasm._malloc(bytes) >>> 0;
      if (!this.#scratch) throw new Error(`No room for ${bytes} bytes of kernel scratch in the WASM heap.`);
      this.#scratchBytes = bytes;
    }
    return this.#scratch;
  }
}

/** The backend's memory object. */
function heapMemory(backend: BackendWasm): WebAssembly.Memory {
  const memory = backend.wasm.asm?.['memory'];
  if (memory instanceof WebAssembly.Memory) return memory;
  throw new Error(
    'tfjs-backend-wasm does not export its memory: its threaded build is loaded, or its version changed. ' +
      "Call tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false) before tf.setBackend('wasm').",
  );
}
