/**
 * Which tfjs backend and engine the machine gets, and why: WebGPU on a graphics card, else WASM, else plain JavaScript.
 *
 * Every backend is tried with `selfTest` before anything is trained on it. The reason is a code, so that the interface
 * can say it in the user's language.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendChoice, BackendName, DeviceReport } from '../../src/core/protocol.ts';
import { messageOf } from '../../src/core/thrown.ts';
import type { Engine } from './engine.ts';
import { PlainEngine } from './plain/engine.ts';
import './plain/gradients.ts';
import { plain } from './plain/operations.ts';
import { selfTest } from './self-test.ts';
import { installWasmOperations, wasmOperations } from './wasm/operations.ts';
import { CompiledEngine } from './compiled/engine.ts';
import { Gpu } from './compiled/gpu.ts';
import { lanesOf } from './compiled/kernels/lanes.ts';
import { DIRECT, TILED, type Tiling, direct } from './compiled/kernels/matmul.ts';
import {
  type DeviceProblem,
  type NoAdapter,
  adapterName,
  findAdapter,
  isSoftware,
  flushTfjs,
  registerWebGpu,
} from './webgpu.ts';

/** What is known of a backend before an engine is built on it. */
/** Why this backend: see the reasons of a `DeviceReport`. */
type Reason = DeviceReport['reason'];

export interface BackendOptions {
  /** The folder of tfjs's .wasm files, with its slash; or a URL for each file name (the threaded one is never loaded). */
  wasmPath: string | Record<string, string>;
  /** In place of navigator.gpu. */
  gpu?: GPU;
  /** Hears errors and the loss of the WebGPU device, at any time after the opening. */
  onProblem?: (problem: DeviceProblem) => void;
  /** False leaves WebGPU to tfjs's own kernels. Default true. */
  compiled?: boolean;
  /** Tried before all others, where the device can run them: those that a run was begun with, see `DeviceReport`. */
  kernels?: string | undefined;
}

/** The backend that was asked for is not available; the message says what to do about it. */
export class BackendError extends Error {
  override name = 'BackendError';

  constructor(
    readonly reason: Reason,
    message: string,
  ) {
    super(message);
  }
}

interface Found {
  adapter: string;
  engine: Engine;
  kernels: string;
}

/** What was opened, or why it was not: a code, what the machine said, and what to do about it. */
type Attempt = Found | { reason: Reason; detail?: string; advice: string };

/** What trains and runs models from now on, and on what it does so. */
export interface OpenedEngine {
  engine: Engine;
  device: DeviceReport;
}

/**
 * Opens a backend, makes it tfjs's current one, and gives the fastest engine that is right on it. 'auto' always finds
 * one: WebGPU on a graphics card, else WASM (which is faster than WebGPU on a software adapter), else the CPU, and
 * reports why it took none of those before. Throws a BackendError when the one that `choice` names is not available or
 * computes wrong numbers.
 */
export async function openEngine(choice: BackendChoice, options: BackendOptions): Promise<OpenedEngine> {
  if (choice !== 'auto') {
    const attempt = await attempts[choice](options, true);
    if ('engine' in attempt) return opened(choice, attempt, { reason: 'chosen' });
    const { reason, detail, advice } = attempt;
    throw new BackendError(reason, detail === undefined ? advice : `${advice} (${detail})`);
  }
  const webgpu = await openWebGpu(options, false);
  if ('engine' in webgpu) return opened('webgpu', webgpu, { reason: 'webgpu' });
  const wasm = await openWasm(options);
  if ('engine' in wasm) return opened('wasm', wasm, webgpu);
  return opened('cpu', await openCpu(), wasm);
}

function opened(
  backend: BackendName,
  { adapter, engine, kernels }: Found,
  { reason, detail }: { reason: Reason; detail?: string },
): OpenedEngine {
  const why = { reason, ...(detail === undefined ? {} : { detail }) };
  return { engine, device: { backend, engine: engine.kind, adapter, kernels, ...why } };
}

const attempts = { webgpu: openWebGpu, wasm: openWasm, cpu: openCpu };

const ADVICE: Record<NoAdapter, string> = {
  insecure_origin:
    'Browsers give WebGPU to https:// and localhost only: open the page from one of these, or choose WASM.',
  no_webgpu:
    'There is no WebGPU here: use a current Chrome, Edge, Safari or Firefox (in Node: openDawn), or choose WASM.',
  no_adapter: 'WebGPU finds no graphics adapter: turn hardware acceleration on, update the driver, or choose WASM.',
};

async function openWebGpu(
  { gpu, onProblem, compiled = true, kernels }: BackendOptions,
  chosen: boolean,
): Promise<Attempt> {
  const adapter = await findAdapter(gpu);
  if (typeof adapter === 'string') return { reason: adapter, advice: ADVICE[adapter] };
  const name = adapterName(adapter);
  if (!chosen && isSoftware(adapter))
    return { reason: 'software_adapter', detail: name, advice: 'The graphics adapter is software: choose WASM.' };
  let problems: string[] = [];
  let opening = true;
  let device: GPUDevice;
  try {
    device = await registerWebGpu(adapter, (problem) => {
      if (opening) problems.push(problem.message);
      else onProblem?.(problem);
    });
    if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs does not start on it');
  } catch (error) {
    const advice = `${name} gives no device: close other pages that use it and try again, or choose WASM.`;
    return { reason: 'device_failed', detail: messageOf(error), advice };
  }
  // Kernels of our own first; where the driver gets them wrong, tfjs's may still be right.
  const candidates = [...(compiled ? compiledEngines(device, adapter, kernels) : []), tfjsEngine];
  for (const candidate of kernels === tfjsEngine.kernels ? candidates.toReversed() : candidates) {
    problems = [];
    const engine = candidate.create();
    if ((await selfTest(engine)) && problems.length === 0) {
      opening = false;
      return { adapter: name, engine, kernels: candidate.kernels };
    }
    engine.dispose();
  }
  return {
    reason: 'self_test_failed',
    detail: [name, ...problems].join('; '),
    advice: `${name} computes wrong numbers: update the graphics driver, or choose WASM.`,
  };
}

async function openWasm({ wasmPath }: BackendOptions): Promise<Attempt> {
  const failure = await startWasm(wasmPath).catch((error: unknown) => String(error));
  if (failure !== null) {
    const place = typeof wasmPath === 'string' ? wasmPath : Object.values(wasmPath).join(', ');
    const advice = `WebAssembly does not start: see that the .wasm files are at ${place}, or choose cpu.`;
    return { reason: 'no_wasm', detail: failure, advice };
  }
  const name = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'WASM SIMD' : 'WASM';
  const fused = new PlainEngine(wasmOperations);
  if ((await installWasmOperations()) && (await selfTest(fused)))
    return { adapter: `${name} with fused kernels`, engine: fused, kernels: 'fused' };
  const { kernels, create } = tfjsEngine;
  const engine = create();
  if (await selfTest(engine)) return { adapter: name, engine, kernels };
  const advice = `${name} computes wrong numbers: update the browser, or choose cpu.`;
  return { reason: 'self_test_failed', detail: name, advice };
}

async function openCpu(): Promise<Found> {
  await tf.setBackend('cpu');
  return { adapter: 'JavaScript', engine: tfjsEngine.create(), kernels: tfjsEngine.kernels };
}

interface Candidate {
  kernels: string;
  create: () => Engine;
}

const tfjsEngine: Candidate = { kernels: 'tfjs', create: () => new PlainEngine(plain) };

/**
 * What to try, the fastest first. On a software adapter, products without workgroup memory, whose barriers cost a
 * processor more than they save, and with subgroups where there are any. `wanted` comes before them where the device
 * can run it.
 */
function compiledEngines(device: GPUDevice, adapter: GPUAdapter, wanted: string | undefined): Candidate[] {
  const lanes = lanesOf(device.features, adapter.info);
  const fastest = isSoftware(adapter) ? [direct(lanes), DIRECT] : [TILED];
  const possible = [TILED, DIRECT, ...([4, 8] as const).filter((each) => each <= lanes).map(direct)];
  const tilings = new Map(
    [...possible.filter((each) => nameOf(each) === wanted), ...fastest].map((each) => [nameOf(each), each]),
  );
  return [...tilings].map(([kernels, tiling]) => ({
    kernels,
    create: () => new CompiledEngine(new Gpu(device), { tiling, flush: flushTfjs }),
  }));
}

/** Sums are in another order in each of them. */
function nameOf({ depth, lanes }: Tiling): string {
  if (depth > 0) return 'tiled';
  return lanes === 1 ? 'direct' : `direct, ${lanes} lanes`;
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
