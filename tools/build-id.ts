/**
 * What a build is called: the package's version and a hash of all that it is made from. Page and workers carry it
 * (src/core/build.ts), and build.json beside them says which build is served.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const SOURCES = ['src', 'workers', 'public', 'tools'];
const FILES = ['index.html', 'package.json', 'package-lock.json', 'svelte.config.js', 'vite.config.ts'];

/** Names the build; BUILD_ID in the environment names it otherwise. */
export function buildId(): Plugin {
  let id = 'development';
  return {
    name: 'build-id',
    async config({ root = '.' }, { command }) {
      if (command === 'build') id = process.env.BUILD_ID ?? (await nameOf(root));
      return { define: { 'import.meta.env.BUILD_ID': JSON.stringify(id) } };
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'build.json', source: `${JSON.stringify({ build: id })}\n` });
    },
  };
}

/** "0.1.0+3f2a91c4d5e6" of the sources in `root`. */
async function nameOf(root: string): Promise<string> {
  const folders = await Promise.all(SOURCES.map((folder) => filesIn(root, folder)));
  const hash = createHash('sha256');
  for (const file of [...FILES, ...folders.flat()].sort()) {
    const bytes = await readFile(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return `${version}+${hash.digest('hex').slice(0, 12)}`;
}

/** Every file below a folder, its path with slashes from `root`. */
async function filesIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(root, path) : [path];
  });
  return (await Promise.all(found)).flat();
}
