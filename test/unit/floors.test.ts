/**
 * The floors of the house: imports only go down (README.md, "How it is laid out").
 *
 * Reads every import of src, workers and tools from the source text: static, dynamic, re-exported, type-only, in Svelte's
 * markup, and workers made from a URL. The rules are functions of a path → text map, so that the negative cases can
 * prove on small trees that they bite.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Path in the repository → source text. */
type Tree = Map<string, string>;

interface Import {
  specifier: string;
  /** 'type' leaves nothing at run time; 'worker' is `new Worker(new URL(…, import.meta.url))`. */
  kind: 'value' | 'type' | 'worker';
}

const floors: Record<string, number> = {
  'src/app': 6,
  'src/stages': 5,
  'src/labs': 5,
  'src/chat': 5,
  'src/benchmark': 5,
  'src/configuration': 5,
  'src/library': 5,
  'src/lessons': 5,
  'src/session': 4,
  'src/ui': 3,
  'src/storage': 2,
  'src/i18n': 1,
  'src/core': 0,
  'workers/trainer': 4,
  'workers/pipeline': 3,
  'workers/benchmark': 3,
  'workers/algorithms': 2,
  'workers/model': 1,
  'workers/engine': 0,
};

const isWorkerEntry = (path: string): boolean => /^workers\/[^/]+\.worker\.ts$/.test(path);

/** The folder a file belongs to and its floor; every stage is a room of its own. Undefined: not in the plan of the house. */
function place(path: string): { room: string; floor: number } | undefined {
  if (path === 'src/main.ts') return { room: path, floor: 7 };
  if (isWorkerEntry(path)) return { room: path, floor: 5 };
  const [top = '', room = '', stage = '', ...rest] = path.split('/');
  const floor = stage === '' ? undefined : floors[`${top}/${room}`];
  if (floor === undefined) return undefined;
  return { room: room === 'stages' && rest.length > 0 ? `src/stages/${stage}` : `${top}/${room}`, floor };
}

/** Everything a file imports. */
function importsOf(path: string, text: string): Import[] {
  if (!path.endsWith('.svelte')) return importsOfScript(text);
  const scripts: string[] = [];
  const markup = text.replaceAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g, (_, script: string) => {
    scripts.push(script);
    return '';
  });
  // In markup only expressions can import: {#await import('…')}.
  const expressions = [...markup.matchAll(/\bimport\(\s*(['"`])(.*?)\1/g)].map(
    (match) => `import(${JSON.stringify(match[2])})`,
  );
  return importsOfScript([...scripts, ...expressions].join('\n;'));
}

function importsOfScript(text: string): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, kind: Import['kind']): void => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause) ? 'type' : 'value');
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value');
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, 'type');
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'value');
    else if (isModuleUrl(node)) add(node.arguments?.[0], 'worker');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true));
  return found;
}

/** Whether an import leaves nothing at run time: `import type` or types alone between its braces. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

/** Whether a node is the URL of a module for a worker: `new URL('….ts', import.meta.url)`. */
function isModuleUrl(node: ts.Node): node is ts.NewExpression {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'URL') return false;
  const [path, base] = node.arguments ?? [];
  return base?.getText() === 'import.meta.url' && path !== undefined && /\.[mc]?[jt]s['"`]$/.test(path.getText());
}

/** The file in the repository that a specifier names; null for a package or a module of Node. */
function resolve(from: string, specifier: string, tree: Tree): string | null {
  if (!/^\.{0,2}\//.test(specifier)) return null;
  const bare = specifier.replace(/\?.*$/, '');
  const path = bare.startsWith('/') ? bare.slice(1) : posix.join(posix.dirname(from), bare);
  const candidates = [path, path.replace(/\.js$/, '.ts'), `${path}.ts`, `${path}.svelte`, `${path}/index.ts`];
  return candidates.find((candidate) => tree.has(candidate)) ?? path;
}

/** What is wrong with a file of the tree importing `target`, a file; null where it may. */
function fileComplaint(from: string, target: string, kind: Import['kind']): string | null {
  const [ownTop = ''] = from.split('/');
  const [top = ''] = target.split('/');
  if (ownTop === 'tools')
    return top === 'tools' || top === 'workers' || /^src\/(core|storage\/archive)\//.test(target)
      ? null
      : 'tools stand on the workers, src/core and the format of archives';
  if (top !== 'src' && top !== 'workers') return 'product code imports from src and workers alone';

  if (ownTop === 'src' && top === 'workers') {
    if (!isWorkerEntry(target)) return 'the page knows no file of the workers but their entries';
    if (kind === 'value') return 'the page takes types alone from a worker';
    return kind === 'worker' && !from.startsWith('src/session/') ? 'workers are made in src/session' : null;
  }
  if (ownTop === 'workers' && top === 'src') {
    if (target.startsWith('src/core/')) return null;
    if (!target.startsWith('src/storage/')) return 'the workers stand on src/core';
    return isWorkerEntry(from) || from.startsWith('workers/trainer/')
      ? null
      : 'storage is for the entries of the workers and what stands behind them';
  }
  const [own, below] = [place(from), place(target)];
  if (!below) return `${target} is in no room of the house`;
  if (!own || own.room === below.room || below.floor < own.floor) return null;
  return below.floor === own.floor ? `${own.room} and ${below.room} are neighbours` : 'imports only go down';
}

/** What is wrong with a file importing from a package or from Node; null where it may. */
function packageComplaint(from: string, specifier: string): string | null {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (name === '@tensorflow/tfjs' && !/^(tools|workers)\/bench/.test(from)) return 'import @tensorflow/tfjs-core';
  if (from.startsWith('tools/')) return null;
  if (name.startsWith('@tensorflow/') && from.startsWith('src/')) return 'the page never imports tfjs';
  if (from.startsWith('src/core/') && name !== 'pure-rand' && name !== 'valibot')
    return 'src/core stands on pure-rand and valibot alone';
  if (specifier.startsWith('node:')) return 'product code runs in a browser';
  return null;
}

/** Every broken rule of a tree, as `file → specifier: rule`. */
function complaints(tree: Tree): string[] {
  const found: string[] = [];
  const imports = new Map([...tree].map(([path, text]) => [path, importsOf(path, text)]));
  for (const [path, own] of imports) {
    if (!path.startsWith('tools/') && !place(path)) found.push(`${path}: is in no room of the house`);
    for (const { specifier, kind } of own) {
      const target = resolve(path, specifier, tree);
      const complaint = target === null ? packageComplaint(path, specifier) : fileComplaint(path, target, kind);
      if (complaint !== null) found.push(`${path} → ${specifier}: ${complaint}`);
    }
    const chain = path.startsWith('src/') ? pathToTfjs(path, imports, tree) : null;
    if (chain && chain.length > 2) found.push(`${chain.join(' → ')}: the page never reaches tfjs`);
  }
  return found;
}

/** How a file reaches tfjs at run time, through the files it imports; null where it does not. */
function pathToTfjs(start: string, imports: Map<string, Import[]>, tree: Tree): string[] | null {
  const chains = new Map([[start, [start]]]);
  for (const [path, chain] of chains) {
    for (const { specifier, kind } of imports.get(path) ?? []) {
      if (kind !== 'value') continue;
      if (specifier.startsWith('@tensorflow/')) return [...chain, specifier];
      const target = resolve(path, specifier, tree);
      if (target !== null && !chains.has(target)) chains.set(target, [...chain, target]);
    }
  }
  return null;
}

describe('the floors', () => {
  const root = new URL('../../', import.meta.url);
  const paths = ['src', 'workers', 'tools']
    .flatMap((top) =>
      readdirSync(new URL(top, root), { recursive: true, encoding: 'utf8' }).map((path) => `${top}/${path}`),
    )
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(ts|svelte)$/.test(path) && !path.endsWith('.d.ts'))
    // AssemblyScript is another language.
    .filter((path) => !path.startsWith('workers/engine/wasm/assembly/'));
  const tree: Tree = new Map(paths.map((path) => [path, readFileSync(new URL(path, root), 'utf8')]));

  it('finds the house', () => {
    expect(tree.has('src/core/rng.ts')).toBe(true);
    expect(tree.size).toBeGreaterThan(5);
  });

  it('hold', () => {
    expect(complaints(tree)).toEqual([]);
  });
});

describe('the rules', () => {
  const check = (files: Record<string, string>): string[] => complaints(new Map(Object.entries(files)));

  it('let everything pass that goes down', () => {
    const files = {
      'src/main.ts': "import App from './app/App.svelte';\nimport './app/page.css';",
      'src/app/App.svelte':
        "<script lang=\"ts\">import { sft } from '../stages/sft/index.ts';</script>{#await import('../labs/lab.ts')}{/await}",
      'src/stages/sft/index.ts': "import './panel.ts'; import type { Api } from '../../../workers/trainer.worker.ts';",
      'src/stages/sft/panel.ts': "export * from '../../core/rng.ts';",
      'src/labs/lab.ts': "import { t } from '../i18n/index.ts'; import 'comlink';",
      'src/i18n/index.ts': '',
      'src/session/trainer.ts':
        "new Worker(new URL('../../workers/trainer.worker.ts', import.meta.url), { type: 'module' });",
      'src/core/rng.ts': "import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';",
      'src/storage/runs.ts': "import { openDB } from 'idb';",
      'workers/trainer.worker.ts': "import './pipeline/run.ts'; import '../src/storage/runs.ts';",
      'workers/pipeline/run.ts': "import '../algorithms/ppo.ts';",
      'workers/algorithms/ppo.ts': "import * as tf from '@tensorflow/tfjs-core'; import '../../src/core/rng.ts';",
      'tools/pipeline.ts': "import 'node:fs'; import '../workers/pipeline/run.ts'; import '../src/core/rng.ts';",
      'tools/bench.ts': "import * as tf from '@tensorflow/tfjs';",
    };
    expect(check(files)).toEqual([]);
  });

  it.each([
    ['upward, statically', 'src/ui/curve.ts', "import { x } from '../session/run.ts';", 'imports only go down'],
    ['upward, dynamically', 'src/ui/curve.ts', "await import('../app/frame.ts');", 'imports only go down'],
    ['upward, re-exported', 'src/core/a.ts', "export { x } from '../i18n/en.ts';", 'imports only go down'],
    ['upward, as a type', 'src/core/a.ts', "type X = import('../storage/runs.ts').Run;", 'imports only go down'],
    [
      'upward, in Svelte',
      'src/ui/A.svelte',
      "<script lang='ts'>import x from '../app/a.ts';</script>",
      'imports only go down',
    ],
    ['upward, in markup', 'src/ui/A.svelte', "{#await import('../chat/C.svelte')}{/await}", 'imports only go down'],
    ['upward among workers', 'workers/model/gpt2.ts', "import '../algorithms/ppo.ts';", 'imports only go down'],
    ['a neighbour', 'src/labs/a.ts', "import '../chat/b.ts';", 'neighbours'],
    ['another stage', 'src/stages/sft/a.ts', "import '../ppo/b.ts';", 'neighbours'],
    ['another worker', 'workers/a.worker.ts', "import './b.worker.ts';", 'neighbours'],
    ['a room that is not planned', 'src/ui/a.ts', "import '../utils/b.ts';", 'no room'],
    ['from a room that is not planned', 'src/utils/a.ts', '', 'no room'],
    ['tools, from the product', 'workers/engine/a.ts', "import '../../tools/dawn.ts';", 'from src and workers alone'],
    ['tests, from the product', 'src/core/a.ts', "import '../../test/unit/a.ts';", 'from src and workers alone'],
    ['the page, from tools', 'tools/a.ts', "import '../src/storage/runs.ts';", 'tools stand on'],
    [
      'archives of the browser, from tools',
      'tools/a.ts',
      "import '../src/storage/archive-store.ts';",
      'tools stand on',
    ],
    ['the page, from workers', 'workers/engine/a.ts', "import '../../src/ui/a.ts';", 'the workers stand on src/core'],
    [
      'storage, below the entries',
      'workers/pipeline/a.ts',
      "import '../../src/storage/a.ts';",
      'entries of the workers',
    ],
    [
      'workers, from the page',
      'src/session/a.ts',
      "import type { X } from '../../workers/engine/a.ts';",
      'their entries',
    ],
    ['a worker as a value', 'src/session/a.ts', "import { x } from '../../workers/a.worker.ts';", 'types alone'],
    [
      'a worker made elsewhere',
      'src/ui/a.ts',
      "new Worker(new URL('../../workers/a.worker.ts', import.meta.url));",
      'made in src/session',
    ],
    ['tfjs, from the page', 'src/ui/a.ts', "import * as tf from '@tensorflow/tfjs-core';", 'never imports tfjs'],
    [
      'tfjs types, from the page',
      'src/ui/a.ts',
      "import type { Tensor } from '@tensorflow/tfjs-core';",
      'never imports tfjs',
    ],
    ['the whole of tfjs', 'workers/engine/a.ts', "import * as tf from '@tensorflow/tfjs';", 'tfjs-core'],
    ['the whole of tfjs, in tools', 'tools/pipeline.ts', "import * as tf from '@tensorflow/tfjs';", 'tfjs-core'],
    ['a package, from core', 'src/core/a.ts', "import { openDB } from 'idb';", 'pure-rand and valibot'],
    ['Node, from core', 'src/core/a.ts', "import 'node:fs';", 'pure-rand and valibot'],
    ['Node, from a worker', 'workers/engine/a.ts', "import 'node:fs';", 'runs in a browser'],
  ])('refuse: %s', (_, path, text, rule) => {
    expect(check({ [path]: text }).join('\n')).toContain(rule);
  });

  it('refuse tfjs that the page reaches through other files', () => {
    const files = {
      'src/session/a.ts': "import '../ui/b.ts';",
      'src/ui/b.ts': "import '../core/c';",
      'src/core/c.ts': "import '@tensorflow/tfjs-core';",
    };
    expect(check(files)).toContain(
      'src/session/a.ts → src/ui/b.ts → src/core/c.ts → @tensorflow/tfjs-core: the page never reaches tfjs',
    );
  });
});
