/** The benchmark in Chromium's worker, on the software adapter that the browser tests use. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { launch } from '../browser.ts';
import { serve } from '../serve.ts';
import type { BrowserReply, BrowserRequest } from './browser/bench.worker.ts';

const entry = fileURLToPath(new URL('./browser/page.ts', import.meta.url));

/** Throws what went wrong in the worker. */
export async function runInChromium(request: BrowserRequest): Promise<Exclude<BrowserReply, { error: string }>> {
  const folder = await mkdtemp(join(tmpdir(), 'rlhf-bench-'));
  try {
    await build({
      configFile: false,
      root: fileURLToPath(new URL('./browser/', import.meta.url)),
      base: './',
      publicDir: false,
      logLevel: 'error',
      worker: { format: 'es' },
      build: {
        target: 'es2022',
        outDir: folder,
        emptyOutDir: false,
        rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } },
      },
    });
    await writeFile(join(folder, 'index.html'), '<!doctype html><script type="module" src="./page.js"></script>');
    const server = await serve(folder, 0);
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.waitForFunction(() => 'benchmark' in window);
      const reply = await page.evaluate((message) => window.benchmark(message), request);
      if ('error' in reply) throw new Error(`the benchmark in Chromium failed: ${reply.error}`);
      return reply;
    } finally {
      await browser.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
