/** Curves as a person reads them: cursor, smoothing, axes, other runs, table, picture, numbers, and the source beside them. */
import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PHONE, violations } from './looks.ts';
import { DESK, type Visit, atRest, button, card, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite();
let visited: Visit;
let page: Page;

beforeAll(async () => {
  visited = await site.visit('preset=nano&seed=31');
  page = visited.page;
  await runAll(page, 'Run the whole pipeline', 'done');
  await button(page, 'Run again with another seed').click();
  await page.waitForURL(/seed=32/);
  await button(page, 'Run again with another seed').waitFor({ timeout: 90_000 });
  await card(page, 'sft').click();
});
afterAll(() => expectNoTrouble(visited));

const chart = (title: string) => page.getByRole('figure').filter({ has: page.getByText(title, { exact: true }) });

async function choose(title: string, entry: string): Promise<void> {
  await button(page, `More of “${title}”`).click();
  await button(page, entry).click();
}

async function save(title: string, entry: string): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent('download'), choose(title, entry)]);
  return download;
}

describe('the curves of a stage', () => {
  it('have one cursor, which the keyboard moves', async () => {
    const cursor = page.getByRole('slider', { name: 'Cursor: Loss' });
    await cursor.focus();
    await page.keyboard.press('Home');
    const told = (): Promise<string | null> => cursor.getAttribute('aria-valuetext');
    await expect.poll(told).toMatch(/^step 1: \d/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(told).toMatch(/^step 3: \d/);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(told).toMatch(/^step 2: \d/);
    for (const title of ['Loss', 'Entropy', 'Gradient norm']) await chart(title).getByText('step 2').waitFor();
    await cursor.blur();
    await expect.poll(() => page.getByText('step 2', { exact: true }).count()).toBe(0);
  });

  it('follow the pointer, all at once', async () => {
    const plot = chart('Loss').getByRole('img');
    const box = (await plot.boundingBox())!;
    await plot.hover({ position: { x: box.width - 15, y: 60 } });
    await chart('Entropy').getByText('step 12').waitFor();
    await page.mouse.move(0, 0);
    await expect.poll(() => chart('Entropy').getByText('step 12').count()).toBe(0);
  });

  it('are smoothed, with what was measured beside it', async () => {
    const now = chart('Loss').locator('.now');
    const measured = await now.innerText();
    await page.getByRole('slider', { name: 'Smoothing' }).fill('0.9');
    await chart('Loss').getByText(`measured ${measured}`).waitFor();
    await expect.poll(() => now.innerText()).not.toBe(measured);
    await page.getByRole('slider', { name: 'Smoothing' }).fill('0');
  });

  it('are drawn over tokens and seconds, and on a log scale, which is remembered', async () => {
    await page.getByRole('radio', { name: 'tokens' }).check();
    const cursor = page.getByRole('slider', { name: 'Cursor: Loss' });
    await cursor.focus();
    await expect.poll(() => cursor.getAttribute('aria-valuetext')).toMatch(/^[\d,]+ tokens: \d/);
    await page.getByLabel('Log scale').check();
    await card(page, 'ppo').click();
    await expect.poll(() => page.getByRole('radio', { name: 'steps' }).isChecked()).toBe(true);
    await page.getByLabel('Log scale').check();
    // The scores of a model that has learnt nothing are below zero.
    await chart('Scores')
      .getByText(/^left out, ≤ 0: \d/)
      .waitFor();
    await card(page, 'sft').click();
    await expect.poll(() => page.getByRole('radio', { name: 'tokens' }).isChecked()).toBe(true);
    await expect.poll(() => page.getByLabel('Log scale').isChecked()).toBe(true);
    await page.getByLabel('Log scale').uncheck();
    await page.getByRole('radio', { name: 'steps' }).check();
  });

  it('have all further metrics in charts of their own', async () => {
    expect(await page.getByText('learning_rate', { exact: true }).count()).toBe(0);
    await page.getByText(/^All metrics \(\d+ more\)$/).click();
    await page.getByRole('img', { name: /^learning_rate: now \d/ }).waitFor();
    await page.getByText(/^All metrics/).click();
    await expect.poll(() => page.getByRole('img', { name: /^learning_rate/ }).count()).toBe(0);
  });

  it('have other runs behind them, with a legend', async () => {
    await button(page, 'Compare runs').click();
    expect(await violations(page, 'main')).toEqual([]);
    await page.getByRole('checkbox', { name: 'nano-31' }).check();
    const legend = chart('Loss').getByRole('list', { name: 'Runs' });
    await legend.waitFor();
    await expect
      .poll(() => legend.getByRole('listitem').allInnerTexts())
      .toEqual([expect.stringMatching(/^nano-32\s+\d/), expect.stringMatching(/^nano-31\s+\d/)]);
    await page.getByRole('checkbox', { name: 'nano-31' }).uncheck();
    await expect.poll(() => legend.count()).toBe(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('checkbox', { name: 'nano-31' }).count()).toBe(0);
  });
});

describe('the charts of a row', () => {
  it('stand level, however high their captions are', async () => {
    // In one, two and three columns.
    for (const width of [1100, 1440, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      await atRest(page);
      const boxes = await page
        .locator('figure')
        .evaluateAll((figures) =>
          figures.map((figure) =>
            [figure, figure.querySelector('[role=img]')!].map((each) => Math.round(each.getBoundingClientRect().top)),
          ),
        );
      for (const [row, plot] of boxes)
        expect(boxes.filter(([each]) => each === row).every(([, each]) => each === plot)).toBe(true);
    }
    await page.setViewportSize(DESK);
    await atRest(page);
    const heights = await page
      .locator('figcaption')
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
    expect(new Set(heights).size).toBeGreaterThan(1);
  });

  it('keep the cursor where a finger left it, until one taps beside them', async () => {
    const { page: phone } = await site.visit('preset=nano&seed=33&stage=sft', 'en-US', {
      viewport: PHONE,
      hasTouch: true,
      isMobile: true,
    });
    await runAll(phone, 'Run the whole pipeline', 'done');
    await expect.poll(() => phone.getByRole('slider', { name: 'Cursor: Loss' }).isEnabled()).toBe(true);
    await phone.getByRole('figure').first().getByRole('img').tap();
    const places = phone.getByText(/^step \d+$/);
    await places.first().waitFor();
    await phone.getByText('Smoothing', { exact: true }).tap();
    await expect.poll(() => places.count()).toBe(0);
    await expect
      .poll(() => phone.evaluate(() => document.documentElement.scrollWidth))
      .toBeLessThanOrEqual(PHONE.width);
  });
});

describe('a chart', () => {
  it('is a table', async () => {
    await choose('Loss', 'Table');
    const table = page.getByRole('dialog', { name: 'Loss' }).getByRole('table', { name: 'All 12 points' });
    await table.waitFor();
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual([
      'steps',
      'tokens',
      'seconds',
      expect.stringMatching(/^Loss\s+loss$/),
    ]);
    expect(await table.getByRole('rowheader').allInnerTexts()).toEqual(
      Array.from({ length: 12 }, (_, i) => `${i + 1}`),
    );
    expect(await violations(page, 'dialog[open]')).toEqual([]);
    await page.keyboard.press('Escape');
    await table.waitFor({ state: 'detached' });
  });

  it('is a table of what was measured, where that was not at every step', async () => {
    await choose('Exact match: trained tasks', 'Table');
    const rows = page.getByRole('dialog').locator('tbody tr');
    await rows.first().waitFor();
    const texts = await rows.allInnerTexts();
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.length).toBeLessThan(12);
    for (const text of texts) expect(text).toMatch(/%/);
    // A figure is not broken over two lines.
    const heights = await rows.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
    expect(Math.max(...heights)).toBeLessThan(40);
    await page.keyboard.press('Escape');
    await rows.first().waitFor({ state: 'detached' });
  });

  it('is a file of numbers, all metrics in it', async () => {
    const download = await save('Loss', 'All numbers (CSV)');
    expect(download.suggestedFilename()).toBe('nano-32-sft-curves.csv');
    const [head = '', ...rows] = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    expect(head).toMatch(/^step,tokens,seconds,loss,/);
    expect(head.split(',')).toContain('learning_rate');
    expect(rows).toHaveLength(12);
    for (const row of rows) expect(row.split(',')).toHaveLength(head.split(',').length);
  });

  it('is a picture on paper', async () => {
    const download = await save('Gradient norm', 'Picture (PNG)');
    expect(download.suggestedFilename()).toBe('nano-32-sft-grad_norm.png');
    const bytes = await readFile(await download.path());
    const { width, corner, colours } = await page.evaluate(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const bitmap = await createImageBitmap(image);
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
      return { width: bitmap.width, corner: pixels[0]! >>> 24, colours: new Set(pixels).size };
    }, bytes.toString('base64'));
    expect(width).toBe(1280);
    expect(corner).toBe(255);
    // Ground, grid, line and letters, with their soft edges.
    expect(colours).toBeGreaterThan(20);
  });

  it('has the source of its formula beside it', async () => {
    await choose('Loss', 'Source');
    const dialog = page.getByRole('dialog', { name: 'The source of “Loss”' });
    await dialog.getByText('workers/algorithms/sft.ts').waitFor();
    const marked = (await dialog.locator('.marked').allTextContents()).join('\n');
    expect(marked).toContain('export const crossEntropy');
    expect(await readFile('workers/algorithms/sft.ts', 'utf8')).toContain(marked);
    await expect.poll(() => dialog.getByText('export const crossEntropyWithMetrics').isVisible()).toBe(true);
    for (const theme of ['light', 'dark']) {
      await page.evaluate((name) => (document.documentElement.dataset['theme'] = name), theme);
      expect(await violations(page, 'dialog[open]')).toEqual([]);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});
