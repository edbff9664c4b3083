/** Without a network: what is stored, and that everything works after one visit with the server stopped. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launch } from '../../tools/browser.ts';
import {
  deviceLine,
  expectNoTrouble,
  launchWithoutWebGpu,
  runAll,
  serveInFolder,
  stored,
  tour,
  useSite,
  visit,
} from './site.ts';

const site = useSite(launch);

/** Of dist, with slashes. */
const files = (): string[] =>
  readdirSync('dist', { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join('dist', path)).isFile())
    .map((path) => path.replaceAll('\\', '/'));

describe('what is stored', () => {
  it('is every file of the build, as it was built', () => {
    const worker = readFileSync('dist/sw.js', 'utf8');
    const entries = [...worker.matchAll(/\{url:"([^"]+)",revision:(?:"[^"]+"|null),integrity:"sha384-([^"]+)"\}/g)];
    const precached = new Map(entries.map(([, url = '', hash = '']) => [url, hash]));
    expect([...precached.keys()].sort()).toEqual(
      files()
        .filter((path) => path !== 'sw.js')
        .sort(),
    );
    for (const [url, hash] of precached)
      expect(
        createHash('sha384')
          .update(readFileSync(join('dist', url)))
          .digest('base64'),
        url,
      ).toBe(hash);
    for (const kind of [/\.wasm$/, /trainer\.worker-.*\.js$/, /checkpoints\/micro\.ppo\.safetensors$/, /index\.html$/])
      expect(
        [...precached.keys()].some((url) => kind.test(url)),
        String(kind),
      ).toBe(true);
  });

  it('carries one name: page, workers, and what says which build is served', () => {
    const { build } = JSON.parse(readFileSync('dist/build.json', 'utf8')) as { build: string };
    expect(build).toMatch(/^\d+\.\d+\.\d+\+[\da-f]{12}$/);
    for (const name of [/^assets\/(?!.*worker).*\.js$/, /trainer\.worker-.*\.js$/, /benchmark\.worker-.*\.js$/]) {
      const found = files().filter((path) => name.test(path));
      expect(
        found.some((path) => readFileSync(join('dist', path), 'utf8').includes(build)),
        String(name),
      ).toBe(true);
    }
  });

  it('can be installed: the browser finds nothing wrong with the manifest, and icons of the sizes that it names', async () => {
    const { page, context } = await site.visit('lang=en');
    const session = await context.newCDPSession(page);
    const { url, errors, manifest } = (await session.send('Page.getAppManifest')) as Awaited<
      ReturnType<typeof session.send<'Page.getAppManifest'>>
    > & { manifest: { startUrl: string; scope: string; display: string; icons: { url: string; sizes: string }[] } };
    expect(errors).toEqual([]);
    expect(url).toBe(`${site.url}manifest.webmanifest`);
    expect(manifest).toMatchObject({ startUrl: site.url, scope: site.url, display: 'kStandalone' });
    const apple = { url: `${site.url}icons/apple-touch-icon.png`, sizes: '180x180' };
    for (const icon of [...manifest.icons, apple]) {
      const size = await page.evaluate(async (src) => {
        const image = new Image();
        image.src = src;
        await image.decode();
        return `${image.naturalWidth}x${image.naturalHeight}`;
      }, icon.url);
      expect(size, icon.url).toBe(icon.sizes);
    }
  });
});

describe('installing', () => {
  it('is offered in the library where the browser offers it, and once', async () => {
    const visited = await site.visit('preset=nano&lang=en&stage=library');
    const { page } = visited;
    const install = page.getByRole('button', { name: 'Install as an app' });
    await page.getByRole('heading', { name: 'Without a network' }).waitFor();
    expect(await install.count()).toBe(0);
    // A browser without a window never does it on its own.
    await page.evaluate(() => {
      const offer = new Event('beforeinstallprompt', { cancelable: true });
      dispatchEvent(Object.assign(offer, { prompt: () => (document.title = 'asked') }));
      if (!offer.defaultPrevented) document.title = 'banner';
    });
    await install.click();
    await expect.poll(() => page.title()).toBe('asked');
    await expect.poll(() => install.count()).toBe(0);
    await expectNoTrouble(visited);
  });
});

describe('after one visit, with the server stopped', () => {
  it('the page opens, trains on both engines, answers, and shows every place', { timeout: 240_000 }, async () => {
    const stopped = await serveInFolder();
    const visited = await visit(site.browser, stopped.url, 'preset=nano&seed=1&lang=en&backend=wasm', 'en-US', {
      serviceWorkers: 'allow',
    });
    const { page, context } = visited;
    onTestFinished(() => context.close());
    await deviceLine(page);
    await stored(page);
    await context.setOffline(true);
    await stopped.close();
    await expect(fetch(stopped.url)).rejects.toThrow();

    await page.reload();
    expect(await deviceLine(page)).toContain('WebAssembly');
    await runAll(page, 'Run the whole pipeline', 'done');
    await tour(page);
    await readyInLibrary(page);
    await chatWithShipped(page);
    await expectNoTrouble(visited);

    await page.evaluate(() => (location.hash = 'preset=nano&seed=2&base=train&lang=en&backend=webgpu&stage=base'));
    await page.reload();
    expect(await deviceLine(page)).toContain('Computes with WebGPU');
    await page.getByRole('button', { name: 'One step' }).click();
    await page.getByText('step 1 of 12').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expectNoTrouble(visited);
  });
});

describe('where the browser stores no page', () => {
  it('says so in the library, and is no error', async () => {
    const insecure = await launchWithoutWebGpu(['--host-resolver-rules=MAP classroom.test localhost']);
    onTestFinished(() => insecure.close());
    const url = site.url.replace('localhost', 'classroom.test');
    const visited = await visit(insecure, url, 'preset=nano&lang=en&stage=library', 'en-US', {
      serviceWorkers: 'allow',
    });
    await visited.page.getByText('browsers store it only from https:// or localhost').waitFor();
    await expectNoTrouble(visited);
  });
});

async function readyInLibrary(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Library' }).click();
  await page.getByText('Ready: the page, its engines and its models are stored here').waitFor();
}

async function chatWithShipped(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Chat' }).click();
  await page.getByLabel('Checkpoint 1').selectOption({ label: 'PPO · micro, shipped' });
  const prompt = page.getByRole('combobox', { name: 'Prompt' });
  await prompt.fill('where does mia live ?');
  await prompt.press('Enter');
  const answer = page.getByRole('region', { name: 'Answer of PPO · micro, shipped' });
  await expect.poll(() => answer.getByRole('group').getByRole('button').count()).toBeGreaterThan(2);
}
