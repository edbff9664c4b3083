/** Long work in slices: whoever awaits the function between two small steps gives the page its turn when a slice is over. */

/** Milliseconds of work at a time: a frame is 16. */
const SLICE = 12;

export function slices(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  };
}
