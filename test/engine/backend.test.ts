/** Which backend is opened, and the reason that is given. */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDawn } from '../../tools/dawn.ts';
import type { DeviceReport } from '../../src/core/protocol.ts';
import { BackendError, openEngine } from '../../workers/engine/backend.ts';
import { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { plain } from '../../workers/engine/plain/operations.ts';
import { selfTest } from '../../workers/engine/self-test.ts';
import { type Ops, open, plainOf } from './setup.ts';

const wasmPath = fileURLToPath(new URL('../../node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url));

/** A navigator.gpu whose adapter says it is `info` and refuses to give a device. */
function fakeGpu(info: Partial<GPUAdapterInfo> | null): GPU {
  const adapter = {
    info: { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false, ...info },
    features: new Set(),
    limits: {},
    requestDevice: () => Promise.reject(new Error('out of memory')),
  };
  return { requestAdapter: () => Promise.resolve(info && adapter) } as unknown as GPU;
}

const refused = (gpu?: GPU): Promise<unknown> =>
  openEngine('webgpu', { wasmPath, gpu }).catch((error: unknown) => error);

beforeAll(() => {
  tf.enableProdMode();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('where there is no graphics card', () => {
  it.each<[DeviceReport['reason'], GPU | undefined, RegExp]>([
    ['no_webgpu', undefined, /no WebGPU here: use a current/],
    ['no_adapter', fakeGpu(null), /no graphics adapter: turn hardware acceleration on/],
    [
      'device_failed',
      fakeGpu({ vendor: 'nvidia', architecture: 'ampere' }),
      /nvidia ampere gives no device: .*\(out of memory\)$/,
    ],
  ])('%s: auto takes WASM, and asking for WebGPU says what to do', async (reason, gpu, words) => {
    vi.stubGlobal('navigator', {});
    expect((await openEngine('auto', { wasmPath, gpu })).device).toMatchObject({
      backend: 'wasm',
      adapter: 'WASM SIMD with fused kernels',
      reason,
    });
    expect(tf.getBackend()).toBe('wasm');
    const error = await refused(gpu);
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ reason, message: expect.stringMatching(words) as string });
    expect((error as Error).message).toContain('choose WASM');
  });

  it('an insecure origin is told from a browser without WebGPU', async () => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('isSecureContext', false);
    expect((await openEngine('auto', { wasmPath })).device).toMatchObject({
      backend: 'wasm',
      reason: 'insecure_origin',
    });
    expect(await refused()).toMatchObject({ message: expect.stringContaining('https://') as string });
  });

  it.each<Partial<GPUAdapterInfo>>([
    { vendor: 'google', architecture: 'swiftshader' },
    { vendor: 'mesa', architecture: 'software', description: 'llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)' },
    { vendor: 'microsoft', description: 'Microsoft Basic Render Driver' },
    { vendor: 'anyone', isFallbackAdapter: true },
  ])('auto leaves the software adapter %o for WASM', async (info) => {
    expect((await openEngine('auto', { wasmPath, gpu: fakeGpu(info) })).device).toMatchObject({
      backend: 'wasm',
      reason: 'software_adapter',
    });
  });
});

it('a backend that is asked for is the one that is opened', async () => {
  expect((await openEngine('cpu', { wasmPath })).device).toEqual({
    backend: 'cpu',
    engine: 'plain',
    adapter: 'JavaScript',
    kernels: 'tfjs',
    reason: 'chosen',
  });
  expect(tf.getBackend()).toBe('cpu');
  expect((await openEngine('wasm', { wasmPath })).device).toMatchObject({ backend: 'wasm', reason: 'chosen' });
  expect(tf.getBackend()).toBe('wasm');
});

it('the engine has the fastest operations that are right on its backend', async () => {
  const cpu = await openEngine('cpu', { wasmPath });
  expect(cpu.device).toEqual({
    backend: 'cpu',
    engine: 'plain',
    adapter: 'JavaScript',
    kernels: 'tfjs',
    reason: 'chosen',
  });
  expect(plainOf(cpu.engine).ops).toBe(plain);
  const wasm = await openEngine('wasm', { wasmPath });
  expect(wasm.device).toMatchObject({ backend: 'wasm', engine: 'plain' });
  expect(plainOf(wasm.engine).ops).not.toBe(plain);
});

describe('the self-test', () => {
  it('passes on WASM, stays there, and leaves no tensor', async () => {
    const { ops } = await open('wasm');
    const before = tf.memory().numTensors;
    expect(await selfTest(new PlainEngine(ops))).toBe(true);
    expect(tf.getBackend()).toBe('wasm');
    expect(tf.memory().numTensors).toBe(before);
  });

  const broken: Record<string, Partial<Ops>> = {
    'returns zeros': { gelu: (x) => tf.zerosLike(x) },
    'returns NaN': { layerNorm: (x) => tf.mul(x, NaN) },
    'is a little off': { linear: (x, w, b) => tf.mul(plain.linear(x, w, b), 1.02) },
    'has no gradient': {
      gelu: (x) => tf.customGrad(() => ({ value: plain.gelu(x), gradFunc: () => tf.zerosLike(x) }))(x),
    },
    throws: {
      attention: () => {
        throw new Error('no pipeline');
      },
    },
  };
  it.each(Object.entries(broken))('catches a kernel that %s', async (_, kernel) => {
    await open('cpu');
    expect(await selfTest(new PlainEngine({ ...plain, ...kernel }))).toBe(false);
  });
});

describe('WebGPU', () => {
  it('on a software adapter works when it is asked for, on a device of our own', async ({ skip }) => {
    const dawn = await openDawn({ software: true });
    if (!dawn.gpu) return skip(dawn.reason);
    const onProblem = vi.fn();
    const { engine, device: report } = await openEngine('webgpu', { wasmPath, onProblem });
    expect(report).toMatchObject({ backend: 'webgpu', engine: 'compiled', reason: 'chosen' });
    expect(tf.getBackend()).toBe('webgpu');
    expect(await selfTest(engine)).toBe(true);
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    const adapter = await dawn.gpu.requestAdapter();
    expect(device.limits.maxBufferSize).toBe(adapter!.limits.maxBufferSize);
    expect(onProblem).not.toHaveBeenCalled();
    expect((await openEngine('auto', { wasmPath })).device).toMatchObject({
      backend: 'wasm',
      reason: 'software_adapter',
    });
  });

  it('has the kernels that are asked for, where the device can run them', async ({ skip }) => {
    const dawn = await openDawn({ software: true });
    if (!dawn.gpu) return skip(dawn.reason);
    const opened = async (kernels?: string): Promise<string> =>
      (await openEngine('webgpu', { wasmPath, kernels })).device.kernels;
    const fastest = await opened();
    expect(fastest).toMatch(/^direct/);
    // Not the fastest where there are subgroups, as on lavapipe. Others take a software adapter minutes to compile.
    expect(await opened('direct')).toBe('direct');
    expect(await opened('direct, 99 lanes')).toBe(fastest);
  });
});
