import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, Tokenizer, UnknownWordsError } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';

const { vocabulary } = createWorld('town');
const tokenizer = new Tokenizer(vocabulary);
const plainWords = vocabulary.slice(5);

describe('encode and decode', () => {
  it('are inverse on every word of the vocabulary', () => {
    for (const [i, word] of plainWords.entries()) expect(tokenizer.encode(word)).toEqual([i + 5]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...plainWords), { minLength: 1 }), (words) => {
        const text = words.join(' ');
        const ids = tokenizer.encode(text);
        expect(ids).toHaveLength(words.length);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });

  it('bring free text into the world’s form', () => {
    const text = 'where does anna live ?';
    expect(tokenizer.decode(tokenizer.encode('  Where does ANNA live?\n'))).toBe(text);
    expect(tokenizer.decode(tokenizer.encode('name=anna;place=farm.'))).toBe('name = anna ; place = farm .');
    expect(tokenizer.decode(tokenizer.encode('고양이'.normalize('NFD')))).toBe('고양이');
    expect(tokenizer.encode('')).toEqual([]);
  });

  it('wrap a prompt in its specials', () => {
    const { bos, user, bot, pad, eos, size } = tokenizer;
    expect(tokenizer.promptIds('copy : cat')).toEqual([bos, user, ...tokenizer.encode('copy : cat'), bot]);
    expect(tokenizer.decode([pad, bos, user, bot, eos])).toBe('<pad> <bos> <user> <bot> <eos>');
    expect(new Set([pad, bos, user, bot, eos]).size).toBe(5);
    expect(size).toBe(vocabulary.length);
  });

  it('never let text forge a special', () => {
    for (const special of vocabulary.slice(0, 5)) expect(() => tokenizer.encode(`cat ${special}`)).toThrow(special);
  });

  it('refuse ids and vocabularies that make no sense', () => {
    expect(() => tokenizer.decode([vocabulary.length])).toThrow(RangeError);
    expect(() => tokenizer.decode([-1])).toThrow(RangeError);
    expect(() => new Tokenizer(['cat'])).toThrow(/<pad>/);
    expect(() => new Tokenizer([...vocabulary, 'cat'])).toThrow(/"cat" occurs twice/);
    expect(() => new Tokenizer([...vocabulary, 'two words'])).toThrow(/not one word/);
    expect(() => new Tokenizer([...vocabulary, 'Upper'])).toThrow(/not one word/);
  });
});

describe('unknown words', () => {
  it('are all named with their places', () => {
    try {
      tokenizer.encode('where does qwxyz live , Zzyzx ?');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UnknownWordsError);
      expect((error as UnknownWordsError).words).toEqual([
        { word: 'qwxyz', index: 2 },
        { word: 'zzyzx', index: 5 },
      ]);
      expect((error as Error).message).toContain('"qwxyz" (word 3)');
    }
  });

  it('come with suggestions and positions', () => {
    const text = 'Where dose ana live?';
    const checked = tokenizer.check(text);
    expect(checked.map(({ word, known }) => [word, known])).toEqual([
      ['where', true],
      ['dose', false],
      ['ana', false],
      ['live', true],
      ['?', true],
    ]);
    expect(checked.map(({ start, end }) => text.slice(start, end))).toEqual(['Where', 'dose', 'ana', 'live', '?']);
    expect(checked[1]?.suggestions).toContain('does');
    expect(checked[2]?.suggestions).toContain('anna');
    expect(checked[0]?.suggestions).toEqual([]);
  });

  it('are suggested only real words, for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const checked = tokenizer.check(text);
        for (const { start, end, suggestions, known } of checked) {
          expect(text.slice(start, end).length).toBeGreaterThan(0);
          for (const word of suggestions) expect(plainWords).toContain(word);
          expect(suggestions.length).toBeLessThanOrEqual(known ? 0 : 3);
        }
        const encodes = checked.every(({ known }) => known);
        if (encodes) expect(tokenizer.encode(text)).toHaveLength(checked.length);
        else expect(() => tokenizer.encode(text)).toThrow(UnknownWordsError);
      }),
    );
  });
});

describe('editDistance', () => {
  it('counts insertions, deletions, substitutions and swaps', () => {
    expect(editDistance('cat', 'cat')).toBe(0);
    expect(editDistance('', 'cat')).toBe(3);
    expect(editDistance('ct', 'cat')).toBe(1);
    expect(editDistance('cta', 'cat')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
  it('is symmetric and zero only for equals', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
