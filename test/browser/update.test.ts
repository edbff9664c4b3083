/** New versions of the page: they never disturb a run, and never mix with the old one. */
import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type Site,
  card,
  deviceLine,
  expectNoTrouble,
  launchWithoutWebGpu,
  serveInFolder,
  stored,
  visit,
} from './site.ts';

/** Where the second version keeps its code, so that nothing of the first one is found on its server. */
const SECOND = 'second';
/** Its run goes on for longer than a new version takes to come. */
const WORDS = 'preset=micro&seed=1&lang=en&sft.steps=10000';

let browser: Browser;
let site: Site;
let folder: string;
let next: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlhf-next-'));
  next = join(folder, 'next');
  [browser] = await Promise.all([launchWithoutWebGpu(), buildSecond(next)]);
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  site = await serveInFolder();
});
afterEach(() => site.close());

/** The same page once more, called otherwise: as a later one, it shares no file of code with the first. */
async function buildSecond(outDir: string): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'production', BUILD_ID: SECOND };
  delete env.VITEST;
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  const args = ['build', '--outDir', outDir, '--assetsDir', SECOND, '--logLevel', 'warn'];
  await promisify(execFile)(process.execPath, [vite, ...args], { env });
}

const update = (page: Page) => page.getByRole('button', { name: 'Update and reload' });
const notice = (page: Page) => page.getByText('A new version is ready');
const steps = (page: Page): Promise<string> => page.getByText(/^step [\d,]+ of/).innerText();
const askForNew = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
  });

/** Whether page, worker and stored files are of the first or of the second version. */
async function versions(page: Page): Promise<string[]> {
  const script = await page.locator('script[type=module]').getAttribute('src');
  const build = await page.evaluate(
    async () => ((await (await fetch('build.json')).json()) as { build: string }).build,
  );
  const workers = page.workers().map((each) => each.url());
  return [script ?? '', build, ...workers].map((each) => (each.includes(SECOND) ? 'second' : 'first'));
}

const FIRST_VERSION = ['first', 'first', 'first'];
const SECOND_VERSION = ['second', 'second', 'second'];

it('waits for a run in any tab, then comes in everywhere at once; nothing is lost', { timeout: 300_000 }, async () => {
  const visited = await visit(browser, site.url, WORDS, 'en-US', { serviceWorkers: 'allow' });
  const { page, context } = visited;
  await deviceLine(page);
  await stored(page);
  const other = await context.newPage();
  await other.goto(`${site.url}#preset=micro&seed=2&lang=en&stage=data`);
  await deviceLine(other);
  await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
  await expect.poll(() => steps(page)).not.toContain('step 0 ');

  await site.replace(next);
  await askForNew(page);
  await page.getByText('A run goes on in this tab. The new version waits').waitFor();
  await other.getByText('A run goes on in another tab. The new version waits').waitFor();
  for (const tab of [page, other]) expect(await update(tab).isDisabled()).toBe(true);

  // The run goes on, and a place whose code was not loaded yet opens as before.
  const before = await steps(page);
  await card(page, 'judge').click();
  await page.getByRole('heading', { name: 'Judge', level: 2 }).waitFor();
  await expect.poll(() => steps(page)).not.toBe(before);
  expect(await versions(page)).toEqual(FIRST_VERSION);
  expect(await versions(other)).toEqual(FIRST_VERSION);

  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();
  await page.getByText('All tabs of this page reload with it').waitFor();
  await expect.poll(() => update(other).isEnabled()).toBe(true);

  // A run that has begun since the other tab looked is not disturbed either.
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('A run goes on in this tab. The new version waits').waitFor();
  await update(other).evaluate((button) => (button as HTMLButtonElement).click());
  await other.getByText('A run goes on in another tab. The new version waits').waitFor();
  const resumed = await steps(page);
  await expect.poll(() => steps(page)).not.toBe(resumed);
  for (const tab of [page, other]) expect(await versions(tab)).toEqual(FIRST_VERSION);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();

  await expect.poll(() => update(other).isEnabled()).toBe(true);
  await update(other).click();
  for (const tab of [page, other]) {
    await tab.locator(`script[src*="${SECOND}"]`).waitFor({ state: 'attached' });
    await deviceLine(tab);
    await expect.poll(() => versions(tab)).toEqual(SECOND_VERSION);
    expect(await notice(tab).count()).toBe(0);
  }
  await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await card(page, 'sft').filter({ hasText: 'running' }).waitFor();
  await expectNoTrouble(visited);
  await context.close();
});

it('is offered to whoever comes back, can be put off, and is not forgotten', async () => {
  const visited = await visit(browser, site.url, WORDS, 'en-US', { serviceWorkers: 'allow' });
  const { page, context } = visited;
  await deviceLine(page);
  await stored(page);
  await site.replace(next);
  await page.reload();
  await notice(page).waitFor();
  expect(await versions(page)).toEqual(FIRST_VERSION);
  await page.getByRole('button', { name: 'Later' }).click();
  await expect.poll(() => notice(page).count()).toBe(0);
  await page.reload();
  await update(page).click();
  await page.locator(`script[src*="${SECOND}"]`).waitFor({ state: 'attached' });
  await deviceLine(page);
  await expect.poll(() => versions(page)).toEqual(SECOND_VERSION);
  // The old version's files are gone.
  const kept = (): Promise<string[]> =>
    page.evaluate(async () => {
      const found = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      return found.flat().map(({ url }) => url);
    });
  await expect.poll(async () => (await kept()).filter((url) => url.includes('/assets/'))).toEqual([]);
  expect((await kept()).length).toBeGreaterThan(100);
  await expectNoTrouble(visited);
  await context.close();
});

it('is left aside as long as one of its files is not what was built, as in the middle of an upload', async () => {
  const visited = await visit(browser, site.url, WORDS, 'en-US', { serviceWorkers: 'allow' });
  const { page, context } = visited;
  await deviceLine(page);
  await stored(page);
  const half = join(folder, 'half');
  await cp(next, half, { recursive: true });
  const name = (await readdir(join(half, SECOND))).find((each) => each.startsWith('trainer.worker')) ?? '';
  await appendFile(join(half, SECOND, name), '\n');
  await site.replace(half);
  const outcome = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const state = new Promise((resolve) =>
      registration.addEventListener('updatefound', () => {
        const { installing } = registration;
        installing?.addEventListener('statechange', () => resolve(installing.state));
      }),
    );
    await registration.update();
    return state;
  });
  expect(outcome).toBe('redundant');
  await page.reload();
  await deviceLine(page);
  expect(await versions(page)).toEqual(FIRST_VERSION);
  expect(await notice(page).count()).toBe(0);
  expect(await page.getByRole('alert').count()).toBe(0);

  await site.replace(next);
  await askForNew(page);
  await notice(page).waitFor();
  await context.close();
});

it('of the page does not work with a worker of another one, and says what to do', async () => {
  const { page, context } = await visit(browser, 'about:blank', '');
  await context.route('**/trainer.worker-*.js', async (route) => {
    const other = (await readdir(join(next, SECOND))).find((each) => each.startsWith('trainer.worker')) ?? '';
    await route.fulfill({ path: join(next, SECOND, other) });
  });
  await page.goto(`${site.url}#${WORDS}`);
  const alert = page.getByRole('alert');
  await alert.getByRole('button', { name: 'Reload' }).waitFor();
  expect(await alert.textContent()).toMatch(/the page is of build .+, its worker of build second/);
  await context.unroute('**/trainer.worker-*.js');
  await alert.getByRole('button', { name: 'Reload' }).click();
  await deviceLine(page);
  await expect.poll(() => alert.count()).toBe(0);
  await context.close();
});
