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

/** A piece of a pattern; `slot`: the slot that it is, or that it fills. */
export interface Piece {
  text: string;
  slot: string | null;
}

/** A pattern in pieces; with `slots`, filled in. */
export function piecesOf(pattern: string, slots?: Readonly<Record<string, string>>): Piece[] {
  return pattern
    .split(/(\{\w+\})/)
    .filter((text) => text !== '')
    .map((text) => {
      const slot = /^\{(\w+)\}$/.exec(text)?.[1] ?? null;
      return { text: slot === null ? text : (slots?.[slot] ?? slot), slot };
    });
}

/** The fixed words of a pattern, in order. */
export function literalWords(pattern: string): string[] {
  return pattern.replace(SLOT, ' ').split(/\s+/).filter(Boolean);
}
