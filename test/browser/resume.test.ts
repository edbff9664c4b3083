/** What happens to a page that trains: reloads, crashes, sleep, a second tab, a tab in the background. Nothing is lost. */
import type { Page } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { beforeAll, expect, it } from 'vitest';
import { findBrowser } from '../../tools/browser.ts';
import { type Visit, button, card, deviceLine, filesOf, stepOf, useSite } from './site.ts';

/** Small enough for a test, long enough to be cut off in every stage. */
const RUN = 'preset=nano&seed=5&sft.steps=700&ppo.iterations=60';
const MODELS = ['sft', 'reward', 'ppo'] as const;

const site = useSite();
let unbroken: (string | undefined)[];
beforeAll(async () => {
  unbroken = await runUnbroken();
});

/** In the worker, its clock goes a hundred times as fast: an autosave is due after a tenth of a second. */
const PROLOGUE = `const now = performance.now.bind(performance); performance.now = () => 100 * now();`;

async function open(): Promise<Visit> {
  const visited = await site.visit(RUN, 'en-US', {
    prepare: (context) =>
      context.route('**/trainer.worker-*.js', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `{${PROLOGUE}}\n${await response.text()}` });
      }),
  });
  await deviceLine(visited.page);
  return visited;
}

async function go(page: Page): Promise<void> {
  await page.goto(`${site.url}#${RUN}`);
  await deviceLine(page);
}

const isRunning = (page: Page, stage: 'sft' | 'ppo') =>
  card(page, stage).filter({ hasText: 'running' }).waitFor({ timeout: 90_000 });

/** An autosave of the stage is there, which is newer than `than`; when it was written. */
async function autosave(page: Page, stage: string, than = 0): Promise<number> {
  let newest = 0;
  const look = async (): Promise<boolean> => {
    const files = Object.entries(await filesOf(page)).filter(([name]) => name.startsWith(`${stage}.snapshot`));
    newest = Math.max(0, ...files.map(([, { saved }]) => saved));
    return newest > than;
  };
  await expect.poll(look, { timeout: 60_000 }).toBe(true);
  return newest;
}

/** Waits until PPO is done; the hashes of all models. */
async function ended(page: Page): Promise<(string | undefined)[]> {
  await card(page, 'ppo').filter({ hasText: 'done' }).waitFor({ timeout: 120_000 });
  const files = await filesOf(page);
  return MODELS.map((stage) => files[`${stage}.safetensors`]?.notes['hash']);
}

/** The weights of a run that nothing happens to. */
async function runUnbroken(): Promise<(string | undefined)[]> {
  const { page, context } = await open();
  await button(page, 'Run the whole pipeline').click();
  const hashes = await ended(page);
  await context.close();
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  return hashes;
}

it('survives a reload, a crash and a sleep, and ends with the weights of a run that nothing happened to', async () => {
  const visited = await open();
  const { context } = visited;
  let { page } = visited;
  await button(page, 'Run the whole pipeline').click();

  await isRunning(page, 'sft');
  await autosave(page, 'sft');
  await page.reload();
  await page.getByText(/^cut off; it goes on from step [\d,]+, as stored$/).waitFor();
  await button(page, 'Continue the run').click();

  await isRunning(page, 'ppo');
  await autosave(page, 'ppo');
  const crashed = page.waitForEvent('crash');
  const session = await context.newCDPSession(page);
  void session.send('Page.crash').catch(() => undefined);
  await crashed;
  await page.close();
  page = await context.newPage();
  await go(page);
  await page.getByText(/^cut off; it goes on from step [\d,]+, as stored$/).waitFor();
  // What it drew before it died is there.
  await card(page, 'sft').click();
  await page.getByRole('img', { name: /^Loss: now \d/ }).waitFor();
  await button(page, 'Continue the run').click();

  const sleeping = await context.newCDPSession(page);
  await sleeping.send('Page.setWebLifecycleState', { state: 'frozen' });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await sleeping.send('Page.setWebLifecycleState', { state: 'active' });
  expect(await ended(page)).toEqual(unbroken);
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
  const files = Object.keys(await filesOf(page));
  expect(files.filter((name) => /^(sft|reward|ppo)\.snapshot/.test(name))).toEqual([]);
});

it('is trained by one tab, and followed by the others, which go on when that one is gone', async () => {
  const { page: first, context } = await open();
  const second = await context.newPage();
  await go(second);
  await button(first, 'Run the whole pipeline').click();
  await isRunning(first, 'sft');
  await isRunning(second, 'sft');
  await expect.poll(() => stepOf(second)).toBeGreaterThan(10);
  await button(first, 'Pause').click();
  await card(second, 'sft').filter({ hasText: 'paused' }).waitFor();
  await expect.poll(async () => (await stepOf(first)) - (await stepOf(second))).toBe(0);
  await autosave(first, 'sft');

  // A third one comes late: what was before is there, also what is not stored yet.
  const third = await context.newPage();
  await go(third);
  await card(third, 'sft').filter({ hasText: 'paused' }).waitFor();
  await card(third, 'sft').click();
  await third.getByRole('img', { name: /^Loss: now \d/ }).waitFor();
  await third.close();

  await button(first, 'Resume').click();
  await second.locator('main nav button[data-stage]').filter({ hasText: 'running' }).first().waitFor();
  await expect.poll(() => button(second, 'Another tab trains it').isDisabled()).toBe(true);
  await expect.poll(() => button(second, 'Stop').isDisabled()).toBe(true);
  await second.evaluate(() => (document.activeElement as HTMLElement).blur());
  await second.keyboard.press('Space');
  await second.getByRole('alert').getByText('Another tab trains this run').waitFor();

  await first.close();
  await button(second, 'Continue the run').click();
  await expect.poll(() => second.getByRole('alert').count()).toBe(0);
  expect(await ended(second)).toEqual(unbroken);
});

it('trains on in the background', async () => {
  // Playwright makes every page believe that it is in front; Puppeteer does not.
  const plain = await puppeteer.launch({
    executablePath: await findBrowser(),
    headless: true,
    args: ['--no-sandbox', '--disable-blink-features=WebGPU'],
  });
  try {
    const page = await plain.newPage();
    await page.goto(`${site.url}#preset=nano&seed=6&sft.steps=20000&lang=en`);
    await page.waitForSelector('header button[data-device]');
    await page.locator('.bar button.main').click();
    const visibility = (): Promise<string> => page.evaluate(() => document.visibilityState);
    const step = async (): Promise<number> => {
      const text = await page.evaluate(() => document.querySelector('.progress .step')?.textContent ?? '');
      return Number(/^step ([\d,]+) of/.exec(text)?.[1]?.replaceAll(',', '') ?? 0);
    };
    const steps = async (): Promise<number> => {
      const before = await step();
      await new Promise((resolve) => setTimeout(resolve, 4000));
      return (await step()) - before;
    };
    // Beyond the few of pretraining. Steps this small: on the slowest machine they are many in four seconds.
    await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(20);
    expect(await visibility()).toBe('visible');
    const seen = await steps();
    await (await plain.newPage()).bringToFront();
    await expect.poll(visibility).toBe('hidden');
    const unseen = await steps();
    expect(await visibility()).toBe('hidden');
    // What throttling of timers would leave is one a second.
    expect(unseen).toBeGreaterThan(seen / 3);
    expect(seen).toBeGreaterThan(12);
  } finally {
    await plain.close();
  }
});
