/** The backends that this machine has in Node, to run the same checks on each. */
import { fileURLToPath } from 'node:url';
import { type Backend, type BackendReport, openBackend } from '../../workers/engine/backend.ts';
import { openDawn } from '../dawn.ts';

/** tfjs's .wasm files, as `openBackend` wants them in Node. */
export const wasmPath = fileURLToPath(
  new URL('../../node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url),
);

/** Opens `backend` in Node and makes it the current one. Throws where the machine does not have it. */
export async function openInNode(backend: Backend): Promise<BackendReport> {
  if (backend === 'webgpu') {
    const dawn = await openDawn();
    if (dawn.gpu === null) throw new Error(dawn.reason);
  }
  return openBackend(backend, { wasmPath });
}
