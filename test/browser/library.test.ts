/** The library: the family tree, notes, deleting and bringing back, files out and in, and what is damaged. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PHONE, expectFitsPhone, violations } from './looks.ts';
import { type Visit, button, deviceLine, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite();

const item = (page: Page, name: string | RegExp) => page.getByRole('treeitem', { name });
const card = (page: Page) => page.getByRole('article');
const own = (page: Page) => page.getByRole('treeitem', { name: 'nano, seed' });

describe('the library after a run', () => {
  let visited: Visit;
  let page: Page;
  beforeAll(async () => {
    visited = await site.visit('preset=nano&seed=5&lang=en&stage=library');
    page = visited.page;
    await deviceLine(page);
    await runAll(page, 'Run the whole pipeline', 'done');
    await page.getByRole('button', { name: 'Library', exact: true }).click();
  });
  afterAll(() => visited.context.close());

  it('shows the family as a tree that the keyboard walks', async () => {
    await expect.poll(() => own(page).count()).toBe(4);
    const levels = await own(page).evaluateAll((all) =>
      all.map((each) => [each.dataset['stage'], each.getAttribute('aria-level')].join(' ')),
    );
    expect(levels).toEqual(['base 1', 'sft 2', 'reward 3', 'ppo 3']);
    await item(page, 'Base model · nano, seed 5').focus();
    const focused = (): Promise<string | null> => page.evaluate(() => document.activeElement!.textContent);
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toContain('Instruction tuning · nano, seed 5');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => own(page).count()).toBe(2);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => own(page).count()).toBe(4);
    await page.keyboard.press('Enter');
    await card(page).getByRole('heading', { name: 'Instruction tuning · nano, seed 5' }).waitFor();
    await expect.poll(() => card(page).innerText()).toContain('none: as in the preset');
    await button(page, 'Base model · nano, seed 5').click();
    await card(page).getByRole('heading', { name: 'Base model · nano, seed 5' }).waitFor();
  });

  it('compares two: only what differs, side by side', async () => {
    await item(page, 'Instruction tuning · nano, seed 5').click();
    await card(page).getByLabel('Compare with').selectOption({ label: 'Instruction tuning · micro, shipped' });
    const table = page.getByRole('table', { name: 'What differs' });
    await table.waitFor();
    const row = (name: string) =>
      table.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
    await expect.poll(() => row('n_embd').getByRole('cell').allInnerTexts()).toEqual(['16', '64']);
    await expect.poll(() => row('sft.steps').getByRole('cell').allInnerTexts()).toEqual(['12', '1000']);
    expect(await row('sft.replay').count()).toBe(0);
    await expect.poll(() => row('Exact match').count()).toBe(1);
    expect(await violations(page, 'main')).toEqual([]);
    await button(page, 'Show this one alone: Instruction tuning · micro, shipped').click();
    await expect.poll(() => card(page).getByRole('button', { name: 'Delete' }).count()).toBe(0);
  });

  it('keeps a name and a note, also after a reload', async () => {
    await item(page, 'PPO · nano, seed 5').click();
    await button(page, 'Rename').click();
    await page.getByLabel('Name', { exact: true }).fill('My policy');
    await page.keyboard.press('Enter');
    await card(page).getByRole('heading', { name: 'My policy' }).waitFor();
    await page.getByLabel('Note', { exact: true }).fill('learnt nothing\nas expected');
    await page.getByLabel('Note', { exact: true }).blur();
    await card(page).getByText('saved', { exact: true }).waitFor();
    await page.reload();
    await item(page, 'My policy').click();
    await expect.poll(() => page.getByLabel('Note', { exact: true }).inputValue()).toBe('learnt nothing\nas expected');
  });

  it('asks before it deletes what a run stands on, undoes it, and removes for good only when told so', async () => {
    await item(page, 'Instruction tuning · nano, seed 5').click();
    await button(page, 'Delete').click();
    const dialog = page.getByRole('dialog', { name: /^Delete “Instruction tuning/ });
    await dialog.getByText('Run nano-5 goes on from this checkpoint').waitFor();
    expect(await dialog.getByRole('listitem').allInnerTexts()).toEqual(['Reward model · nano, seed 5', 'My policy']);
    await dialog.getByRole('button', { name: 'Delete it all the same' }).click();
    await expect.poll(() => item(page, 'Instruction tuning · nano, seed 5').count()).toBe(0);
    await item(page, /My policy\s+PPO · nano, seed 5\s+its parent is not here/).waitFor();
    await expect.poll(() => button(page, 'Undo').evaluate((each) => each === document.activeElement)).toBe(true);
    await button(page, 'Undo').click();
    await item(page, 'Instruction tuning · nano, seed 5').waitFor();

    await item(page, 'My policy').click();
    await button(page, 'Delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete it all the same' }).click();
    await button(page, 'Bring back My policy').waitFor();
    await page.reload();
    await button(page, 'Bring back My policy').waitFor();
    expect(await violations(page, 'main')).toEqual([]);
    await button(page, 'Empty …').click();
    await page
      .getByRole('dialog', { name: 'Remove them for good?' })
      .getByRole('button', { name: /^Remove and free \d/ })
      .click();
    await page.getByText('One checkpoint was removed for good.').waitFor();
    await expect.poll(() => own(page).count()).toBe(3);
    await expect.poll(() => page.getByRole('heading', { name: 'Recently deleted' }).count()).toBe(0);
  });

  it('hands out a file, knows it again, and takes it in when it is gone', async () => {
    await item(page, 'Reward model · nano, seed 5').click();
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Export as file').click()]);
    const name = download.suggestedFilename();
    expect(name).toMatch(/^rlhf-nano-reward-seed5-[\da-f]{8}\.safetensors$/);
    const buffer = await readFile(await download.path());
    const give = (fileName: string, bytes: Buffer): Promise<void> =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name: fileName, mimeType: 'application/octet-stream', buffer: bytes });

    await give(name, buffer);
    await page.getByText('This checkpoint is in the library already').waitFor();
    await button(page, 'Delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete it all the same' }).click();
    await button(page, 'Bring back Reward model · nano, seed 5').waitFor();
    await give(name, buffer);
    await item(page, /Reward model · nano, seed 5\s+imported/).waitFor();
    await expect.poll(() => card(page).innerText()).toMatch(/imported-[\da-f]{8}/);

    const broken = Buffer.from(buffer);
    // A weight that is not a number: the last four bytes are one of the last tensor's.
    broken.writeFloatLE(NaN, broken.length - 4);
    await give('broken.safetensors', broken);
    await page.getByText(/^broken\.safetensors: tensor ".+": has values that are not finite$/).waitFor();
    await give('cut.safetensors', buffer.subarray(0, 1000));
    await page.getByText(/^cut\.safetensors: /).waitFor();
    await give('notes.txt', buffer);
    await page.getByText('“notes.txt” is not a .safetensors or .zip file').waitFor();
    await expect.poll(() => own(page).count()).toBe(3);
  });

  it('shows damaged records beside the others', async () => {
    await page.evaluate(async () => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('rlhf-playground');
        request.onsuccess = () => resolve(request.result);
      });
      const files = db.transaction('files', 'readwrite').objectStore('files');
      files.put({ version: 1, run: 'nano-5' }, ['nano-5', 'base.safetensors']);
      await new Promise((resolve) => (files.transaction.oncomplete = resolve));
      db.close();
    });
    await page.reload();
    await page.getByText('! nano-5/base.safetensors').waitFor();
    await item(page, 'Instruction tuning · nano, seed 5').waitFor();
    const download = page.waitForEvent('download');
    await button(page, 'Export nano-5/base.safetensors as it is').click();
    expect((await download).suggestedFilename()).toMatch(/^nano-5\.base~damaged-\d+\.safetensors$/);
    await button(page, 'Remove nano-5/base.safetensors …').click();
    await button(page, 'Remove it').click();
    await page.getByText('! nano-5/base.safetensors').waitFor({ state: 'detached' });
  });

  it('says how much is stored, and fits a phone', async () => {
    await page.getByRole('heading', { name: 'Storage', exact: true }).waitFor();
    await page.getByText(/^[\d.,]+ [kM]B stored$/).waitFor();
    await page.setViewportSize(PHONE);
    await item(page, 'Instruction tuning · nano, seed 5').click();
    await expectFitsPhone(page, async () => expect(await violations(page, 'main')).toEqual([]));
    expect(visited.errors).toEqual([]);
  });
});

describe('the library without a run', () => {
  it('shows what is shipped, and says when own checkpoints come', async () => {
    const visited = await site.visit('preset=nano&seed=6&lang=en&stage=library');
    const { page } = visited;
    await page.getByText('You have no checkpoint of your own yet').waitFor();
    await item(page, 'Base model · micro, shipped').click();
    await card(page).getByText('Shipped with the page').waitFor();
    expect(await button(page, 'Rename').count()).toBe(0);
    await expectNoTrouble(visited);
  });
});
