/** What a run is called where its files are kept: "small-0". */
export function runName({ preset, seed }: { preset: string; seed: number }): string {
  return `${preset}-${seed}`;
}
