import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../src/core/sources.ts';
import { linesOf, listingOf } from '../../tools/source-listing.ts';

const text = `import { x } from './x.ts';

/**
 * The loss.
 */
export const loss = (a: number): string => \`
  \${a} < b\`;

// Another one.
export function slope(): void {
  return;
}
`;

const unescape = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&');

describe('a listing', () => {
  it('finds declarations with their comments, by name', () => {
    const { anchors, path } = listingOf('a.ts', text, ['loss', 'slope']);
    expect(path).toBe('a.ts');
    expect(anchors).toEqual({ loss: [3, 7], slope: [10, 12] });
  });

  it('fails where a declaration is not there any more', () => {
    expect(() => listingOf('a.ts', text, ['loss', 'gone'])).toThrow('a.ts: declares no "gone"');
    // An import is no declaration.
    expect(() => listingOf('a.ts', text, ['x'])).toThrow('declares no "x"');
  });

  it('is highlighted line by line, each of them whole', () => {
    const { lines } = listingOf('a.ts', text, []);
    expect(lines.map(unescape).join('\n')).toBe(text.trimEnd());
    expect(lines.join('')).toContain('hljs-keyword');
    for (const line of lines) expect(line.match(/<span/g)?.length ?? 0).toBe(line.match(/<\/span>/g)?.length ?? 0);
    expect(linesOf('<span class="a">x\n<span class="b">y\nz</span></span>')).toEqual([
      '<span class="a">x</span>',
      '<span class="a"><span class="b">y</span></span>',
      '<span class="a"><span class="b">z</span></span>',
    ]);
  });

  it.each(Object.entries(SOURCES))('of %s: every anchor opens at its declaration', (_, { path, anchors }) => {
    const source = readFileSync(path, 'utf8');
    const listing = listingOf(path, source, anchors);
    expect(listing.text).toBe(source);
    expect(listing.lines.map(unescape).join('\n')).toBe(source.trimEnd());
    for (const name of anchors) {
      const [first, last] = listing.anchors[name]!;
      const shown = source
        .split('\n')
        .slice(first - 1, last)
        .join('\n');
      expect(shown).toMatch(new RegExp(`^export (const|function|class) ${name}\\b`, 'm'));
    }
  });
});
