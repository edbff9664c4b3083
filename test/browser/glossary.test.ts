/** Terms in the text, and the whole list. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Site, expectNoTrouble, launchWithoutWebGpu, serveInFolder, visit } from './site.ts';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchWithoutWebGpu(), serveInFolder()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), site.close()]);
});

describe('a term', () => {
  it('opens its two names and its line by the keyboard, in the language of the page, and stays on the screen', async () => {
    const visited = await visit(browser, site.url, 'preset=micro&seed=0&stage=sft', 'ko-KR');
    const { page, context } = visited;
    const term = page.getByRole('button', { name: '시연(demonstration)', exact: true });
    await term.focus();
    await page.keyboard.press('Enter');
    const open = page.locator('[popover]:popover-open');
    await open.waitFor();
    expect(await open.innerText()).toMatch(/^시연\s+demonstration\s+모델이 따라 하도록 .*니다\.$/);
    await page.keyboard.press('Escape');
    await expect.poll(() => open.count()).toBe(0);

    await page.getByRole('radio', { name: 'English' }).check();
    await page.getByRole('button', { name: 'demonstration', exact: true }).click();
    await open.getByText('to be imitated').waitFor();
    await page.keyboard.press('Escape');

    await page.setViewportSize({ width: 390, height: 844 });
    const terms = page.locator('main button[popovertarget]');
    const count = await terms.count();
    expect(count).toBeGreaterThan(5);
    for (let i = 0; i < count; i++) {
      await terms.nth(i).click();
      const box = await open.boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
      await page.keyboard.press('Escape');
    }
    await expectNoTrouble(visited);
    await context.close();
  });
});

describe('the glossary', () => {
  it('lists every term, and finds by either name', async () => {
    const visited = await visit(browser, site.url, 'preset=micro&seed=0&stage=base');
    const { page, context } = visited;
    await page.getByRole('button', { name: 'Glossary' }).click();
    const dialog = page.getByRole('dialog', { name: 'Glossary' });
    const terms = dialog.getByRole('term');
    const search = dialog.getByLabel('Search the glossary');
    await search.waitFor();
    expect(await terms.count()).toBeGreaterThanOrEqual(40);
    await search.fill('보상 모델');
    await expect.poll(() => terms.allInnerTexts()).toEqual(['reward model (RM) 보상 모델']);
    await dialog.getByText('1 term', { exact: true }).waitFor();
    await search.fill('zzz');
    await dialog.getByText('No term has these words.').waitFor();
    await expectNoTrouble(visited);
    await context.close();
  });
});
