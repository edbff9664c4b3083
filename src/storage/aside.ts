/** "sft.safetensors" → "sft~deleted-1760000000000.safetensors": what steps aside for another file of its name. */
export function asideName(name: string, why: 'deleted' | 'damaged', when: number): string {
  const dot = name.lastIndexOf('.');
  const stem = dot < 0 ? name : name.slice(0, dot);
  return `${stem}~${why}-${when}${name.slice(stem.length)}`;
}
