/** Texts with terms of the glossary in them: "[[kl]]", or "[[kl|distance]]" where the text says it otherwise. */

export interface ProsePiece {
  text: string;
  /** The glossary's name of it; null: plain text. Where the mark gives no words of its own, `text` is empty. */
  term: string | null;
  /** What adjoins a term without a space, "(" and ").": no line may break there. */
  before: string;
  after: string;
}

const MARK = /(?<before>[^\s[\]]*)\[\[(?<term>\w+)(?:\|(?<text>[^\]]+))?\]\](?<after>[^\s[\]]*)/g;

/** The pieces of a text in order. What is no complete mark stays text. */
export function parseProse(text: string): ProsePiece[] {
  const pieces: ProsePiece[] = [];
  const plain = (from: number, to: number): void => {
    if (to > from) pieces.push({ text: text.slice(from, to), term: null, before: '', after: '' });
  };
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    plain(end, match.index);
    const { before = '', term = '', text: words = '', after = '' } = match.groups ?? {};
    pieces.push({ text: words, term, before, after });
    end = match.index + match[0].length;
  }
  plain(end, text.length);
  return pieces;
}
