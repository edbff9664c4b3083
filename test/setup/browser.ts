/**
 * Before the browser's tests: a browser, the built page, and a server for it. Tests launch with `tools/browser.ts` and
 * open `inject('pageUrl')`.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { findBrowser } from '../../tools/browser.ts';
import { serve } from '../../tools/serve.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the built page is served, with a slash at the end. */
    pageUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The test processes inherit it, so that none searches or installs on its own.
  process.env.CHROME_PATH = await findBrowser();
  await build();
  const server = await serve('dist', 0);
  project.provide('pageUrl', server.url);
  return server.close;
}

/** As `npm run build` does it: in a process of its own, without Vitest's environment, which makes a build for tests. */
async function build(): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'production' };
  delete env.VITEST;
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], { env });
}
