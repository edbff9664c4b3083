/** Names that people gave, in the page's own sentences. */

/** The blocks that Unicode keeps for scripts written from the right, and the marks that turn the direction. */
const TURNS =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A text from outside as a part of a sentence: within a first strong isolate (Unicode Standard Annex #9) where it would turn
 * the words around it, its own isolates taken out, which could end that one. Others stay as they are, and so are found and
 * copied as they were written.
 */
export function isolated(text: string): string {
  return TURNS.test(text) ? `\u2068${text.replaceAll(/[\u2066-\u2069]/g, '')}\u2069` : text;
}
