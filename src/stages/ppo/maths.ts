/**
 * Formulas in one line of text, taken apart for MathML: "ρ_t = exp ( log π − log π_old )". What stands between spaces
 * is a number, a sign, or a name with an index behind "_"; an index may be a sum, "V_t+1".
 */

export type Atom =
  | { kind: 'number' | 'sign' | 'name'; text: string }
  /** A name with what stands lower beside it. */
  | { kind: 'indexed'; text: string; index: Atom[] };

const NUMBER = /^[−+]?\d/u;
const SIGN = /^[^\p{L}\p{N}]+$/u;

export function parseMaths(text: string): Atom[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', index] = part.split('_');
      if (index !== undefined && name !== '')
        return { kind: 'indexed', text: name, index: index.split(/([+−])/u).map((piece) => atom(piece)) };
      return atom(part);
    });
}

function atom(text: string): Atom {
  return { kind: NUMBER.test(text) ? 'number' : SIGN.test(text) ? 'sign' : 'name', text };
}
