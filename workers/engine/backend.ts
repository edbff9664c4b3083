/**
 * Which tfjs backend the machine gets, and why: WebGPU on a graphics card, else WASM, else plain JavaScript.
 *
 * Every backend is tried with `selfTest` before anything is trained on it. The reason is a code, so that the interface
 * can say it in the user's language.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from './operations.ts';
import './plain/gradients.ts';
import { plain } from './plain/operations.ts';
import { selfTest } from './self-test.ts';
import { installWasmOperations, wasmOperations } from './wasm/operations.ts';
import { type DeviceProblem, type NoAdapter, adapterName, findAdapter, isSoftware, registerWebGpu } from './webgpu.ts';

export type Backend = 'webgpu' | 'wasm' | 'cpu';

/**
 * 'webgpu': auto found a graphics card. 'chosen': as asked for. All others: why auto did not take the next better one.
 * 'software_adapter': the only adapter is a CPU, and WASM is faster there. 'no_wasm': WebAssembly did not start.
 */
export type BackendReason =
  'webgpu' | 'chosen' | NoAdapter | 'software_adapter' | 'device_failed' | 'no_wasm' | 'self_test_failed';

export interface BackendReport {
  backend: Backend;
  /** What computes: "nvidia ampere", "WASM SIMD with fused kernels", "JavaScript". */
  adapter: string;
  reason: BackendReason;
}

export interface BackendOptions {
  /** The folder of tfjs's .wasm files, with its slash; or a URL for each file name (the threaded one is never loaded). */
  wasmPath: string | Record<string, string>;
  /** In place of navigator.gpu. */
  gpu?: GPU;
  /** Hears errors and the loss of the WebGPU device, at any time after the opening. */
  onProblem?: (problem: DeviceProblem) => void;
}

/** The backend that was asked for is not available; the message says what to do about it. */
export class BackendError extends Error {
  override name = 'BackendError';

  constructor(
    readonly reason: BackendReason,
    message: string,
  ) {
    super(message);
  }
}

/** A backend that was opened, or why it was not, as a code and in words. */
type Attempt = { adapter: string } | { reason: BackendReason; words: string };

/**
 * Opens a backend and makes it tfjs's current one. 'auto' always finds one; throws a BackendError when the one that
 * `choice` names is not available or computes wrong numbers.
 */
export async function openBackend(choice: 'auto' | Backend, options: BackendOptions): Promise<BackendReport> {
  if (choice !== 'auto') {
    const attempt = await open(choice, options, true);
    if ('reason' in attempt) throw new BackendError(attempt.reason, attempt.words);
    return { backend: choice, adapter: attempt.adapter, reason: 'chosen' };
  }
  const webgpu = await open('webgpu', options, false);
  if ('adapter' in webgpu) return { backend: 'webgpu', adapter: webgpu.adapter, reason: 'webgpu' };
  const wasm = await open('wasm', options, false);
  if ('adapter' in wasm) return { backend: 'wasm', adapter: wasm.adapter, reason: webgpu.reason };
  await tf.setBackend('cpu');
  return { backend: 'cpu', adapter: JAVASCRIPT, reason: wasm.reason };
}

/** The fastest operations that `openBackend` found to be right on `backend`. */
export function operationsFor(backend: Backend): Operations<tf.Tensor> {
  return backend === 'wasm' && fused ? wasmOperations : plain;
}

const JAVASCRIPT = 'JavaScript';

/** Whether the fused WASM kernels are installed and passed the self-test. */
let fused = false;

async function open(backend: Backend, options: BackendOptions, chosen: boolean): Promise<Attempt> {
  switch (backend) {
    case 'webgpu':
      return openWebGpu(options, chosen);
    case 'wasm':
      return openWasm(options);
    case 'cpu':
      await tf.setBackend('cpu');
      return { adapter: JAVASCRIPT };
  }
}

const ADVICE: Record<NoAdapter, string> = {
  insecure_origin: 'browsers give WebGPU to https:// and localhost only. Open the page from one of these',
  no_webgpu: 'there is no WebGPU here. Use a current Chrome, Edge, Safari or Firefox (in Node: openDawn)',
  no_adapter: 'WebGPU finds no graphics adapter. Turn hardware acceleration on, or update the graphics driver',
};

async function openWebGpu({ gpu, onProblem }: BackendOptions, chosen: boolean): Promise<Attempt> {
  const adapter = await findAdapter(gpu);
  if (typeof adapter === 'string') return { reason: adapter, words: `${ADVICE[adapter]}, or choose WASM.` };
  const name = adapterName(adapter);
  if (!chosen && isSoftware(adapter)) return { reason: 'software_adapter', words: `${name} is a CPU; WASM is faster.` };
  const problems: DeviceProblem[] = [];
  try {
    await registerWebGpu(adapter, (problem) => {
      problems.push(problem);
      onProblem?.(problem);
    });
    if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs does not start on it');
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return {
      reason: 'device_failed',
      words: `${name} gives no device (${cause}). Close other pages that use it and try again, or choose WASM.`,
    };
  }
  if ((await selfTest(plain)) && problems.length === 0) return { adapter: name };
  const cause = problems.length > 0 ? ` (${problems.map(({ message }) => message).join('; ')})` : '';
  return {
    reason: 'self_test_failed',
    words: `${name} computes wrong numbers${cause}. Update the graphics driver, or choose WASM.`,
  };
}

async function openWasm({ wasmPath }: BackendOptions): Promise<Attempt> {
  const started = await startWasm(wasmPath).catch((error: unknown) => String(error));
  if (started !== null) {
    const place = typeof wasmPath === 'string' ? wasmPath : Object.values(wasmPath).join(', ');
    return {
      reason: 'no_wasm',
      words: `WebAssembly does not start (${started}). See that the .wasm files are at ${place}, or choose cpu.`,
    };
  }
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'WASM SIMD' : 'WASM';
  fused = (await installWasmOperations()) && (await selfTest(wasmOperations));
  if (fused) return { adapter: `${simd} with fused kernels` };
  if (await selfTest(plain)) return { adapter: simd };
  return { reason: 'self_test_failed', words: `${simd} computes wrong numbers. Update the browser, or choose cpu.` };
}

/** Null when tfjs's WASM backend runs, else why not. */
async function startWasm(wasmPath: string | Record<string, string>): Promise<string | null> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // Threads need COOP/COEP headers, broke in minified bundles, and do not export the memory that fused kernels share.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!('wasm' in tf.engine().registry))
    setWasmPaths(typeof wasmPath === 'string' ? wasmPath : { 'tfjs-backend-wasm-threaded-simd.wasm': '', ...wasmPath });
  return (await tf.setBackend('wasm')) ? null : 'tfjs-backend-wasm failed to initialise';
}
