/** The built page in a browser: served from a folder below a server's root, and watched for what goes wrong. */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { expect } from 'vitest';
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

/** Opens the page; `query` without its question mark. */
export async function visit(browser: Browser, url: string, query: string, locale = 'en-US'): Promise<Visit> {
  const context = await browser.newContext({ locale, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${url}?${query}`);
  return { page, context, errors };
}

/** The device is open: the line that says so has left its waiting text. */
export async function deviceLine(page: Page): Promise<string> {
  const line = page.locator('header .device strong');
  await line.waitFor({ timeout: 30_000 });
  return (await page.locator('header .device').innerText()).trim();
}

/** The card of a stage in the rail, from 1. */
export function card(page: Page, number: number) {
  return page.locator('nav button').nth(number - 1);
}

/** Presses the one button and waits until all five stages are done. */
export async function runAll(page: Page, start: string, done: string): Promise<void> {
  await page.getByRole('button', { name: start }).click();
  for (let stage = 1; stage <= 5; stage++)
    await card(page, stage).filter({ hasText: done }).waitFor({ timeout: 90_000 });
}

/** No failure is shown, and the console is clean. */
export async function expectNoTrouble({ page, errors }: Visit): Promise<void> {
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
  expect(errors).toEqual([]);
}
