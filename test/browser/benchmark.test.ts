/** "Benchmark this device": what it shows, what it exports, and when it does not run. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchmarkFigure } from '../../src/core/benchmark-protocol.ts';
import { launch } from '../../tools/browser.ts';
import { type Site, card, deviceLine, expectNoTrouble, launchWithoutWebGpu, serveInFolder, visit } from './site.ts';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launch(), serveInFolder()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), site.close()]);
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** By the device's chip, as a visitor finds it. */
async function openBenchmark(page: Page): Promise<void> {
  await page.locator('header button[data-device]').click();
  await button(page, 'Benchmark this device').click();
}

const panel = (page: Page) => page.getByRole('region', { name: 'Benchmark of this device' });

/** The middle one of an odd number. */
const median = (samples: readonly number[]): number => [...samples].sort((a, b) => a - b)[samples.length >> 1]!;

describe('the benchmark', () => {
  it('measures, shows how far it is and what it found, and exports figures that follow from their samples', async () => {
    const visited = await visit(browser, site.url, 'preset=nano&seed=1&backend=webgpu');
    const { page, context } = visited;
    expect(await deviceLine(page)).toContain('Computes with WebGPU');
    await openBenchmark(page);
    await button(page, 'Start measuring').press('Enter');

    const bar = page.getByRole('progressbar', { name: 'Progress of the benchmark' });
    await bar.waitFor();
    const status = panel(page).getByRole('status');
    await status.getByText('nano: warming up').waitFor({ state: 'attached', timeout: 60_000 });
    expect(Number(await bar.getAttribute('value'))).toBeGreaterThan(0);
    await panel(page).getByText('This is a software adapter').waitFor();
    expect(await panel(page).innerText()).toMatch(/swiftshader/i);

    const table = panel(page).getByRole('table', { name: 'Benchmark of this device' });
    await table.waitFor({ timeout: 120_000 });
    expect(await status.textContent()).toBe('The benchmark is done.');
    expect(await button(page, 'Measure again').evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['Model', 'nano']);
    const cells = await table.getByRole('cell').allInnerTexts();
    expect(cells).toHaveLength(6);
    for (const cell of cells) expect(cell).toMatch(/^[\d,.]+(×| %)?$/);
    expect(cells.map((cell) => Number(cell.replace(/[,× %]/g, ''))).every((value) => value > 0)).toBe(true);

    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download as JSON').click()]);
    expect(download.suggestedFilename()).toMatch(/^rlhf-playground-benchmark-\d{4}-\d\d-\d\d\.json$/);
    const figures = JSON.parse(await readFile(await download.path(), 'utf8')) as BenchmarkFigure[];
    const step = figures.find(({ figure }) => figure.startsWith('train step, nano'));
    expect(step).toMatchObject({ peer: 'stock tfjs', unit: 'ms', demand: null });
    const compared = figures.filter(({ peer }) => peer !== null);
    expect(compared.length).toBeGreaterThan(3);
    for (const { unit, ours_samples, peer_samples, ours, peer_value, ratio } of compared) {
      expect(ours).toBe(median(ours_samples));
      expect(peer_value).toBe(median(peer_samples));
      const [own, other] = [median(ours_samples), median(peer_samples)];
      const isRate = unit === 'tokens/s' || unit === 'GFLOP/s';
      if (own !== 0) expect(ratio).toBeCloseTo(isRate ? own / other : other / own, 10);
    }

    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await expectNoTrouble(visited);
    await context.close();
  });

  it('stops when asked, makes way for a run, and does not start beside one', async () => {
    const visited = await visit(browser, site.url, 'preset=micro&seed=1&base=train&backend=wasm');
    const { page, context } = visited;
    await deviceLine(page);
    await openBenchmark(page);
    await button(page, 'Start measuring').click();
    const stop = button(page, 'Stop measuring');
    await stop.click();
    await button(page, 'Start measuring').click();
    await stop.waitFor();

    await button(page, 'One step').click();
    await panel(page)
      .getByText(/The measurement was ended because a run began.*Stop the run first/)
      .waitFor();
    expect(await button(page, 'Start measuring').isDisabled()).toBe(true);
    await page.getByText(/^step 1 of/).waitFor();
    await button(page, 'Stop').click();
    await card(page, 'base').filter({ hasText: 'stopped' }).waitFor();
    await expect.poll(() => button(page, 'Start measuring').isEnabled()).toBe(true);

    await card(page, 'data').click();
    expect(await panel(page).count()).toBe(0);
    await expectNoTrouble(visited);
    await context.close();
  });

  it('says when it fails, with the reason for those who look closer', async () => {
    const visited = await visit(browser, 'about:blank', '');
    const { page, context } = visited;
    await context.route('**/benchmark.worker-*.js', (route) => route.abort());
    await page.goto(`${site.url}#preset=nano&seed=1&backend=wasm`);
    await deviceLine(page);
    await openBenchmark(page);
    await button(page, 'Start measuring').click();
    await panel(page).getByText('✕ The benchmark failed.').waitFor();
    expect(await panel(page).locator('details').textContent()).toContain('the worker did not load');
    expect(await button(page, 'Start measuring').isEnabled()).toBe(true);
    await context.close();
  });

  it('says why there is nothing to measure without WebGPU', async () => {
    const without = await launchWithoutWebGpu();
    const visited = await visit(without, site.url, 'preset=nano&seed=1');
    const { page } = visited;
    await deviceLine(page);
    await openBenchmark(page);
    await panel(page).getByText('There is nothing to measure').waitFor();
    expect(await button(page, 'Start measuring').count()).toBe(0);
    await expectNoTrouble(visited);
    await without.close();
  });
});
