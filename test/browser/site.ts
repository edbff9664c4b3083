/** The built page in a browser: served from a folder below a server's root, and watched for what goes wrong. */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { expect } from 'vitest';
import { STAGES } from '../../src/core/reports.ts';
import type { Stop } from '../../src/core/places.ts';
import { findBrowser } from '../../tools/browser.ts';
import { serve } from '../../tools/serve.ts';

const FOLDER = 'some/folder/';

export interface Site {
  /** Where the page is, with a slash at the end. */
  url: string;
  close: () => Promise<void>;
}

/** Serves dist from a subfolder, as a course's web space would. */
export async function serveInFolder(): Promise<Site> {
  const root = await mkdtemp(join(tmpdir(), 'rlhf-site-'));
  await mkdir(join(root, 'some'));
  await symlink(resolve('dist'), join(root, FOLDER.slice(0, -1)), 'dir');
  const server = await serve(root, 0);
  return {
    url: server.url + FOLDER,
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

/** Opens the page; `words` of its address as they follow the #. */
export async function visit(browser: Browser, url: string, words: string, locale = 'en-US'): Promise<Visit> {
  const context = await browser.newContext({ locale, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${url}#${words}`);
  return { page, context, errors };
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

/** The card of a stop in the rail. */
export function card(page: Page, stop: Stop) {
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
