/**
 * `virtual:source/<name>`: a file of the algorithms as the page shows it, highlighted and with the places of its formulas,
 * made from the file itself at each build. What is shown is what runs, and no highlighter reaches the browser.
 */
import { readFile } from 'node:fs/promises';
import hljs from 'highlight.js/lib/core';
import typescript from 'highlight.js/lib/languages/typescript';
import ts from 'typescript';
import type { Plugin } from 'vite';
import { SOURCES, type SourceListing, type SourceName } from '../src/core/sources.ts';

const PREFIX = 'virtual:source/';
/** Rollup's mark of a module that is in no file. */
const RESOLVED = `\0${PREFIX}`;

hljs.registerLanguage('typescript', typescript);

/** Offers the files of `SOURCES` as modules. The build fails where a file or one of its anchors is not there. */
export function sourceListing(): Plugin {
  let root = '.';
  return {
    name: 'source-listing',
    configResolved(config) {
      root = config.root;
    },
    resolveId(id) {
      if (!id.startsWith(PREFIX)) return null;
      if (!(id.slice(PREFIX.length) in SOURCES)) throw new Error(`${id}: not in src/core/sources.ts`);
      return `\0${id}`;
    },
    async load(id) {
      if (!id.startsWith(RESOLVED)) return null;
      const { path, anchors } = SOURCES[id.slice(RESOLVED.length) as SourceName];
      const file = `${root}/${path}`;
      this.addWatchFile(file);
      return `export default ${JSON.stringify(listingOf(path, await readFile(file, 'utf8'), anchors))}`;
    },
  };
}

/** A TypeScript file, highlighted. Throws where one of `anchors` is not declared at its top level. */
export function listingOf(path: string, text: string, anchors: readonly string[]): SourceListing {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lines = linesOf(hljs.highlight(text.trimEnd(), { language: 'typescript' }).value);
  return { path, text, lines, anchors: Object.fromEntries(anchors.map((name) => [name, rangeOf(file, name)])) };
}

/** First and last line of a declaration and the comment before it, from 1. */
function rangeOf(file: ts.SourceFile, name: string): [first: number, last: number] {
  const found = file.statements.find((statement) => declares(statement, name));
  if (!found) throw new Error(`${file.fileName}: declares no "${name}", which src/core/sources.ts names`);
  const line = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  return [line(found.getStart(file, true)), line(found.end)];
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some(({ name: own }) => ts.isIdentifier(own) && own.text === name);
  const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return named && statement.name?.text === name;
}

/** Cuts highlighted HTML at its line ends; an element that goes over one ends there and begins anew. */
export function linesOf(html: string): string[] {
  const open: string[] = [];
  return html.split('\n').map((part) => {
    const before = open.join('');
    for (const [tag] of part.matchAll(/<span\b[^>]*>|<\/span>/g)) {
      if (tag === '</span>') open.pop();
      else open.push(tag);
    }
    return before + part + '</span>'.repeat(open.length);
  });
}
