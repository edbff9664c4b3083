/** "Benchmark this device": what it shows, what it exports, and when it does not run. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BenchmarkFigure } from '../../src/core/benchmark-protocol.ts';
import { launch } from '../../tools/browser.ts';
import { expectFitsPhone } from './looks.ts';
import { button, card, deviceLine, expectNoTrouble, launchWithoutWebGpu, useSite, visit } from './site.ts';

const site = useSite(launch);

/** By the device's chip, as a visitor finds it. */
async function openBenchmark(page: Page): Promise<void> {
  await page.locator('header button[data-device]').click();
  await button(page, 'Benchmark this device').click();
}

const panel = (page: Page) => page.getByRole('region', { name: 'Benchmark of this device' });

/** Keeps what the benchmark says while it measures, and how far it says it is: some of it is gone before a test looks. */
async function watch(page: Page): Promise<() => Promise<{ said: string[]; shares: number[] }>> {
  const watched = await panel(page).evaluateHandle((region) => {
    const seen = { said: [] as string[], shares: [] as number[] };
    new MutationObserver(() => {
      const said = region.querySelector('[role=status]')?.textContent ?? '';
      if (said !== seen.said.at(-1)) seen.said.push(said);
      const share = region.querySelector('progress')?.value;
      if (share !== undefined && share !== seen.shares.at(-1)) seen.shares.push(share);
    }).observe(region, { subtree: true, childList: true, characterData: true, attributes: true });
    return seen;
  });
  return () => watched.jsonValue();
}

/** The middle one of an odd number. */
const median = (samples: readonly number[]): number => [...samples].sort((a, b) => a - b)[samples.length >> 1]!;

describe('the benchmark', () => {
  it(
    'measures, shows how far it is and what it found, and exports figures that follow from their samples',
    { timeout: 420_000 },
    async () => {
      const visited = await site.visit('preset=nano&seed=1&backend=webgpu');
      const { page } = visited;
      expect(await deviceLine(page)).toContain('Computes with WebGPU');
      await openBenchmark(page);
      const watched = await watch(page);
      await button(page, 'Start measuring').press('Enter');
      await page.getByRole('progressbar', { name: 'Progress of the benchmark' }).waitFor();
      await panel(page).getByText('This is a software adapter').waitFor();
      expect(await panel(page).innerText()).toMatch(/swiftshader/i);

      const table = panel(page).getByRole('table', { name: 'Benchmark of this device' });
      await table.waitFor({ timeout: 300_000 });
      await expect.poll(() => panel(page).getByRole('status').textContent()).toBe('The benchmark is done.');
      const { said, shares } = await watched();
      expect(said).toContain('nano: warming up');
      expect(shares.length).toBeGreaterThan(3);
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
      await expect
        .poll(() => button(page, 'Measure again').evaluate((element) => element === document.activeElement))
        .toBe(true);
      expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['Model', 'nano']);
      const cells = await table.getByRole('cell').allInnerTexts();
      expect(cells).toHaveLength(6);
      // Tokens a second may be "12.1K" or "1.02M".
      for (const cell of cells) expect(cell).toMatch(/^[\d,.]+(×| %|K|M)?$/);
      expect(cells.map((cell) => Number(cell.replace(/[,× %KM]/g, ''))).every((value) => value > 0)).toBe(true);

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

      await expectFitsPhone(page);
      await expectNoTrouble(visited);
    },
  );

  it('stops when asked, makes way for a run, and does not start beside one', async () => {
    const visited = await site.visit('preset=micro&seed=1&base=train&backend=wasm');
    const { page } = visited;
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
    await expect.poll(() => button(page, 'Start measuring').isDisabled()).toBe(true);
    await page.getByText(/^step 1 of/).waitFor();
    await button(page, 'Stop').click();
    await card(page, 'base').filter({ hasText: 'stopped' }).waitFor();
    await expect.poll(() => button(page, 'Start measuring').isEnabled()).toBe(true);

    await card(page, 'data').click();
    await expect.poll(() => panel(page).count()).toBe(0);
    await expectNoTrouble(visited);
  });

  it('says when it fails, with the reason for those who look closer', async () => {
    const { page } = await site.visit('preset=nano&seed=1&backend=wasm', 'en-US', {
      prepare: (context) => context.route('**/benchmark.worker-*.js', (route) => route.abort()),
    });
    await deviceLine(page);
    await openBenchmark(page);
    await button(page, 'Start measuring').click();
    await panel(page).getByText('✕ The benchmark failed.').waitFor();
    expect(await panel(page).locator('details').textContent()).toContain('the worker did not load');
    await expect.poll(() => button(page, 'Start measuring').isEnabled()).toBe(true);
  });

  it('says why there is nothing to measure without WebGPU', async () => {
    const without = await launchWithoutWebGpu();
    onTestFinished(() => without.close());
    const visited = await visit(without, site.url, 'preset=nano&seed=1');
    const { page } = visited;
    await deviceLine(page);
    await openBenchmark(page);
    await panel(page).getByText('There is nothing to measure').waitFor();
    expect(await button(page, 'Start measuring').count()).toBe(0);
    await expectNoTrouble(visited);
  });
});
