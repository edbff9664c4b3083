/** The browser's storage is full in the middle of a run: the run waits, says so, and ends as if there had been room. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { STAGES } from '../../src/core/reports.ts';
import { violations } from './looks.ts';
import { atRest, card, deviceLine, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite();

const WORDS = 'preset=nano&seed=11&lang=en';
const ROOM = 8_000_000;

/** What the run made: the hashes of its checkpoints, and its figures without what a clock measured. */
function made(page: Page): Promise<unknown> {
  return page.evaluate(async () => {
    const open = indexedDB.open('rlhf-playground');
    await new Promise((resolve) => (open.onsuccess = resolve));
    const stores = open.result.transaction(['files', 'blobs']);
    const get = (store: string, name: string) =>
      new Promise<never>((resolve) => {
        const request = stores.objectStore(store).get(['nano-11', name]);
        request.onsuccess = () => resolve(request.result as never);
      });
    const names = ['base', 'sft', 'reward', 'ppo'].map((stage) => `${stage}.safetensors`);
    const hashes = await Promise.all(
      names.map(async (name) => ((await get('files', name)) as { notes: { hash: string } }).notes.hash),
    );
    const { report } = JSON.parse(new TextDecoder().decode(await get('blobs', 'run.json'))) as {
      report: { stages: { seconds: number }[] };
    };
    open.result.close();
    return { hashes, report: { ...report, stages: report.stages.map((stage) => ({ ...stage, seconds: 0 })) } };
  });
}

/** A deleted checkpoint of so many bytes, as if it had been there for long. */
async function addDeleted(page: Page, bytes: number): Promise<void> {
  await page.evaluate(async (length) => {
    const open = indexedDB.open('rlhf-playground');
    await new Promise((resolve) => (open.onsuccess = resolve));
    const stores = open.result.transaction(['files', 'blobs'], 'readwrite');
    const file = { version: 1, run: 'nano-1', name: 'sft.safetensors', bytes: length, saved: 1, notes: {}, deleted: 2 };
    stores.objectStore('files').put(file, ['nano-1', 'sft.safetensors']);
    const data = new Uint8Array(length);
    for (let i = 0; i < length; i += 65536) crypto.getRandomValues(data.subarray(i, i + 65536));
    stores.objectStore('blobs').put(data, ['nano-1', 'sft.safetensors']);
    await new Promise((resolve) => (stores.oncomplete = resolve));
    open.result.close();
  }, bytes);
}

it('waits for room, and goes on after cleaning up', { timeout: 300_000 }, async () => {
  const free = await site.visit(WORDS);
  await deviceLine(free.page);
  await runAll(free.page, 'Run the whole pipeline', 'done');
  const wanted = await made(free.page);
  await expectNoTrouble(free);
  await free.context.close();

  // Room for the first checkpoint or two. Set before the page opens: the browser looks it up twice a minute.
  const limits = { origin: new URL(site.url).origin, quotaSize: ROOM + 300_000 };
  const { page, errors } = await site.visit(WORDS, 'en-US', {
    prepare: async (context, opening) =>
      (await context.newCDPSession(opening)).send('Storage.overrideQuotaForOrigin', limits),
  });
  await deviceLine(page);
  await addDeleted(page, ROOM);
  await page.getByRole('button', { name: 'Run the whole pipeline' }).click();

  const notice = page.getByRole('alert');
  await notice.getByText('The browser’s storage is full').waitFor({ timeout: 60_000 });
  await notice.getByText(/The run waits to store [\d.]+ [kM]B/).waitFor();
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
  const done = await page.locator('main nav button[data-stage]').filter({ hasText: 'done' }).count();
  expect(done).toBeLessThan(STAGES.length);

  // There is still no room: it says so again, and has not gone on.
  await notice.getByRole('button', { name: 'Go on' }).click();
  await notice.getByText(/The run waits to store/).waitFor();
  expect(await page.locator('main nav button[data-stage]').filter({ hasText: 'done' }).count()).toBe(done);

  await notice.getByRole('button', { name: 'Clean up 8' }).click();
  const dialog = page.getByRole('dialog', { name: 'Clean up?' });
  await dialog.getByText('one deleted checkpoint, 8').waitFor();
  await dialog.getByRole('button', { name: 'Keep it all' }).click();
  await expect.poll(() => notice.getByRole('button', { name: 'Clean up 8' }).count()).toBe(1);
  await notice.getByRole('button', { name: 'Clean up 8' }).click();
  await dialog.getByRole('button', { name: 'Remove and free 8' }).click();
  await notice.getByText(/^8\.\d MB freed: it can go on\.$/).waitFor();
  await notice.getByRole('button', { name: 'Go on' }).click();
  for (const stage of STAGES) await card(page, stage).filter({ hasText: 'done' }).waitFor({ timeout: 120_000 });

  expect(await made(page)).toEqual(wanted);
  await expect.poll(() => notice.count()).toBe(0);
  expect(errors).toEqual([]);
});

it('what a stopped run could go on from is removed only when that is said', async () => {
  const visited = await site.visit('preset=nano&seed=21&lang=en');
  const { page } = visited;
  const show = async (seed: number): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(`${site.url}#preset=nano&seed=${seed}&lang=en&stage=library`);
    await panel.getByText('Autosaves').waitFor();
  };
  await deviceLine(page);
  await page.getByRole('button', { name: 'One step' }).click();
  await page.getByText(/^step 1 of/).waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await card(page, 'base').filter({ hasText: 'stopped' }).waitFor();
  const panel = page.getByRole('region', { name: 'Storage' });
  const cleanUp = panel.getByRole('button', { name: 'Clean up' });
  const dialog = page.getByRole('dialog', { name: 'Clean up?' });
  const remove = dialog.getByRole('button', { name: /^Remove and free/ });

  // The run that is shown keeps it.
  await show(21);
  await atRest(page);
  expect(await cleanUp.count()).toBe(0);

  await show(22);
  await cleanUp.click();
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByRole('checkbox', { name: 'One autosave of another run that was stopped' }).check();
  expect(await violations(page)).toEqual([]);
  await remove.click();
  await expect.poll(() => cleanUp.count()).toBe(0);
  await show(21);
  await card(page, 'base').filter({ hasText: 'not started' }).waitFor();
  await expectNoTrouble(visited);
});
