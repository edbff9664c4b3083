/** An engine in Node, and the files that a browser would fetch. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendChoice } from '../src/core/protocol.ts';
import { type BackendOptions, type OpenedEngine, openEngine } from '../workers/engine/backend.ts';
import { openDawn } from './dawn.ts';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const wasmPath = `${path.join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`;

export const shippedFolder = path.join(root, 'public/checkpoints');

/**
 * Opens an engine on a backend; Dawn stands in for the browser's WebGPU. Throws a BackendError when `choice` cannot be
 * had.
 */
export async function openNodeEngine(
  choice: BackendChoice,
  options: Pick<BackendOptions, 'compiled' | 'onProblem' | 'kernels'> = {},
): Promise<OpenedEngine> {
  // Without it tfjs recommends its native package at every start.
  tf.enableProdMode();
  // 'auto' uses a driver that is there; only who asks for WebGPU has one installed.
  const dawn = choice === 'webgpu' || choice === 'auto' ? await openDawn({ install: choice === 'webgpu' }) : null;
  return openEngine(choice, { ...options, wasmPath, gpu: dawn?.gpu ?? undefined });
}

/** A file of public/checkpoints. Throws an Error that says how to make it. */
export async function loadShipped(name: string): Promise<Uint8Array> {
  const file = path.join(shippedFolder, name);
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      `${file}: there is no such shipped checkpoint; make it with "npm run pretrain", or use --base train`,
    );
  }
}
