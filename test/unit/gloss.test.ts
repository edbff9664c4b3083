import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { glossPhrases, glossWord } from '../../src/core/world/gloss.ts';
import { SPECIALS } from '../../src/core/world/vocabulary.ts';
import { corpusDocument, createWorld } from '../../src/core/world/index.ts';
import { NAMES } from '../../src/core/world/lexicon.ts';

const HANGUL = /\p{Script=Hangul}/u;

describe.each(['micro', 'town'] as const)('the gloss of the %s world', (size) => {
  const world = createWorld(size);

  it('has every word', () => {
    const english = world.vocabulary.filter((word) => /^[a-z]+$/.test(word));
    expect(english.length).toBeGreaterThan(200);
    expect(english.filter((word) => !HANGUL.test(glossWord(word) ?? ''))).toEqual([]);
  });

  it('leaves Korean, punctuation and specials as they are', () => {
    const rest = world.vocabulary.filter((word) => !/^[a-z]+$/.test(word));
    expect(rest).toEqual(expect.arrayContaining([...SPECIALS, '.', '?']));
    expect(rest.map(glossWord).filter((gloss) => gloss !== null)).toEqual([]);
  });

  it('keeps all words of a text, in order', () => {
    const rng = Rng.fromSeed(1, 'gloss');
    for (let i = 0; i < 200; i++) {
      const words = corpusDocument(world, rng).split(' ');
      expect(glossPhrases(words).flatMap((phrase) => phrase.words)).toEqual(words);
    }
  });

  it('says of things what the lexicon says', () => {
    for (const [english, korean] of world.lexicon.korean) expect(glossWord(english)).toBe(korean);
  });
});

it('transliterates every name that a seed may deal out', () => {
  expect(NAMES.filter((name) => !HANGUL.test(glossWord(name) ?? ''))).toEqual([]);
});

describe('glossPhrases', () => {
  const read = (text: string) => glossPhrases(text.split(' ')).map(({ words, gloss }) => [words.join(' '), gloss]);

  it('takes fixed phrases together, the longest first', () => {
    expect(read('i do not know .')).toEqual([
      ['i do not know', '모릅니다'],
      ['.', null],
    ]);
    expect(read('do not')).toEqual([['do not', '~하지 마']]);
    expect(read('how many')).toEqual([['how many', '몇 개']]);
  });

  it('reads the rest word by word, and leaves what it does not know', () => {
    expect(read('mia sees 고양이 xyzzy')).toEqual([
      ['mia', '미아'],
      ['sees', '본다'],
      ['고양이', null],
      ['xyzzy', null],
    ]);
    expect(glossPhrases([])).toEqual([]);
  });
});
