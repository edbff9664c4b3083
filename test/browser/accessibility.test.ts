/** axe finds nothing on any place, in both languages and both themes, at a desk and on a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLACES } from '../../src/core/places.ts';
import { type Site, type Visit, deviceLine, launchWithoutWebGpu, runAll, serveInFolder, visit } from './site.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let site: Site;
let visited: Visit;
let page: Page;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchWithoutWebGpu(), serveInFolder()]);
  visited = await visit(browser, site.url, 'preset=nano&seed=21&lang=en');
  page = visited.page;
  await deviceLine(page);
  await runAll(page, 'Run the whole pipeline', 'done');
  await page.evaluate(AXE);
});
afterAll(async () => {
  await Promise.all([browser.close(), site.close()]);
});

/** What axe calls a violation: the rule, and the elements that break it. */
async function violations(): Promise<string[]> {
  const results = await page.evaluate(async () =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary?.split('\n')[1]?.trim()}`),
  );
}

/** Goes to a place as a link would. */
async function go(words: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), `preset=nano&seed=21&${words}`);
  await page.waitForTimeout(300);
}

describe.each(['ko', 'en'])('in %s', (lang) => {
  describe.each(['light', 'dark'])('%s', (theme) => {
    it.each(PLACES)('%s has no violation', async (place) => {
      await go(`stage=${place}&lang=${lang}&theme=${theme}`);
      expect(await violations()).toEqual([]);
    });
  });

  it.each(PLACES)('%s fits a phone and has no violation there', async (place) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await go(`stage=${place}&lang=${lang}&theme=light`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await violations()).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('the first visit, the dialogs and the presentation have none', async () => {
    await go(`stage=sft&lang=${lang}&theme=dark`);
    for (const key of ['?', 'g', 'c']) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      expect(await violations(), `after ${key}`).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    await page.keyboard.press('p');
    const presented = await violations();
    const figures = await page.$$eval('main nav strong', (all) =>
      all.map((each) => parseFloat(getComputedStyle(each).fontSize)),
    );
    await page.keyboard.press('p');
    expect(presented).toEqual([]);
    expect(figures).toHaveLength(6);
    for (const size of figures) expect(size).toBeGreaterThanOrEqual(28);

    const fresh = await visit(browser, site.url, `lang=${lang}`);
    await fresh.page.locator('#welcome-title').waitFor();
    await fresh.page.evaluate(AXE);
    const first = page;
    page = fresh.page;
    expect(await violations()).toEqual([]);
    page = first;
    await fresh.context.close();
  });
});
