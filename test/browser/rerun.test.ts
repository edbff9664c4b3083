/** A finished run, run again with a changed knob and cut off: the page says so, and goes on where it was. */
import { expect, it } from 'vitest';
import { en } from '../../src/i18n/en.ts';
import { card, deviceLine, expectNoTrouble, pause, runAll, stepOf, useSite } from './site.ts';

const site = useSite();

it('a stage that is run again and cut off is told of after a reload, and goes on', async () => {
  const visited = await site.visit('preset=nano&seed=7');
  const { page } = visited;
  const main = page.locator('.bar button.main');
  await deviceLine(page);
  await runAll(page, 'Run the whole pipeline', 'done');
  await page.evaluate(() => (location.hash += '&sft.steps=20000'));
  const rerun = en.run.rerun(en.stage.sft.name);
  await main.getByText(rerun).click();
  await expect.poll(() => stepOf(page)).toBeGreaterThan(20);
  const step = await pause(page, 'sft');

  await page.reload();
  const words = page.locator('.progress .words');
  await page.getByText(/^cut off; it goes on from step [\d,]+, as stored$/).waitFor();
  expect(await words.innerText()).toBe(en.run.cutOff(String(step)));
  await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();
  await main.getByText('Continue the run').click();
  await expect.poll(() => stepOf(page)).toBeGreaterThan(step);

  // Stopped, it can go on as well; made from something else it would begin anew.
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await main.getByText('Continue the run').waitFor();
  expect(await words.innerText()).toBe(en.run.stopped);
  // The stages after it are done, as they were.
  await page.getByRole('heading', { name: en.stage.sft.name, level: 2, exact: true }).waitFor();
  await page.evaluate(() => (location.hash = location.hash.replace('20000', '19000')));
  await main.getByText(rerun).waitFor();
  expect(await words.innerText()).toBe(en.run.stale);
  await expectNoTrouble(visited);
});
