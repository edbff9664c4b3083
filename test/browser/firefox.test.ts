/** Firefox, with WebGPU on lavapipe: the page loads, trains a few steps, and finds them again after a reload. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchFirefox } from '../../tools/firefox.ts';
import { type Site, serveInFolder } from './site.ts';

/** Firefox compiles each kernel at its first use, on a processor that others may need too. */
const PATIENCE = 180_000;

/** Where there is no Firefox it is installed first. */
const INSTALLING = 900_000;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchFirefox(), serveInFolder()]);
}, INSTALLING);
afterAll(async () => {
  await Promise.all([browser.close(), site.close()]);
});

const press = (page: Page, name: string) =>
  page.locator(`::-p-aria([name="${name}"][role="button"])`).setTimeout(PATIENCE).click();
const see = (page: Page, words: string) => page.locator(`::-p-text(${words})`).setTimeout(PATIENCE).wait();

it('trains in Firefox on WebGPU, and shows the same after a reload', { timeout: 3 * PATIENCE }, async () => {
  const page = await browser.newPage();
  page.setDefaultNavigationTimeout(PATIENCE);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.setViewport({ width: 1440, height: 900 });
  await page.goto(`${site.url}#preset=nano&seed=11&base=train&backend=webgpu&lang=en`);
  await page.locator('header button[data-device="webgpu"]').setTimeout(PATIENCE).wait();
  for (let step = 1; step <= 3; step++) {
    await press(page, 'One step');
    await see(page, `step ${step} of 12`);
  }
  const loss = () => page.$eval('main nav [data-stage="base"] strong', (element) => element.textContent);
  await press(page, 'Stop');
  await see(page, 'stopped; it can go on');
  const trained = await loss();
  expect(trained).toMatch(/^\d\.\d+$/);

  await page.reload();
  await see(page, 'stopped 25 %');
  await page.waitForFunction(
    (text) => document.querySelector('main nav [data-stage="base"] strong')?.textContent === text,
    { timeout: PATIENCE },
    trained,
  );
  await press(page, 'One step');
  await see(page, 'step 4 of 12');
  expect(errors).toEqual([]);
});
