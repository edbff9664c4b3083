/** Instruction tuning: which tokens bear loss, the formula with its number, and what carries over. */
import { describe, expect, it } from 'vitest';
import { card, expectNoTrouble, useSite } from './site.ts';

const site = useSite();

describe('instruction tuning', () => {
  it('marks which tokens bear loss, and how much, while it trains', async () => {
    const visited = await site.visit('preset=micro&seed=6&stage=sft');
    const { page } = visited;
    const section = page.getByRole('region', { name: 'Which tokens bear loss' });
    const numbers = section.locator('.token small');
    await section.getByText('Rows as training has them').waitFor();
    expect(await section.getByText('no loss', { exact: true }).count()).toBe(4);
    expect((await numbers.allInnerTexts()).join('')).toBe('');
    await page.getByText('The present loss stands here').waitFor();

    await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
    // Every 25 steps; which of them is there when this test looks is the machine's affair.
    const after = section.getByText(/^after step [\d,]+$/);
    await after.waitFor({ timeout: 60_000 });
    const step = Number((await after.innerText()).replaceAll(/\D/g, ''));
    expect(step % 25).toBe(0);
    expect(step).toBeGreaterThan(0);
    const first = await numbers.allInnerTexts();
    for (const number of first) expect(number).toMatch(/^\d+\.\d\d$/);
    await page.getByText(/^Now: \d\.\d{3} nats/).waitFor();
    const table = section.getByRole('table', { name: 'Row 1' });
    await section.getByText('As a table').click();
    await table.waitFor();
    expect(await table.getByRole('row').last().innerText()).toMatch(/^<eos>\s+\d+\.\d\d\s+\d+ %$/);

    await expect
      .poll(async () => Number((await after.innerText()).replaceAll(/\D/g, '')), { timeout: 60_000 })
      .toBeGreaterThan(step);
    await expect.poll(() => numbers.allInnerTexts()).not.toEqual(first);
    const samples = page.getByRole('region', { name: 'Before and after' });
    await samples.getByText(/right: Before\s+\d\/6,\s+After\s+\d\/6/).waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();
    await expectNoTrouble(visited);
  });

  it('says what a small world does not have, and reports task by task at the end', async () => {
    const visited = await site.visit('preset=nano&seed=6&stage=sft');
    const { page } = visited;
    await page.getByText(/micro world has too few tasks/).waitFor();
    await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
    await card(page, 'sft').filter({ hasText: 'done' }).waitFor({ timeout: 60_000 });
    await card(page, 'sft').click();
    const trained = page.getByRole('table', { name: 'By task: Trained tasks' });
    await trained.waitFor();
    expect(await trained.getByRole('rowheader').allInnerTexts()).toEqual([
      'Facts about citizens',
      'Questions about strangers',
      'Common sense',
      'Sentiment',
      'Reading',
    ]);
    expect(await page.getByRole('table', { name: 'By task: Unseen tasks' }).count()).toBe(0);
    await expectNoTrouble(visited);
  });
});
