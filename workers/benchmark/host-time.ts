/** The host's share of a piece of work: the time from its start to its last submit. */

/** Runs `work` and gives the milliseconds until its last submit; 0 where it submits nothing. One at a time. */
export async function hostTime(work: () => Promise<unknown>): Promise<number> {
  const queue = GPUQueue.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its queue below
  const { submit } = queue;
  const start = performance.now();
  let last = start;
  queue.submit = function (this: GPUQueue, buffers) {
    submit.call(this, buffers);
    last = performance.now();
    return undefined;
  };
  try {
    await work();
  } finally {
    queue.submit = submit;
  }
  return last - start;
}
