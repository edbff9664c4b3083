/** Which build this code is of. Page and workers are made together, and only work together. */

/** Package version and hash of the sources, from tools/build-id.ts. */
export const BUILD = import.meta.env.BUILD_ID;

/** Page and worker are of different builds: the server's files were replaced between the loading of the two. */
class BuildError extends Error {
  override name = 'BuildError';
}

/** Throws a BuildError in a worker that is of another build than the page that asks it. */
export function checkBuild(ofPage: string): void {
  if (ofPage !== BUILD) throw new BuildError(`the page is of build ${ofPage}, its worker of build ${BUILD}`);
}
