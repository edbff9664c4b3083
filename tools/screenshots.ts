/**
 * Pictures of every place of the page, after a real run, in each size, theme and language: `npm run screenshots`.
 *
 * They are for looking at, and the best of them stand in the README; no test compares them.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { PLACES, type Place } from '../src/core/places.ts';
import { launch } from './browser.ts';
import { serve } from './serve.ts';

const SIZES = { desk: [1440, 900], hall: [1920, 1080], phone: [390, 844] } as const;
const THEMES = ['light', 'dark'] as const;
const LANGUAGES = ['ko', 'en'] as const;
type Size = keyof typeof SIZES;

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'micro' },
    site: { type: 'string', default: 'dist' },
    out: { type: 'string', default: 'docs/screenshots' },
    /** Only these: "sft,chat". */
    places: { type: 'string', default: PLACES.join(',') },
    sizes: { type: 'string', default: Object.keys(SIZES).join(',') },
    /** Below the fold too. */
    full: { type: 'boolean', default: false },
  },
});
const places = values.places.split(',') as Place[];
const sizes = values.sizes.split(',') as Size[];

const server = await serve(values.site, 0);
const addressOf = (words: string): string => `${server.url}#preset=${values.preset}&seed=0&${words}`;
const browser = await launch();
try {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 } });
  await mkdir(values.out, { recursive: true });
  await run(context);
  if (places.includes('reward')) await label(context);
  for (const size of sizes)
    for (const theme of THEMES) for (const lang of LANGUAGES) await takeAll(context, size, theme, lang);
} finally {
  await browser.close();
  await server.close();
}

/** The whole pipeline once; its curves and checkpoints stay in the context's storage. */
async function run(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(addressOf('lang=en&backend=wasm'));
  await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
  // A nano stage is over before it can be seen.
  if (values.preset !== 'nano') {
    await page
      .locator('main nav [data-stage="sft"]')
      .getByText(/running [6-9]\d %/)
      .waitFor({ timeout: 30 * 60_000 });
    await take(page, 'training');
  }
  await page.getByText('all stages are done', { exact: true }).waitFor({ timeout: 30 * 60_000 });
  await page.close();
}

/** A few choices in the arena: the first answer of three, then the second. */
async function label(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(addressOf('stage=reward&lang=en&backend=wasm'));
  await page.getByRole('button', { name: 'Show me two answers' }).click();
  for (const key of '111211121112') {
    await page.locator('.arena [aria-busy="false"]').first().waitFor();
    await page.keyboard.press(key);
    await page.locator('.arena [aria-busy="false"]').first().waitFor();
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await take(page, 'arena');
  await page.close();
}

async function takeAll(context: BrowserContext, size: Size, theme: string, lang: string): Promise<void> {
  const page = await context.newPage();
  const [width, height] = SIZES[size];
  await page.setViewportSize({ width, height });
  for (const place of places) {
    await page.goto('about:blank');
    await page.goto(addressOf(`stage=${place}&lang=${lang}&theme=${theme}&backend=wasm`));
    await settle(page);
    await take(page, `${place}-${size}-${theme}-${lang}`);
  }
  await page.close();
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(values.out, `${name}.jpg`);
  await page.screenshot({ path, type: 'jpeg', quality: 85, fullPage: values.full });
  console.log(path);
}

/** The device is open, and what is stored has been drawn. */
async function settle(page: Page): Promise<void> {
  await page.locator('header button[data-device]').waitFor();
  await page.waitForTimeout(800);
}
