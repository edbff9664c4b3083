/** Pause, step, stop and go on; keys; the arena; chat; what the page says about itself. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STAGES } from '../../src/core/reports.ts';
import { launch } from '../../tools/browser.ts';
import { PHONE, expectFitsPhone } from './looks.ts';
import { type Visit, button, card, deviceLine, expectNoTrouble, pause, runAll, stepOf, useSite } from './site.ts';

const site = useSite(launch);

/** Presses a key that is meant for the page, not for what was clicked last. */
async function press(page: Page, key: string): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press(key);
}

describe('the run', () => {
  it('pauses, takes single steps, stops, and goes on where it was, also after a reload', async () => {
    const visited = await site.visit('preset=micro&seed=3&base=train');
    const { page } = visited;
    await deviceLine(page);

    await button(page, 'One step').click();
    await card(page, 'base').filter({ hasText: 'paused' }).waitFor();
    await expect.poll(() => stepOf(page)).toBe(1);
    await press(page, '.');
    await expect.poll(() => stepOf(page)).toBe(2);

    await press(page, 'Space');
    await expect.poll(() => stepOf(page)).toBeGreaterThan(10);
    const paused = await pause(page, 'base');
    await page.waitForTimeout(700);
    expect(await stepOf(page)).toBe(paused);

    await button(page, 'Stop').click();
    await card(page, 'base').filter({ hasText: 'stopped' }).waitFor();

    await page.reload();
    await card(page, 'base').filter({ hasText: 'stopped' }).waitFor();
    await button(page, 'Continue the run').click();
    await expect.poll(() => stepOf(page)).toBeGreaterThan(paused);
    await button(page, 'Stop').click();
    await card(page, 'base').filter({ hasText: 'stopped' }).waitFor();
    await expectNoTrouble(visited);
  });
});

describe('after a run', () => {
  let visited: Visit;
  let page: Page;
  beforeAll(async () => {
    visited = await site.visit('preset=nano&seed=4');
    page = visited.page;
    await deviceLine(page);
    await runAll(page, 'Run the whole pipeline', 'done');
  });
  afterAll(() => visited.context.close());

  it('the arena takes choices by the keys 1, 2 and 0, takes one back, and trains on them', async () => {
    await card(page, 'reward').click();
    await button(page, 'Show me two answers').click();
    const prompt = page.locator('.arena .prompt');
    const counted = (n: number) => page.getByText(`${n} of 30 comparisons`).waitFor();
    for (const [key, count] of [
      ['1', 1],
      ['2', 2],
      ['0', 2],
    ] as const) {
      await page.locator('.arena [aria-busy=false]').waitFor();
      const before = await prompt.innerText();
      await press(page, key);
      await counted(count);
      await expect.poll(() => prompt.innerText()).not.toBe(before);
    }
    await page.locator('.arena [aria-busy=false]').waitFor();
    await button(page, 'Undo').click();
    await page.getByText('Taken back. 2 are stored.').waitFor();
    await button(page, 'Undo').click();
    await counted(1);

    await page.reload();
    await card(page, 'reward').click();
    await counted(1);
    await button(page, 'Train on my taste').click();
    // The judge can follow: what is stale is what was done before.
    await card(page, 'judge').filter({ hasText: 'stale' }).waitFor();
    for (const stage of ['reward', 'ppo'] as const)
      await card(page, stage).filter({ hasText: 'done', hasNotText: 'stale' }).waitFor({ timeout: 60_000 });
    await page
      .getByRole('table', { name: 'The rule prefers it to another answer of SFT' })
      .waitFor({ timeout: 60_000 });
    await expectNoTrouble(visited);
  });

  it('chat marks unknown words, suggests known ones, and compares two checkpoints', async () => {
    await button(page, 'Chat').click();
    const prompt = page.getByRole('combobox', { name: 'Prompt' });
    await prompt.fill('where does mia liive ?');
    await expect.poll(() => page.locator('#chat mark').allInnerTexts()).toEqual(['liive']);
    await expect.poll(() => button(page, 'Send').isDisabled()).toBe(true);
    await button(page, 'Replace “liive” with “live”').click();
    await expect.poll(() => prompt.inputValue()).toBe('where does mia live ?');
    await button(page, 'Ask one more').click();
    await page.getByLabel('Checkpoint 2').selectOption({ label: 'Base model · nano, seed 4' });
    await prompt.press('Enter');
    const log = page.getByRole('log');
    await log.getByText('where does mia live ?').waitFor();
    const replies = log.getByRole('region', { name: /nano, seed 4$/ });
    await expect
      .poll(() => replies.evaluateAll((all) => all.map((each) => each.getAttribute('data-state'))))
      .toEqual([expect.stringMatching(/ended|full/), expect.stringMatching(/ended|full/)]);
    await expectNoTrouble(visited);
  });

  it('names every control, shows the focus, and explains its keys', async () => {
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, input, select, textarea')]
        .filter((element) => {
          const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])] : [];
          const text = [element.innerText, element.ariaLabel, ...labels.map((label) => label.innerText)]
            .join('')
            .trim();
          return text === '';
        })
        .map((element) => element.outerHTML),
    );
    expect(nameless).toEqual([]);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    await press(page, '?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
    expect(outline).not.toBe('none');
    for (const stage of STAGES) {
      await page.setViewportSize(PHONE);
      await card(page, stage).click();
      await expectFitsPhone(page);
    }
  });
});

describe('the address', () => {
  it('is not trusted: what is wrong is said, and the rest is used', async () => {
    const visited = await site.visit('preset=huge&seed=-4&lang=en&theme=dark');
    const { page } = visited;
    await page.getByRole('alert').getByText('Part of this page’s address was not understood').waitFor();
    expect(await page.getByRole('alert').locator('.mono').textContent()).toBe('preset=huge, seed=-4');
    await button(page, 'Look around first').click();
    expect(await page.getByRole('button', { name: /Configure/ }).innerText()).toContain('micro · seed 0');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  });
});
