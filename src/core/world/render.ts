/** Patterns with {slots}: filling them in, and the words they contribute to the vocabulary. */

const SLOT = /\{(\w+)\}/g;

/** `pattern` with every {slot} replaced. Throws a RangeError that names a slot without a value. */
export function render(pattern: string, slots: Readonly<Record<string, string>>): string {
  return pattern.replace(SLOT, (_, slot: string) => {
    const value = slots[slot];
    if (value === undefined) throw new RangeError(`pattern "${pattern}": no value for {${slot}}`);
    return value;
  });
}

/** The fixed words of a pattern, in order. */
export function literalWords(pattern: string): string[] {
  return pattern.replace(SLOT, ' ').split(/\s+/).filter(Boolean);
}
