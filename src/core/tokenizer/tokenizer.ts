/**
 * A closed word-level tokenizer: every word and every mark of punctuation of the pocket world is one token.
 *
 * Text is brought into the world's form first (lower case, punctuation split off). A word outside the vocabulary is an
 * error that names it and its place; there is no "unknown" token, so nothing is lost silently.
 */

/** A special written out, a word, or one other visible character. */
const PIECE = /<\w+>|[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*|[^\s]/gu;
const SUGGESTIONS = 3;
/** Unknown words of a text that get suggestions: nobody mends more, and a pasted book would be compared for a minute. */
const MOST_SUGGESTED = 200;

export interface UnknownWord {
  word: string;
  /** place among the text's words, from 0 */
  index: number;
}

/** Thrown by `encode` for words that the vocabulary does not have. */
export class UnknownWordsError extends Error {
  readonly words: readonly UnknownWord[];

  constructor(words: readonly UnknownWord[]) {
    super(`not in the vocabulary: ${words.map(({ word, index }) => `"${word}" (word ${index + 1})`).join(', ')}`);
    this.name = 'UnknownWordsError';
    this.words = words;
  }
}

export interface CheckedWord {
  /** in the world's form */
  word: string;
  /** where it stands in the text: [start, end) in UTF-16 code units */
  start: number;
  end: number;
  known: boolean;
  /** for an unknown word: the nearest words of the vocabulary */
  suggestions: string[];
}

export class Tokenizer {
  readonly size: number;
  readonly pad: number;
  readonly bos: number;
  readonly user: number;
  readonly bot: number;
  readonly eos: number;
  readonly #vocabulary: readonly string[];
  /** words that text may contain: specials are left out, so that no text can forge them */
  readonly #ids = new Map<string, number>();

  /** `vocabulary` starts with <pad> <bos> <user> <bot> <eos>; a word's id is its index. */
  constructor(vocabulary: readonly string[]) {
    const specials = ['<pad>', '<bos>', '<user>', '<bot>', '<eos>'];
    if (specials.some((special, id) => vocabulary[id] !== special))
      throw new RangeError(`vocabulary: expected to start with ${specials.join(' ')}`);
    vocabulary.forEach((word, id) => {
      if (this.#ids.has(word)) throw new RangeError(`vocabulary: "${word}" occurs twice`);
      const pieces = [...split(word)];
      if (pieces.length !== 1 || pieces[0]?.word !== word)
        throw new RangeError(`vocabulary: "${word}" is not one word in lower case`);
      this.#ids.set(word, id);
    });
    for (const special of specials) this.#ids.delete(special);
    this.#vocabulary = [...vocabulary];
    this.size = vocabulary.length;
    [this.pad, this.bos, this.user, this.bot, this.eos] = [0, 1, 2, 3, 4];
  }

  /** Token ids of a text. Throws UnknownWordsError that lists every word outside the vocabulary. */
  encode(text: string): number[] {
    const ids: number[] = [];
    for (const word of text.split(' ')) {
      const id = this.#ids.get(word);
      if (id === undefined) return this.#encodeFree(text);
      ids.push(id);
    }
    return ids;
  }

  /** As `encode`, for text that is not in the world's form yet. */
  #encodeFree(text: string): number[] {
    const words = [...split(text)].map(({ word }) => word);
    const unknown = words.map((word, index) => ({ word, index })).filter(({ word }) => !this.#ids.has(word));
    if (unknown.length > 0) throw new UnknownWordsError(unknown);
    return words.map((word) => this.#ids.get(word) as number);
  }

  /** The words of some ids, specials included, separated by single spaces. Throws a RangeError for an unknown id. */
  decode(ids: readonly number[]): string {
    return Array.from(ids, (id) => {
      const word = this.#vocabulary[id];
      if (word === undefined) throw new RangeError(`token ${id}: expected 0 … ${this.size - 1}`);
      return word;
    }).join(' ');
  }

  /**
   * The ids of a text that `decode` gave: its exact inverse. Unlike `encode` it takes specials, because a model that has
   * learnt little may write them. Throws UnknownWordsError for what `decode` cannot have given.
   */
  parse(decoded: string): number[] {
    if (decoded === '') return [];
    const words = decoded.split(' ');
    const ids = words.map((word) => this.#ids.get(word) ?? this.#vocabulary.indexOf(word));
    const unknown = words.map((word, index) => ({ word, index })).filter((_, index) => ids[index] === -1);
    if (unknown.length > 0) throw new UnknownWordsError(unknown);
    return ids;
  }

  /** <bos> <user> prompt <bot>: what a response is generated after. */
  promptIds(prompt: string): number[] {
    return [this.bos, this.user, ...this.encode(prompt), this.bot];
  }

  /**
   * Every word of a text with its place, whether it is known, and suggestions where it is not, for the first few hundred
   * different ones. Never throws.
   */
  check(text: string): CheckedWord[] {
    const found = new Map<string, string[]>();
    const suggestionsFor = (word: string): string[] => {
      let suggestions = found.get(word);
      if (suggestions || found.size === MOST_SUGGESTED) return suggestions ?? [];
      found.set(word, (suggestions = this.#nearest(word)));
      return suggestions;
    };
    return [...split(text)].map((piece) => {
      const known = this.#ids.has(piece.word);
      return { ...piece, known, suggestions: known ? [] : suggestionsFor(piece.word) };
    });
  }

  #nearest(word: string): string[] {
    const most = Math.max(2, Math.ceil(word.length / 3));
    const near: { candidate: string; distance: number }[] = [];
    for (const candidate of this.#ids.keys()) {
      // The distance is no less than that of the lengths.
      if (Math.abs(word.length - candidate.length) > most || !/[\p{L}\p{N}]/u.test(candidate)) continue;
      const distance = editDistance(word, candidate);
      if (distance <= most && distance < Math.max(word.length, candidate.length)) near.push({ candidate, distance });
    }
    near.sort((a, b) => a.distance - b.distance);
    return near.slice(0, SUGGESTIONS).map(({ candidate }) => candidate);
  }
}

/** The words of a text in the world's form, and where they stand. */
function* split(text: string): Generator<{ word: string; start: number; end: number }> {
  for (const match of text.matchAll(PIECE))
    yield { word: match[0].normalize('NFC').toLowerCase(), start: match.index, end: match.index + match[0].length };
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] as number) + 1);
      row.push(best);
    }
    [before, above] = [above, row];
  }
  return above[b.length] as number;
}
