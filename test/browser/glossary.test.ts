/** Terms in the text, and the whole list. */
import { describe, expect, it } from 'vitest';
import { PHONE } from './looks.ts';
import { atRest, expectNoTrouble, useSite } from './site.ts';

const site = useSite();

describe('a term', () => {
  it('opens its two names and its line by the keyboard, in the language of the page, and stays on the screen', async () => {
    const visited = await site.visit('preset=micro&seed=0&stage=sft', 'ko-KR');
    const { page } = visited;
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

    await page.setViewportSize(PHONE);
    await atRest(page);
    const terms = page.locator('main button[popovertarget]');
    const count = await terms.count();
    expect(count).toBeGreaterThan(5);
    for (let i = 0; i < count; i++) {
      await terms.nth(i).click();
      const sides = async (): Promise<[number, number]> => {
        const { x = NaN, width = NaN } = (await open.boundingBox()) ?? {};
        return [x, x + width];
      };
      // It is put in its place after it has opened.
      await expect.poll(async () => (await sides())[0]).toBeGreaterThanOrEqual(0);
      await expect.poll(async () => (await sides())[1]).toBeLessThanOrEqual(PHONE.width);
      await page.keyboard.press('Escape');
    }
    await expectNoTrouble(visited);
  });
});

describe('the glossary', () => {
  it('lists every term, and finds by either name', async () => {
    const visited = await site.visit('preset=micro&seed=0&stage=base');
    const { page } = visited;
    await page.getByRole('button', { name: 'Glossary' }).click();
    const dialog = page.getByRole('dialog', { name: 'Glossary' });
    const terms = dialog.getByRole('term');
    const search = dialog.getByLabel('Search the glossary');
    await search.waitFor();
    await expect.poll(() => terms.count()).toBeGreaterThanOrEqual(40);
    await search.fill('보상 모델');
    await expect.poll(() => terms.allInnerTexts()).toEqual(['reward model (RM) 보상 모델']);
    await dialog.getByText('1 term', { exact: true }).waitFor();
    await search.fill('zzz');
    await dialog.getByText('No term has these words.').waitFor();
    await expectNoTrouble(visited);
  });
});
