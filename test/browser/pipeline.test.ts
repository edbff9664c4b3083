/** The whole pipeline, for real, in a browser: one button, five stages, and what is left after a reload. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STAGES } from '../../src/core/reports.ts';
import { launch } from '../../tools/browser.ts';
import { type Site, card, deviceLine, expectNoTrouble, runAll, serveInFolder, visit } from './site.ts';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launch(), serveInFolder()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), site.close()]);
});

describe('the whole pipeline', () => {
  it('runs by one button, in English, and survives a reload', async () => {
    const visited = await visit(browser, site.url, 'preset=nano&seed=1');
    const { page, context } = visited;
    await page.locator('html[lang=en]').waitFor();
    expect(await deviceLine(page)).toContain('WebAssembly');

    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'judge').click();
    const wins = page.getByRole('table', { name: 'Win rate' });
    await wins.waitFor();
    expect(await wins.getByRole('row').allInnerTexts()).toEqual([
      expect.stringMatching(/^PPO over SFT\s+\d+ % \(\d+ % – \d+ %\)$/),
      expect.stringMatching(/^SFT over prompted base\s+\d+ % \(\d+ % – \d+ %\)$/),
    ]);
    const gold = await page.getByRole('table', { name: 'Gold score' }).getByRole('rowheader').allInnerTexts();
    expect(gold).toEqual(['Base', 'Base, prompted', 'SFT', 'PPO']);

    await card(page, 'sft').click();
    await page.getByRole('img', { name: /^Loss: now \d/ }).waitFor();
    expect(await page.locator('canvas').count()).toBeGreaterThanOrEqual(2);
    const figures = await page.locator('main dl').first().innerText();
    await expectNoTrouble(visited);

    await page.reload();
    for (const stage of STAGES) await card(page, stage).filter({ hasText: 'done' }).waitFor();
    await card(page, 'sft').click();
    expect(await page.locator('main dl').first().innerText()).toBe(figures);
    await page.getByRole('img', { name: /^Loss: now \d/ }).waitFor();
    await page.getByRole('button', { name: 'Chat' }).click();
    const checkpoints = page.getByLabel('Checkpoint 1').locator('option');
    await checkpoints.nth(2).waitFor({ state: 'attached' });
    const own = (await checkpoints.allInnerTexts()).filter((name) => !name.endsWith(', shipped'));
    expect(own).toEqual(['PPO · nano, seed 1', 'Base model · nano, seed 1', 'Instruction tuning · nano, seed 1']);
    await expectNoTrouble(visited);
    await context.close();
  });

  it('runs in Korean, and the language switches in the middle', async () => {
    const visited = await visit(browser, site.url, 'preset=nano&seed=2', 'ko-KR');
    const { page, context } = visited;
    await page.locator('html[lang=ko]').waitFor();
    expect(await deviceLine(page)).toContain('WebAssembly로 계산합니다');
    await page.getByRole('button', { name: '전체 과정 실행' }).click();
    await card(page, 'sft')
      .filter({ hasText: '진행 중' })
      .or(card(page, 'sft').filter({ hasText: '완료' }))
      .waitFor();
    await page.getByRole('radio', { name: 'English' }).check();
    await page.locator('html[lang=en]').waitFor();
    expect(await card(page, 'reward').innerText()).toContain('Reward model');
    await page.getByRole('radio', { name: '한국어' }).check();
    for (const stage of STAGES) await card(page, stage).filter({ hasText: '완료' }).waitFor();
    await card(page, 'judge').click();
    await page.getByRole('table', { name: '승률' }).waitFor();
    await expectNoTrouble(visited);
    await context.close();
  });

  it('keeps the page free while it trains', { retry: 2 }, async () => {
    const visited = await visit(browser, site.url, 'preset=micro&seed=1');
    const { page, context } = visited;
    await deviceLine(page);
    await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
    await card(page, 'sft').filter({ hasText: 'running' }).waitFor();
    // The observer hears from now on: starting up is allowed to take longer.
    await page.evaluate(() => {
      const seen: number[] = [];
      (window as unknown as { longTasks: number[] }).longTasks = seen;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.push(entry.duration);
      }).observe({ type: 'longtask' });
    });
    await page.waitForTimeout(8000);
    expect(await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks)).toEqual([]);
    expect(await page.getByText(/step \d+ of/).innerText()).not.toContain('step 0 ');
    await expectNoTrouble(visited);
    await context.close();
  });
});
