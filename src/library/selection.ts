/** Up to two keys: the one whose card is shown, and the one it is compared with. */

/** `add`: as a second one, or away again; else alone. */
export function choose(chosen: readonly string[], key: string, add: boolean): readonly string[] {
  if (!add) return [key];
  if (chosen.includes(key)) return chosen.filter((each) => each !== key);
  return [...chosen.slice(0, 1), key];
}
