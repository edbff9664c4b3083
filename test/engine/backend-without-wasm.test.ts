/** A machine without WebAssembly; a process of its own, because tfjs tries to start WASM only once. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { openEngine } from '../../workers/engine/backend.ts';

it('auto ends on the CPU, and asking for WASM says where its files should be', async () => {
  tf.enableProdMode();
  vi.stubGlobal('navigator', {});
  // Emscripten says at length that the file is not there.
  vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  const wasmPath = '/nowhere/';
  expect((await openEngine('auto', { wasmPath })).device).toMatchObject({
    backend: 'cpu',
    adapter: 'JavaScript',
    reason: 'no_wasm',
  });
  expect(tf.getBackend()).toBe('cpu');
  await expect(openEngine('wasm', { wasmPath })).rejects.toThrow(/WebAssembly does not start.* \/nowhere\//);
});
