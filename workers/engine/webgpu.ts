/** WebGPU: finding an adapter, telling hardware from software, and tfjs's backend on a device of our own. */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/** Why there is no WebGPU. */
export type NoAdapter = 'insecure_origin' | 'no_webgpu' | 'no_adapter';

/** Used where the adapter has them; nothing depends on them. */
const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];

/** Asked for as large as the adapter offers them. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** The adapter, or why there is none. `gpu` stands in for navigator.gpu. */
export async function findAdapter(gpu?: GPU): Promise<GPUAdapter | NoAdapter> {
  const scope: { isSecureContext?: boolean; navigator?: { gpu?: GPU } } = globalThis;
  const found = gpu ?? scope.navigator?.gpu;
  if (!found) return scope.isSecureContext === false ? 'insecure_origin' : 'no_webgpu';
  try {
    return (await found.requestAdapter({ powerPreference: 'high-performance' })) ?? 'no_adapter';
  } catch {
    return 'no_adapter';
  }
}

/** What the adapter says it is: "nvidia ampere", or Mesa's and SwiftShader's longer descriptions. */
export function adapterName({ info }: GPUAdapter): string {
  const parts = [info.vendor, info.architecture, info.description || info.device].filter((part) => part !== '');
  return parts.join(' ') || 'unknown adapter';
}

/** Whether the adapter is a CPU in disguise, which tfjs's WASM backend outruns. */
export function isSoftware(adapter: GPUAdapter): boolean {
  const { info } = adapter;
  // isFallbackAdapter moved from the adapter to its info in 2025; older browsers have it on the adapter.
  const fallback = info.isFallbackAdapter || (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  return fallback || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(adapterName(adapter));
}

/** A device with every feature and limit that the adapter offers. */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
}

export interface DeviceProblem {
  kind: 'device_lost' | 'gpu_error';
  /** The driver's words. */
  message: string;
}

/**
 * Makes tfjs's 'webgpu' a backend on a device of our own, with every feature and limit that the adapter offers, in place
 * of the one that tfjs would open with the default limits. `onProblem` hears what WebGPU never throws: errors of
 * pipelines, and the loss of the device, which tfjs ignores.
 */
export async function registerWebGpu(
  adapter: GPUAdapter,
  onProblem: (problem: DeviceProblem) => void,
): Promise<GPUDevice> {
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const device = await requestDevice(adapter);
  device.addEventListener('uncapturederror', ({ error }) => {
    onProblem({ kind: 'gpu_error', message: error.message });
  });
  void device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') onProblem({ kind: 'device_lost', message });
  });
  if ('webgpu' in tf.engine().registryFactory) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  return device;
}

/**
 * Submits what tfjs has recorded on its device so far. It collects commands and submits them late: without this, one
 * recorded before a submit of ours would run after it.
 */
export function flushTfjs(): void {
  const backend = tf.findBackend('webgpu') as WebGPUBackend | null;
  // Private in tfjs 4.22; submitQueue throws where nothing is recorded.
  const { commandEncoder = null } = (backend ?? {}) as { commandEncoder?: GPUCommandEncoder | null };
  if (!backend || !commandEncoder) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}
