/** The drawer: presets, knobs and when they take effect, the link; and predictions before a stage runs. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PHONE } from './looks.ts';
import { type Visit, atRest, card, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite();

const drawer = (page: Page): Locator => page.getByRole('dialog', { name: 'Configuration' });

async function openDrawer(page: Page): Promise<Locator> {
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press('c');
  await drawer(page).waitFor();
  return drawer(page);
}

/** The knobs that teach stand before all the others: the first of a name is theirs. */
const field = (within: Locator, code: string): Locator => within.getByRole('textbox', { name: code }).first();

async function type(knob: Locator, text: string): Promise<void> {
  await knob.fill(text);
  await knob.press('Tab');
}

/** The page is there, and its device is open. */
const ready = (page: Page): Promise<void> => page.locator('header button[data-device]').waitFor({ timeout: 30_000 });

const words = (page: Page): Promise<URLSearchParams> =>
  page.evaluate(() => location.hash.slice(1)).then((hash) => new URLSearchParams(hash));

describe('the drawer', () => {
  it('chooses the preset, says what it costs, and leaves the page beside it in use', async () => {
    const visited = await site.visit('preset=nano&seed=31&stage=sft');
    const { page } = visited;
    await ready(page);
    const shown = await openDrawer(page);
    const small = shown.getByRole('radio', { name: 'small' });
    const described = (): Promise<string> =>
      small.evaluate((input) => document.getElementById(input.getAttribute('aria-describedby') ?? '')?.innerText ?? '');
    // Which base models are shipped is told a moment later.
    await expect
      .poll(described)
      .toMatch(/507K parameters\s+48 citizens, 17 tasks\s+1\.1e13 FLOP, from the shipped base model/);
    expect(await described()).toContain('not measured yet on this device');

    await shown.getByRole('radio', { name: 'micro' }).check();
    await expect.poll(async () => (await words(page)).get('preset')).toBe('micro');
    await card(page, 'ppo').click();
    await page.getByRole('heading', { name: 'PPO', level: 2 }).waitFor();
    expect(await shown.isVisible()).toBe(true);

    await type(shown.getByLabel('Seed'), '-3');
    await shown.getByText('A whole number from 0 to 999,999.').waitFor();
    await type(shown.getByLabel('Seed'), '32');
    await expect.poll(async () => (await words(page)).get('seed')).toBe('32');
    await page.keyboard.press('Escape');
    await shown.waitFor({ state: 'hidden' });
    await expectNoTrouble(visited);
  });

  it('checks a knob as it is typed, keeps it in the address, and takes it back', async () => {
    const visited = await site.visit('preset=nano&seed=33&stage=ppo');
    const { page } = visited;
    await ready(page);
    const shown = await openDrawer(page);
    const kl = field(shown, 'ppo.kl_coef');
    await kl.fill('11');
    await shown.getByText('Expected a number from 0 to 10. It stays at 0.1.').first().waitFor();
    expect(await kl.getAttribute('aria-invalid')).toBe('true');
    await kl.press('Tab');
    expect((await words(page)).has('ppo.kl_coef')).toBe(false);

    await type(kl, '0.25');
    await expect.poll(async () => (await words(page)).get('ppo.kl_coef')).toBe('0.25');
    await shown.getByText('1 knob changed', { exact: true }).first().waitFor();
    await shown.getByText('Takes effect when PPO runs.').first().waitFor();

    const slider = shown.getByRole('slider', { name: 'KL coefficient' }).first();
    await slider.focus();
    await slider.press('Home');
    await expect.poll(async () => (await words(page)).get('ppo.kl_coef')).toBe('0');
    await expect.poll(() => kl.inputValue()).toBe('0');

    await shown.getByRole('checkbox', { name: 'KL target: off' }).uncheck();
    await expect.poll(async () => (await words(page)).has('ppo.kl_target')).toBe(true);
    await shown.getByRole('checkbox', { name: 'KL target: off' }).check();
    await expect.poll(async () => (await words(page)).has('ppo.kl_target')).toBe(false);

    await shown.getByRole('button', { name: 'Reset all knobs' }).click();
    await expect.poll(async () => (await words(page)).has('ppo.kl_coef')).toBe(false);
    await expect.poll(() => kl.inputValue()).toBe('0.1');

    await type(field(shown, 'ppo.rollouts'), '2');
    await shown.getByText('More than there are rollouts').waitFor();
    await expectNoTrouble(visited);
  });

  it('copies a link that opens the same experiment', async () => {
    const visited = await site.visit('preset=nano&seed=34&stage=ppo');
    const { page, context } = visited;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ready(page);
    const shown = await openDrawer(page);
    await type(field(shown, 'ppo.kl_coef'), '0.3');
    await shown.getByRole('button', { name: 'Copy link' }).click();
    await shown.getByRole('status').getByText('Copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const other = await context.newPage();
    await other.goto(link);
    await ready(other);
    const there = await openDrawer(other);
    await expect.poll(() => field(there, 'ppo.kl_coef').inputValue()).toBe('0.3');
    await expect.poll(() => there.getByLabel('Seed').inputValue()).toBe('34');
    await expectNoTrouble(visited);
  });

  it('is a sheet on a phone that shuts the page away and fits', async () => {
    const visited = await site.visit('preset=nano&seed=35&stage=ppo&lang=ko');
    const { page } = visited;
    await ready(page);
    await page.setViewportSize(PHONE);
    await page.keyboard.press('c');
    const sheet = page.getByRole('dialog', { name: '설정' });
    await sheet.waitFor();
    expect(await sheet.evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
    await atRest(page);
    const beyond = await sheet.evaluate((dialog) =>
      [...dialog.querySelectorAll('*')]
        .filter(
          (element) => !element.classList.contains('unseen') && element.getBoundingClientRect().right > innerWidth + 1,
        )
        .map((element) => element.outerHTML.slice(0, 80)),
    );
    expect(beyond).toEqual([]);
    await sheet.getByRole('button', { name: '닫기' }).click();
    await sheet.waitFor({ state: 'hidden' });
    await expectNoTrouble(visited);
  });
});

describe('a run', () => {
  let visited: Visit;
  let page: Page;
  beforeAll(async () => {
    visited = await site.visit('preset=nano&seed=36&stage=ppo');
    page = visited.page;
    await ready(page);
  });
  afterAll(() => visited.context.close());
  const prediction = (): Locator => page.getByRole('region', { name: 'Predict before you run' });

  it('is predicted before it begins; the answer survives a reload', async () => {
    await prediction().getByRole('radio', { name: 'no', exact: true }).check({ force: true });
    const slider = prediction().getByRole('slider');
    await slider.focus();
    await slider.press('End');
    await prediction().getByRole('button', { name: 'Predict 100 %' }).click();
    await prediction().getByText('Your prediction: 100 %').waitFor();
    await page.reload();
    await prediction().getByText('Your prediction: 100 %').waitFor();
    await prediction().getByText('Your prediction: no').waitFor();
    expect(await prediction().getByRole('radio', { name: 'no', exact: true }).isChecked()).toBe(true);
  });

  it('shows the answer beside the result, and takes no other then', async () => {
    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'ppo').click();
    await prediction()
      .getByText(/Result: \d+ %/)
      .waitFor();
    // A model of 9,000 parameters does not win every time.
    await prediction().getByText('✗ It did not come true.').first().waitFor();
    await expect.poll(() => prediction().getByRole('radio').count()).toBe(0);
    await expect.poll(() => prediction().getByRole('slider').count()).toBe(0);
    await expectNoTrouble(visited);
  });

  it('has measured how fast this device is', async () => {
    const shown = await openDrawer(page);
    await shown.getByText(/about .* on this device, as measured/).waitFor();
    // It is too small to tell anything about the others.
    expect(await shown.getByText('going by the speed of').count()).toBe(0);
  });

  it('marks a knob until it is run again with it', async () => {
    const shown = drawer(page);
    await type(field(shown, 'ppo.kl_coef'), '0.4');
    await shown
      .getByText(/Not in effect yet. Takes effect when PPO is run again/)
      .first()
      .waitFor();
    await shown.getByText('1 knob changed, 1 not in effect yet').waitFor();
    // What will come of it can be predicted anew.
    await prediction().getByRole('slider').waitFor();
    await page.getByRole('button', { name: 'Run again from: PPO' }).click();
    await card(page, 'judge').filter({ hasText: 'done' }).waitFor({ timeout: 60_000 });
    await shown.getByText('In effect: PPO is made with it.').first().waitFor();
    await shown.getByText('1 knob changed', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
    await expectNoTrouble(visited);
  });

  it('is not asked about once predictions are switched off, until they are on again', async () => {
    await page.evaluate(() => (location.hash = 'preset=nano&seed=37&stage=sft'));
    await prediction().getByRole('button', { name: 'Do not ask me' }).click();
    await prediction().waitFor({ state: 'detached' });
    await page.reload();
    await ready(page);
    expect(await prediction().count()).toBe(0);
    const shown = await openDrawer(page);
    await shown.getByRole('checkbox', { name: 'Ask me for predictions' }).check();
    await prediction().waitFor();
    await expectNoTrouble(visited);
  });

  it('keeps model and seed while it is going, and says why', async () => {
    await page.goto(`${site.url}#preset=micro&seed=38&base=train&stage=base`);
    await page.reload();
    await ready(page);
    await page.getByRole('button', { name: 'One step' }).click();
    await card(page, 'base').filter({ hasText: 'paused' }).waitFor();
    const shown = await openDrawer(page);
    await shown.getByText('stay as they are while a run is going').waitFor();
    await expect.poll(() => shown.getByRole('radio', { name: 'small' }).isDisabled()).toBe(true);
    await expect.poll(() => shown.getByLabel('Seed').isDisabled()).toBe(true);
    await type(field(shown, 'ppo.kl_coef'), '0.5');
    await shown.getByText('Not in effect yet: the run that is going keeps 0.1.').first().waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await shown.getByRole('radio', { name: 'small' }).and(page.locator(':enabled')).waitFor();
    await expectNoTrouble(visited);
  });
});
