/**
 * Before the browser's tests: a browser, the built page, and a server for it. Tests launch with `tools/browser.ts` and
 * open `inject('pageUrl')`.
 */
import { build } from 'vite';
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
  await build({ logLevel: 'warn' });
  const server = await serve('dist', 0);
  project.provide('pageUrl', server.url);
  return server.close;
}
