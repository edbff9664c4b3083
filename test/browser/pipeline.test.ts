/** The whole pipeline, for real, in a browser: one button, five stages, and what is left after a reload. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { STAGES } from '../../src/core/reports.ts';
import { launch } from '../../tools/browser.ts';
import { card, deviceLine, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite(launch);

/** https://w3c.github.io/longtasks/#sec-terminology, in milliseconds. */
const LONG_TASK = 50;

/**
 * How many milliseconds of the processor each task of the page's main thread takes, for so long. What it waits for the
 * processor, which other programs need too, is left out: a `PerformanceObserver` would count it.
 */
async function tasksOfPage(page: Page, milliseconds: number): Promise<number[]> {
  const browser = site.browser;
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await page.waitForTimeout(milliseconds);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const main = new Set(traceEvents.filter(({ args }) => args?.name === 'CrRendererMain').map(threadOf));
  return traceEvents
    .filter((event) => event.name === 'ThreadControllerImpl::RunTask' && main.has(threadOf(event)))
    .map(({ tdur = 0 }) => tdur / 1000);
}

/** Of Chromium's trace: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of the processor. */
  tdur?: number;
  args?: { name?: string };
}

describe('the whole pipeline', () => {
  it('runs by one button, in English, and survives a reload', async () => {
    const visited = await site.visit('preset=nano&seed=1');
    const { page } = visited;
    await page.locator('html[lang=en]').waitFor();
    expect(await deviceLine(page)).toContain('WebAssembly');

    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'judge').click();
    const wins = page.getByRole('table', { name: 'Win rate' });
    await wins.waitFor();
    await expect
      .poll(() => wins.getByRole('row').allInnerTexts())
      .toEqual([
        expect.stringMatching(/^PPO over SFT\s+\d+ % \(\d+ % – \d+ %\)$/),
        expect.stringMatching(/^SFT over prompted base\s+\d+ % \(\d+ % – \d+ %\)$/),
      ]);
    const gold = await page.getByRole('table', { name: 'Gold score' }).getByRole('rowheader').allInnerTexts();
    expect(gold).toEqual(['Base', 'Base, prompted', 'SFT', 'PPO']);

    await card(page, 'sft').click();
    await page.getByRole('img', { name: /^Loss: now \d/ }).waitFor();
    await expect.poll(() => page.locator('canvas').count()).toBeGreaterThanOrEqual(2);
    const figures = await page.locator('main dl').first().innerText();
    await expectNoTrouble(visited);

    await page.reload();
    for (const stage of STAGES) await card(page, stage).filter({ hasText: 'done' }).waitFor();
    await card(page, 'sft').click();
    await expect.poll(() => page.locator('main dl').first().innerText()).toBe(figures);
    await page.getByRole('img', { name: /^Loss: now \d/ }).waitFor();
    await page.getByRole('button', { name: 'Chat' }).click();
    const checkpoints = page.getByLabel('Checkpoint 1').locator('option');
    await checkpoints.nth(2).waitFor({ state: 'attached' });
    const own = (await checkpoints.allInnerTexts()).filter((name) => !name.endsWith(', shipped'));
    expect(own).toEqual(['PPO · nano, seed 1', 'Base model · nano, seed 1', 'Instruction tuning · nano, seed 1']);
    await expectNoTrouble(visited);
  });

  it('runs in Korean, and the language switches in the middle', async () => {
    const visited = await site.visit('preset=nano&seed=2', 'ko-KR');
    const { page } = visited;
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
    for (const stage of STAGES) await card(page, stage).filter({ hasText: '완료' }).waitFor({ timeout: 90_000 });
    await card(page, 'judge').click();
    await page.getByRole('table', { name: '승률' }).waitFor();
    await expectNoTrouble(visited);
  });

  it('keeps the page free while it trains', { retry: 2 }, async () => {
    const visited = await site.visit('preset=micro&seed=1');
    const { page } = visited;
    await deviceLine(page);
    await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
    await card(page, 'sft').filter({ hasText: 'running' }).waitFor();
    // From now on: starting up is allowed to take longer.
    const tasks = await tasksOfPage(page, 8000);
    expect(tasks).not.toEqual([]);
    expect(tasks.filter((milliseconds) => milliseconds > LONG_TASK)).toEqual([]);
    expect(await page.getByText(/step \d+ of/).innerText()).not.toContain('step 0 ');
    await expectNoTrouble(visited);
  });
});
