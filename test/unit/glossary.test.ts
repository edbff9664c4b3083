/** The glossary, and the marks that texts refer to it by. */
import { describe, expect, it } from 'vitest';
import { en } from '../../src/i18n/en.ts';
import { ko } from '../../src/i18n/ko.ts';
import { parseProse } from '../../src/ui/prose.ts';

const { terms } = en.glossary;
const HANGUL = /\p{Script=Hangul}/u;

/** Every text of a catalogue with its path; a text that takes arguments is given some. */
function* textsOf(value: unknown, path: string): Generator<[path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'function') yield* textsOf((value as (...args: string[]) => unknown)('1', '2', '3'), path);
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) yield* textsOf(each, `${path}.${key}`);
}

/** Terms of the glossary that a text marks and the glossary does not have, and what looks like a broken mark. */
function faultsOf([path, text]: [path: string, text: string]): string[] {
  return parseProse(text).flatMap(({ text: words, term }) => {
    if (term !== null) return term in terms ? [] : [`${path}: no term "${term}"`];
    return /\[\[|\]\]/.test(words) ? [`${path}: broken mark in "${words}"`] : [];
  });
}

const plain = (text: string) => ({ text, term: null, before: '', after: '' });

describe('marks', () => {
  it('are taken out of the text, with their own words or with none, and with what adjoins them', () => {
    expect(parseProse('keep [[kl]] small ([[kl|the distance]]). 거리[[kl]]는')).toEqual([
      plain('keep '),
      { text: '', term: 'kl', before: '', after: '' },
      plain(' small '),
      { text: 'the distance', term: 'kl', before: '(', after: ').' },
      plain(' '),
      { text: '', term: 'kl', before: '거리', after: '는' },
    ]);
    expect(parseProse('[[sft]][[kl]]').map(({ term }) => term)).toEqual(['sft', 'kl']);
    expect(parseProse('')).toEqual([]);
  });

  it('stay text where they are not whole', () => {
    expect(parseProse('a [b] [[c d]] [[e')).toEqual([plain('a [b] [[c d]] [[e')]);
  });

  it.each([
    ['English', en],
    ['Korean', ko],
  ])('name terms that there are: %s', (_, catalogue) => {
    expect([...textsOf(catalogue, 'catalogue')].flatMap(faultsOf)).toEqual([]);
  });

  it('are found where they name none', () => {
    expect(faultsOf(['here', 'a [[nonsense]]'])).toEqual(['here: no term "nonsense"']);
    expect(faultsOf(['here', 'a [[kl|'])).toEqual(['here: broken mark in "a [[kl|"']);
  });
});

describe('the glossary', () => {
  it('has at least forty terms, the same in both languages and in the same order', () => {
    expect(Object.keys(terms).length).toBeGreaterThanOrEqual(40);
    expect(Object.keys(ko.glossary.terms)).toEqual(Object.keys(terms));
  });

  it('gives each term its name in both languages, and says the same English name on both sides', () => {
    for (const [id, korean] of Object.entries(ko.glossary.terms)) {
      const english = terms[id as keyof typeof terms];
      expect(HANGUL.test(english.name), `${id}: English name`).toBe(false);
      expect(HANGUL.test(english.line), `${id}: English line`).toBe(false);
      expect(HANGUL.test(korean.line), `${id}: Korean line`).toBe(true);
      const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}-]+/gu) ?? [];
      expect(
        words(korean.other).some((word) => words(english.name).includes(word)),
        `${id}: ${korean.other}`,
      ).toBe(true);
      expect(
        words(english.other).some((word) => words(`${korean.name} ${korean.other}`).includes(word)),
        `${id}: ${english.other}`,
      ).toBe(true);
    }
  });

  it('explains each in one line that ends like a sentence', () => {
    for (const { name, line } of [...Object.values(terms), ...Object.values(ko.glossary.terms)]) {
      expect(line.length, name).toBeLessThanOrEqual(130);
      expect(line, name).toMatch(/[.?”]$/);
    }
  });

  it('has no name twice', () => {
    for (const catalogue of [terms, ko.glossary.terms]) {
      const names = Object.values(catalogue).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
