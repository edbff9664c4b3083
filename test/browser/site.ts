/** The built page in a browser: served from a folder below a server's root, and watched for what goes wrong. */
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
  chromium,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { PLACES, type Place, type Stop } from '../../src/core/places.ts';
import type { Language } from '../../src/i18n/index.ts';
import { en } from '../../src/i18n/en.ts';
import { ko } from '../../src/i18n/ko.ts';
import { findBrowser } from '../../tools/browser.ts';
import { serve } from '../../tools/serve.ts';

const FOLDER = 'some/folder/';
export const DESK = { width: 1440, height: 900 };

// As patient as Playwright itself is: Vitest's one second is too short where others need the processor too.
vi.setConfig({ expect: { poll: { timeout: 30_000 } } });

export interface Site {
  /** Where the page is, with a slash at the end. */
  url: string;
  /** Serves another build from now on, at the same address. */
  replace: (folder: string) => Promise<void>;
  close: () => Promise<void>;
}

/** Serves dist from a subfolder, as a course's web space would. */
export async function serveInFolder(): Promise<Site> {
  const root = await mkdtemp(join(tmpdir(), 'rlhf-site-'));
  await mkdir(join(root, 'some'));
  const link = join(root, FOLDER.slice(0, -1));
  await symlink(resolve('dist'), link, 'dir');
  const server = await serve(root, 0);
  return {
    url: server.url + FOLDER,
    replace: async (folder) => {
      await symlink(resolve(folder), `${link}.new`, 'dir');
      await rename(`${link}.new`, link);
    },
    close: async () => {
      await server.close();
      await rm(root, { recursive: true });
    },
  };
}

/** A browser without WebGPU, with more flags where a test needs them. */
export async function launchWithoutWebGpu(flags: readonly string[] = []): Promise<Browser> {
  const args = ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-blink-features=WebGPU', ...flags];
  return chromium.launch({ executablePath: await findBrowser(), args });
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What the console called an error, and what nobody caught. */
  errors: string[];
}

type Opening = Pick<BrowserContextOptions, 'serviceWorkers' | 'proxy' | 'viewport' | 'hasTouch' | 'isMobile'> & {
  /** What has to be done to the browser before it asks for the page. */
  prepare?: (context: BrowserContext, page: Page) => Promise<unknown>;
};

/**
 * Opens the page; `words` of its address as they follow the #. Its service worker stores 11 MB at each first visit, so only
 * tests of that allow it.
 */
export async function visit(
  browser: Browser,
  url: string,
  words: string,
  locale = 'en-US',
  { prepare, ...more }: Opening = {},
): Promise<Visit> {
  const context = await browser.newContext({ locale, viewport: DESK, serviceWorkers: 'block', ...more });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    // On plain http the browser says that one header needs https, and goes on without it.
    if (
      message.type() === 'error' &&
      !message.text().startsWith('The Cross-Origin-Opener-Policy header has been ignored')
    )
      errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await prepare?.(context, page);
  await page.goto(`${url}#${words}`);
  return { page, context, errors };
}

/** A browser and the page's server, for the tests of one file. */
interface OpenSite {
  readonly browser: Browser;
  /** As of a `Site`. */
  readonly url: string;
  /** As `visit`. What a test opens is closed when it ends, well or not; what a hook opens, with the browser. */
  visit: (words: string, locale?: string, more?: Opening) => Promise<Visit>;
}

/** Opens a browser and the page's server before the tests of a file, and closes them after the last one. */
export function useSite(launching: () => Promise<Browser> = launchWithoutWebGpu): OpenSite {
  let browser: Browser;
  let site: Site;
  /** Of the test that goes on, if one does. */
  let opened: BrowserContext[] | null = null;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launching(), serveInFolder()]);
  });
  beforeEach(() => {
    opened = [];
  });
  afterEach(async () => {
    const closing = opened?.map((context) => context.close());
    opened = null;
    await Promise.all(closing ?? []);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), site.close()]);
  });
  return {
    get browser() {
      return browser;
    },
    get url() {
      return site.url;
    },
    visit: async (...opening) => {
      const visited = await visit(browser, site.url, ...opening);
      opened?.push(visited.context);
      return visited;
    },
  };
}

/** The device is open: the chip that says so has left its waiting text; what it says in full. */
export async function deviceLine(page: Page): Promise<string> {
  const chip = page.locator('header button[data-device]');
  await chip.waitFor({ timeout: 30_000 });
  await chip.click();
  const words = await page.locator('header [popover]:popover-open').innerText();
  await page.keyboard.press('Escape');
  return words.trim();
}

/** The page and everything that it needs are stored: it works without a network from now on. */
export async function stored(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
}

/** "step 12 of 1,170" → 12; 0 between two stages. */
export async function stepOf(page: Page): Promise<number> {
  const text = await page.locator('.progress .step').innerText();
  return Number(/^step ([\d,]+) of/.exec(text)?.[1]?.replaceAll(',', '') ?? 0);
}

/** The records of what is stored of the one run there is, by the files' names. */
export const filesOf = (page: Page): Promise<Record<string, { notes: Record<string, string>; saved: number }>> =>
  page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.message));
      });
    const db = await done(indexedDB.open('rlhf-playground'));
    const all = await done(db.transaction('files').objectStore('files').getAll());
    db.close();
    return Object.fromEntries(all.map((each: { name: string }) => [each.name, each]));
  }) as never;

/** The autosaves of a stage of that run: of which step, stored when, in ms since 1970. */
export async function autosavesOf(page: Page, stage: StageName): Promise<{ step: number; saved: number }[]> {
  const autosaves = Object.entries(await filesOf(page)).filter(([name]) => name.startsWith(`${stage}.snapshot`));
  return autosaves.map(([, { notes, saved }]) => ({ step: Number(notes['step']), saved }));
}

/** Pauses the run in that stage. The step that was under way still comes, and is stored: the one that is returned. */
export async function pause(page: Page, stage: StageName): Promise<number> {
  const asked = Date.now();
  await button(page, 'Pause').click();
  let step = 0;
  await expect
    .poll(async () => {
      step = await stepOf(page);
      return (await autosavesOf(page, stage)).some((each) => each.saved >= asked && each.step === step);
    })
    .toBe(true);
  return step;
}

/** Nothing has changed on the page for a moment, and nothing moves. Not for a page that trains: it changes all the time. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    let changed = performance.now();
    const observer = new MutationObserver(() => (changed = performance.now()));
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    // What a new size or address sets off begins with the next frame.
    await frame();
    await frame();
    const moves = (): boolean => document.getAnimations().some(({ playState }) => playState === 'running');
    while (performance.now() - changed < 300 || moves()) await frame();
    observer.disconnect();
  });
}

/** Goes where a link would lead, to what it changes in the address, and waits until that is there. */
export async function goTo(
  page: Page,
  changes: { stage?: Place; lang?: Language; theme?: 'light' | 'dark' },
): Promise<void> {
  const { stage, lang, theme } = changes;
  const shown = await page.evaluate((all) => {
    const words = new URLSearchParams(location.hash.slice(1));
    for (const [name, value] of Object.entries(all)) words.set(name, value);
    location.hash = words.toString();
    return document.documentElement.lang;
  }, changes);
  if (lang) await page.locator(`html[lang=${lang}]`).waitFor();
  if (theme) await page.locator(`html[data-theme=${theme}]`).waitFor();
  if (stage) {
    const text = (lang ?? shown) === 'ko' ? ko : en;
    const name =
      stage === 'chat' || stage === 'library' || stage === 'benchmark' ? text[stage].title : text.stage[stage].name;
    await page.getByRole('heading', { name, level: 2, exact: true }).waitFor();
  }
  await atRest(page);
}

/** Looks at every place in both languages, as links would lead there, and at the glossary. Ends in English. */
export async function tour(page: Page): Promise<void> {
  for (const lang of ['ko', 'en'] as const) {
    for (const stage of PLACES) await goTo(page, { stage, lang });
    await page.keyboard.press('g');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  }
}

/** A button by all of its name. */
export function button(within: Page | Locator, name: string | RegExp): Locator {
  return within.getByRole('button', { name, exact: true });
}

/** The card of a stop in the rail. */
export function card(page: Page, stop: Stop): Locator {
  return page.locator(`main nav button[data-stage="${stop}"]`);
}

/** Presses the one button and waits until all five stages are done. */
export async function runAll(page: Page, start: string, done: string): Promise<void> {
  await page.getByRole('button', { name: start }).click();
  for (const stage of STAGES) await card(page, stage).filter({ hasText: done }).waitFor({ timeout: 90_000 });
}

/** No failure is shown, and the console is clean. */
export async function expectNoTrouble({ page, errors }: Visit): Promise<void> {
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
  expect(errors).toEqual([]);
}
