/** A trap is switched on, its alarm names it in words, and it is mended; what comes while a stage trains moves nothing. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './looks.ts';
import { type Visit, atRest, card, deviceLine, expectNoTrouble, runAll, useSite } from './site.ts';

const TRAP = 'Old log-probs at another temperature';
const TITLE = 'The ratio is not 1 before the first update';

const site = useSite();

const words = async (page: Page): Promise<URLSearchParams> =>
  new URLSearchParams(await page.evaluate(() => location.hash.slice(1)));

describe('a trap in PPO', () => {
  let visited: Visit;
  let page: Page;
  beforeAll(async () => {
    visited = await site.visit('preset=nano&seed=51&stage=ppo');
    page = visited.page;
    await deviceLine(page);
  });
  afterAll(() => visited.context.close());
  const drawer = () => page.getByRole('dialog', { name: 'Configuration' });
  const alarms = () => page.getByRole('list', { name: 'Alarms' });
  /** Of its checkbox, wherever the drawer has been scrolled to. */
  const trap = () => drawer().getByRole('switch', { name: TRAP });

  it('is switched on in the configuration, which the stage leads to', async () => {
    await page.getByRole('button', { name: 'Break it' }).click();
    const first = drawer().getByRole('switch', { name: 'Padding = end token' });
    await expect.poll(() => first.evaluate((each) => each === document.activeElement)).toBe(true);
    await trap().check();
    await expect.poll(async () => (await words(page)).get('ppo.old_logprob_temperature')).toBe('2');
    await drawer().getByText('1 knob changed', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
  });

  it('raises its alarm, in words, on the rail and on the page', async () => {
    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'ppo').click();
    await card(page, 'ppo').filter({ hasText: '1 alarm' }).waitFor();
    await alarms().getByText(TITLE).waitFor();
    await alarms()
      .getByText(/old and new log-probs of the same tokens differ by \d+\.\d+ \(root mean square\)/)
      .waitFor();
    await alarms().getByText('What it means').waitFor();
    await page.getByRole('status').getByText(`Alarm in PPO: ${TITLE}.`).waitFor({ state: 'attached' });
    expect(await violations(page)).toEqual([]);
  });

  it('is still named after a reload, and in Korean', async () => {
    await page.reload();
    await deviceLine(page);
    await alarms().getByText(TITLE).waitFor();
    await page.getByRole('radio', { name: '한국어' }).check();
    await page.getByRole('list', { name: '경보' }).getByText('첫 갱신 전인데 확률비가 1이 아님').waitFor();
    await card(page, 'ppo').filter({ hasText: '경보 1개' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('radio', { name: 'English' }).check();
    await alarms().waitFor();
  });

  it('is mended: the stage is stale, and run again raises nothing', async () => {
    await page.getByRole('button', { name: 'Break it' }).click();
    await drawer()
      .getByRole('button', { name: `Mend it: ${TRAP}` })
      .click();
    await expect.poll(() => trap().isChecked()).toBe(false);
    await expect.poll(async () => (await words(page)).has('ppo.old_logprob_temperature')).toBe(false);
    await page.keyboard.press('Escape');
    await card(page, 'ppo').filter({ hasText: 'stale' }).waitFor();
    await page.getByRole('button', { name: 'Run again from: PPO' }).click();
    await card(page, 'judge').filter({ hasText: 'done' }).waitFor({ timeout: 60_000 });
    await card(page, 'ppo').click();
    await page.getByText('No alarm').waitFor();
    await expect.poll(() => card(page, 'ppo').filter({ hasText: 'alarm' }).count()).toBe(0);
    await expect.poll(() => alarms().count()).toBe(0);
    await expectNoTrouble(visited);
  });

  it('can be mended from the alarm itself', async () => {
    await page.evaluate(() => (location.hash = 'preset=nano&seed=52&stage=ppo&ppo.old_logprob_temperature=2'));
    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'ppo').click();
    await alarms()
      .getByRole('button', { name: /Temperature of old log-probs: back to 1/ })
      .click();
    await card(page, 'ppo').filter({ hasText: 'stale' }).waitFor();
    // Now there is nothing to set back, but something to look at.
    await alarms()
      .getByRole('button', { name: /Look at: Temperature of old log-probs/ })
      .click();
    const field = drawer().getByRole('textbox', { name: 'ppo.old_logprob_temperature' });
    await expect.poll(() => field.evaluate((each) => each === document.activeElement)).toBe(true);
    await expectNoTrouble(visited);
  });
});

it('an alarm that comes while a stage trains is one line, and moves nothing', async () => {
  const visited = await site.visit('preset=micro&seed=53&stage=sft&sft.steps=1000&sft.pad_is_eos=on');
  const { page } = visited;
  await page.getByRole('button', { name: 'One step' }).click();
  const chart = page.locator('figure').first();
  await chart.waitFor({ timeout: 60_000 });
  await page.getByText('No alarm').waitFor();
  await atRest(page);
  const before = await chart.boundingBox();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('list', { name: 'Alarms' }).getByText('Answers do not end').waitFor({ timeout: 120_000 });
  expect(await card(page, 'sft').innerText()).toContain('1 alarm');
  expect((await chart.boundingBox())?.y).toBe(before?.y);
  expect(await page.getByText('What it means').isVisible()).toBe(false);
  await page.getByText('Answers do not end', { exact: true }).click();
  await page.getByText(/^Only \d+ % of the answers/).waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();
  await expectNoTrouble(visited);
});
