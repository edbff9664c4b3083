/** What can go wrong with a graphics device, as errors that can be told apart. */

/** The device is gone: driver reset, GPU taken away, `destroy()`. What was on it is lost; open another one. */
export class DeviceLostError extends Error {
  override name = 'DeviceLostError';
}

/** WebGPU complained about a command: the results are not to be trusted. */
export class GpuError extends Error {
  override name = 'GpuError';
}

/** What was asked for does not fit; nothing was allocated, or what was is freed. */
export class OutOfMemoryError extends Error {
  override name = 'OutOfMemoryError';
}
