/** What was thrown, which may be anything. */

/** The Error that was thrown, or one that says what was thrown in its place. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** What it says. */
export function messageOf(thrown: unknown): string {
  return errorOf(thrown).message;
}
