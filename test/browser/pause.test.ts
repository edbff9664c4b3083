/** A page that waits, or is put out of sight, may be gone the next moment: what it made is stored by then. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { autosavesOf, button, card, deviceLine, pause, stepOf, useSite } from './site.ts';

/** Autosaves come every ten seconds by themselves: in the first seconds there is none but those that are tested. */
const RUN = 'preset=nano&seed=6&sft.steps=20000';

const site = useSite();

/** Training, a moment after SFT began; an autosave by the clock is far away. */
async function train(): Promise<Page> {
  const { page } = await site.visit(RUN, 'en-US', {
    prepare: (context) =>
      context.route('**/trainer.worker-*.js', async (route) => {
        const response = await route.fetch();
        // In the worker, its clock goes slowly.
        const slow = 'const now = performance.now.bind(performance); performance.now = () => now() / 100;';
        await route.fulfill({ response, body: `{${slow}}\n${await response.text()}` });
      }),
  });
  await deviceLine(page);
  await button(page, 'Run the whole pipeline').click();
  await card(page, 'sft').filter({ hasText: 'running' }).waitFor({ timeout: 90_000 });
  await expect.poll(() => stepOf(page)).toBeGreaterThan(0);
  return page;
}

it('stores the last step when it is paused: killed then, it has lost nothing', async () => {
  const page = await train();
  expect(await autosavesOf(page, 'sft')).toEqual([]);
  const at = await pause(page, 'sft');
  await page.reload();
  await page.getByText(`cut off; it goes on from step ${at.toLocaleString('en')}, as stored`).waitFor();
  await page.context().close();
});

it('stores the last step when it is hidden, and trains on', async () => {
  const page = await train();
  expect(await autosavesOf(page, 'sft')).toEqual([]);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await expect.poll(() => autosavesOf(page, 'sft')).toHaveLength(1);
  const [autosave] = await autosavesOf(page, 'sft');
  await expect.poll(() => stepOf(page)).toBeGreaterThan(autosave!.step);
  await page.context().close();
});
