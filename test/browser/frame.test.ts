/** The frame: what a room sees of a stage on its first screen, and what the page says of a run that is stale or was stopped. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { atRest, button, card, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite();

const START = 'Run the whole pipeline';

/** Presses a key as a keyboard does where Hangul is typed: another letter, the same place. */
async function pressInHangul(page: Page, key: string, code: string): Promise<void> {
  await page.evaluate(
    (init) => {
      (document.activeElement as HTMLElement).blur();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { ...init, bubbles: true, cancelable: true }));
    },
    { key, code },
  );
}

/** Where an element ends, in pixels from the top of the page. */
async function bottomOf(page: Page, region: string, part: string): Promise<number> {
  const box = await page.getByRole('region', { name: region }).first().locator(part).first().boundingBox();
  return box ? box.y + box.height : NaN;
}

describe('the presentation', () => {
  it('puts controls away, and progress, rail, curve and samples on the first screen', async () => {
    const visited = await site.visit('preset=nano&seed=51&stage=sft');
    const { page } = visited;
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.getByRole('slider').first().waitFor();
    await pressInHangul(page, 'ㅔ', 'KeyP');
    await button(page, 'End presentation').waitFor();
    await expect.poll(() => button(page, START).isVisible()).toBe(false);
    await expect.poll(() => button(page, 'Keys').isVisible()).toBe(false);

    await page.keyboard.press('Space');
    await card(page, 'judge').filter({ hasText: 'done' }).waitFor({ timeout: 60_000 });
    for (const stage of ['sft', 'reward', 'ppo'] as const) {
      await card(page, stage).click();
      await page.getByRole('region', { name: 'Curves' }).locator('canvas').first().waitFor();
      await atRest(page);
      expect(await bottomOf(page, 'Curves', 'figure'), stage).toBeLessThan(1080);
      // Of a run this short SFT has no samples: then it is the words that say so.
      if (stage !== 'reward') expect(await bottomOf(page, 'Before and after', 'li, .none'), stage).toBeLessThan(1080);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);

    await button(page, 'End presentation').click();
    await button(page, 'Run again with another seed').waitFor();
    await expectNoTrouble(visited);
  });
});

describe('a run', () => {
  it('says that stages are stale, not that it was stopped', async () => {
    const visited = await site.visit('preset=nano&seed=52');
    const { page } = visited;
    await runAll(page, START, 'done');
    await page.evaluate(() => (location.hash = 'preset=nano&seed=52&ppo.kl_coef=0.2'));
    await card(page, 'ppo').filter({ hasText: 'stale' }).waitFor();
    const bar = page.getByRole('region', { name: 'Run', exact: true });
    await bar.getByText('finished stages are stale').waitFor();
    expect(await bar.getByText('stopped').count()).toBe(0);
    await expectNoTrouble(visited);
  });
});

describe('a run that is opened again', () => {
  it('brings its knobs along, unless the address says others', async () => {
    const visited = await site.visit('preset=nano&seed=54&ppo.kl_coef=0.2');
    const { page } = visited;
    await runAll(page, START, 'done');

    await page.goto('about:blank');
    await page.goto(`${site.url}#preset=nano&seed=54`);
    await card(page, 'ppo').filter({ hasText: 'done' }).waitFor();
    await page.getByRole('button', { name: /1 changed knob/ }).waitFor();
    expect(await card(page, 'ppo').innerText()).not.toContain('stale');

    await page.goto('about:blank');
    await page.goto(`${site.url}#preset=nano&seed=54&ppo.kl_coef=0.3`);
    await card(page, 'ppo').filter({ hasText: 'stale' }).waitFor();
    expect(await card(page, 'reward').innerText()).not.toContain('stale');
    await expectNoTrouble(visited);
  });
});
