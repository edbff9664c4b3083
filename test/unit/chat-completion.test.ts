/** What completes a word of a prompt, and what replaces one. */
import { describe, expect, it } from 'vitest';
import { completionAt, replaceWord } from '../../src/ui/completion.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { SPECIALS, createWorld } from '../../src/core/world/index.ts';
import { commonWords } from '../../src/session/worlds.ts';
import { withoutWord } from '../../src/ui/unknown-words.ts';

const tokenizer = new Tokenizer(createWorld('micro').vocabulary);
const vocabulary = commonWords(['micro']);

/** Candidates for the text up to |, which is where the caret is. */
function offered(text: string): readonly string[] | null {
  const caret = text.indexOf('|');
  return completionAt(tokenizer.check(text.replace('|', '')), caret, vocabulary)?.candidates ?? null;
}

describe('completionAt', () => {
  it('offers words that begin alike, short ones first', () => {
    expect(offered('where does mia liv|')).toEqual(expect.arrayContaining(['live', 'lives']));
    expect(offered('where does mia liv|')?.slice(0, 2)).toEqual(['live', 'lives']);
    expect(offered('wh|ere does')).toBeNull();
    expect(offered('Fo|')?.[0]).toBe('for');
  });

  it('then words that are spelt alike', () => {
    expect(offered('where does mia liive|')).toContain('live');
    expect(offered('where does mia li|')?.every((word) => word.startsWith('li'))).toBe(true);
  });

  it('offers eight at most, none of them special, nor the word itself', () => {
    const many = offered('s|');
    expect(many).toHaveLength(8);
    for (const special of SPECIALS) {
      expect(vocabulary).not.toContain(special);
      expect(offered(`${special.slice(0, 3)}|`) ?? []).not.toContain(special);
    }
    expect(offered('say|')).toEqual(['says']);
  });

  it('offers nothing behind a space, a mark, or a word with no other', () => {
    for (const text of ['|', 'where |', 'where does mia live ?|', 'teacher|']) expect(offered(text)).toBeNull();
  });

  it('offers what all chosen worlds have', () => {
    const common = commonWords(['micro', 'small']);
    const town = createWorld('town').vocabulary;
    expect(common.length).toBeGreaterThan(200);
    expect(common.filter((word) => !town.includes(word) || !vocabulary.includes(word))).toEqual([]);
    expect(commonWords([])).toEqual([]);
  });
});

describe('replaceWord', () => {
  it('puts a word in place of another and goes on behind it', () => {
    expect(replaceWord('where does mia liv', { start: 15, end: 18 }, 'live')).toEqual({
      text: 'where does mia live ',
      caret: 20,
    });
    expect(replaceWord('wher does', { start: 0, end: 4 }, 'where')).toEqual({ text: 'where does', caret: 6 });
  });
});

describe('withoutWord', () => {
  it('takes a word out with its space', () => {
    expect(withoutWord('say xyzzy again', { start: 4, end: 9 })).toBe('say again');
    expect(withoutWord('xyzzy again', { start: 0, end: 5 })).toBe('again');
  });
});
