/**
 * tfjs as it comes, in a process in which our plain engine is too.
 *
 * Our engine registers gradients (and on WASM a SplitV kernel) of its own under tfjs's names, for the whole process. The
 * peer must have the library's, and our engine its own: what tfjs registers is taken down here before our modules are
 * evaluated, and put in place while the peer runs. Whoever imports our engine beside the peer imports this file first.
 */
import * as tf from '@tensorflow/tfjs';

/** tfjs exports the names of its kernels as strings. */
const names = [...new Set(Object.values<unknown>(tf).filter((value) => typeof value === 'string'))];
const stockGradients = gradients();
const stockKernels = new Map<string, tf.KernelConfig[]>();

/** To be called when a backend's package has been imported and nothing of ours has touched it. */
export function rememberKernels(backend: string): void {
  stockKernels.set(backend, tf.getKernelsForBackend(backend));
}

/** Runs `body`, which must not wait for anything, with tfjs's own gradients and kernels. */
export function asStock<T>(body: () => T): T {
  const oursBefore = gradients();
  const replaced = [...stockKernels.values()].flat().flatMap((stock) => {
    const current = tf.getKernel(stock.kernelName, stock.backendName);
    return current === stock ? [] : [{ stock, current }];
  });
  for (const gradient of stockGradients) tf.registerGradient(gradient);
  for (const { stock } of replaced) register(stock);
  try {
    return body();
  } finally {
    for (const gradient of oursBefore) tf.registerGradient(gradient);
    for (const { current } of replaced) register(current);
  }
}

function gradients(): tf.GradConfig[] {
  return names.map((name) => tf.getGradient(name) as tf.GradConfig | undefined).filter((found) => found !== undefined);
}

function register(kernel: tf.KernelConfig): void {
  // tfjs warns where one is overwritten.
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
