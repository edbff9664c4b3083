/** axe finds nothing on any place, in both languages and both themes, at a desk and on a phone. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { PLACES } from '../../src/core/places.ts';
import { expectFitsPhone, violations } from './looks.ts';
import { deviceLine, goTo, runAll, useSite } from './site.ts';

const site = useSite();
let page: Page;
beforeAll(async () => {
  ({ page } = await site.visit('preset=nano&seed=21&lang=en'));
  await deviceLine(page);
  await runAll(page, 'Run the whole pipeline', 'done');
});

describe.each(['ko', 'en'] as const)('in %s', (lang) => {
  describe.each(['light', 'dark'] as const)('%s', (theme) => {
    it.each(PLACES)('%s has no violation', async (place) => {
      await goTo(page, { stage: place, lang, theme });
      expect(await violations(page)).toEqual([]);
    });
  });

  it.each(PLACES)('%s fits a phone and has no violation there', async (place) => {
    await goTo(page, { stage: place, lang, theme: 'light' });
    await expectFitsPhone(page, async () => expect(await violations(page)).toEqual([]));
  });

  it('the first visit, the dialogs and the presentation have none', async () => {
    await goTo(page, { stage: 'sft', lang, theme: 'dark' });
    for (const key of ['?', 'g', 'c']) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      expect(await violations(page), `after ${key}`).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    await page.keyboard.press('p');
    await page.locator('html[data-presenting]').waitFor();
    const presented = await violations(page);
    const figures = await page.$$eval('main nav strong', (all) =>
      all.map((each) => parseFloat(getComputedStyle(each).fontSize)),
    );
    await page.keyboard.press('p');
    expect(presented).toEqual([]);
    expect(figures).toHaveLength(6);
    for (const size of figures) expect(size).toBeGreaterThanOrEqual(28);

    const fresh = await site.visit(`lang=${lang}`);
    await fresh.page.locator('#welcome-title').waitFor();
    expect(await violations(fresh.page)).toEqual([]);
  });
});
