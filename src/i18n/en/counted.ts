/** "1 pair", "12 pairs": a number as it is written, and what it counts. */
export function counted(n: string, one: string, many = `${one}s`): string {
  return `${n} ${n === '1' ? one : many}`;
}
