/** No text of the interface stands outside the catalogues, and none is left in the other language. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type AST, parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { en } from '../../src/i18n/en.ts';
import { ko } from '../../src/i18n/ko.ts';

/** Attributes that people read or hear. */
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'label', 'caption']);
/** The same in every language: the product's name, and signs of formulas, and special tokens. */
const NAMES = /^(RLHF Playground|log|<\w+>)$/;

const isWords = (text: string): boolean => /\p{L}{2,}/u.test(text) && !NAMES.test(text.trim());

/** Words in a component's markup that come from no catalogue. */
function literals(source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown, spoken: boolean): void => {
    if (Array.isArray(node)) {
      for (const each of node) visit(each, spoken);
      return;
    }
    if (typeof node !== 'object' || node === null || !('type' in node)) return;
    const { type } = node as { type: string };
    if (type === 'Attribute') {
      const { name, value } = node as AST.Attribute;
      if (SPOKEN.has(name)) visit(value, true);
      return;
    }
    // Lengths and colours.
    if (type === 'StyleDirective') return;
    if (type === 'Text') {
      const { data } = node as AST.Text;
      if (isWords(data)) found.push(data.trim());
      return;
    }
    // Expressions are code; what they show comes from t(). A literal in a spoken attribute is not.
    if (type === 'ExpressionTag') {
      const { expression } = node as unknown as { expression: { type: string; value?: unknown } };
      if (spoken && expression.type === 'Literal' && isWords(String(expression.value)))
        found.push(String(expression.value));
      return;
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'parent') visit(value, spoken);
  };
  visit(parse(source, { modern: true }).fragment, false);
  return found;
}

function components(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.svelte'))
    .map((path) => join(folder, path));
}

/** Every text of a catalogue by its path; functions as they answer to placeholders. */
function texts(catalogue: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue) as [string, unknown][]) {
    const at = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string') found.set(at, value);
    else if (typeof value === 'function')
      found.set(at, String((value as (...all: string[]) => unknown)('1', '2', '3', '4')));
    else if (typeof value === 'object' && value !== null)
      for (const [inner, text] of texts(value, at)) found.set(inner, text);
  }
  return found;
}

const HANGUL = /\p{Script=Hangul}/u;
/** Where Korean rightly has no Hangul: names, units, and what is an abbreviation in both languages. */
const isNeutral = (text: string): boolean =>
  !/\p{Script=Latin}{2,}/u.test(
    text.replace(
      /\b(PPO|SFT|KL|GAE|EOS|FLOP|PNG|CSV|JSON|WASM|WebGPU|WebAssembly|JavaScript|AdamW|nano|micro|small|medium|FLAN|InstructGPT|GFLOP|log|top-p|Adam|ptx|kB|MB|GB)\b/gi,
      '',
    ),
  );

/** Texts in both languages at once, and examples in the pocket world's English. */
const isForeign = (path: string): boolean => path.startsWith('glossary.') || path.endsWith('.placeholder');

describe('the texts of the page', () => {
  it('finds what is not translated', () => {
    expect(literals('<p>Hello there</p>')).toEqual(['Hello there']);
    expect(literals('<button aria-label="Close it">{t().x}</button>')).toEqual(['Close it']);
    expect(literals("<button title={'Close it'}></button>")).toEqual(['Close it']);
    expect(literals('<p class="quiet">{t().x} · <kbd>g</kbd></p>')).toEqual([]);
  });

  it.each(components('src'))('%s has none of its own', (path) => {
    expect(literals(readFileSync(path, 'utf8'))).toEqual([]);
  });

  it('has a text for each in both languages, none of them empty', () => {
    const [english, korean] = [texts(en), texts(ko)];
    expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [path, text] of [...english, ...korean]) expect(text.trim(), path).not.toBe('');
  });

  it('is Korean in Korean and English in English', () => {
    const english = [...texts(en)].filter(([path, text]) => HANGUL.test(text) && !isForeign(path));
    expect(english).toEqual([]);
    const korean = [...texts(ko)].filter(([path, text]) => !HANGUL.test(text) && !isNeutral(text) && !isForeign(path));
    expect(korean).toEqual([]);
  });
});
