/** The data: browse and filter, write a demonstration, exchange files, and train on what was written. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type Demonstration, parseDemonstrations } from '../../src/core/data/demonstrations.ts';
import { button, card, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite();

const panel = (page: Page) => page.getByRole('region', { name: 'Data', exact: true });
const own = (page: Page) => page.getByRole('region', { name: 'Your demonstrations' });

const HEAD = { version: 1, world: 'town', task: 'own', by: 'minji', at: '2026-03-02T09:30:00.000Z' } as const;
const lines = (...records: object[]): Buffer =>
  Buffer.from(records.map((record) => `${JSON.stringify({ ...HEAD, ...record })}\n`).join(''));

async function write(page: Page, instruction: string, response: string): Promise<void> {
  await page.getByLabel('Instruction', { exact: true }).fill(instruction);
  await page.getByLabel('Response', { exact: true }).fill(response);
}

/** The file that the export button saves. */
async function exported(page: Page): Promise<Demonstration[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Export as JSONL').click()]);
  expect(download.suggestedFilename()).toMatch(/^demonstrations-(town|micro)-.*\.jsonl$/);
  return parseDemonstrations(await readFile(await download.path(), 'utf8'), 'exported file');
}

describe('browsing', () => {
  it('filters tasks and templates, marks what is held out, and draws examples', async () => {
    const visited = await site.visit('preset=small&seed=1&stage=data&lang=en');
    const { page } = visited;
    const tasks = page.getByRole('region', { name: 'Tasks and templates' });
    await tasks.getByText('17 tasks, 268 templates').waitFor();

    await page.getByLabel('Seen in training').selectOption('unseen tasks');
    await tasks.getByText('2 tasks, 30 templates').waitFor();
    await expect.poll(() => tasks.getByRole('listitem').filter({ hasText: 'held out' }).count()).toBe(2);
    await panel(page).getByText('The whole task is held out').waitFor();
    await panel(page).getByText('Nobody demonstrates what is held out').waitFor();

    await button(page, 'Show all').click();
    await page.getByLabel('Search in templates').fill('backwards');
    await tasks.getByRole('button', { name: /Reverse/ }).waitFor();
    await expect.poll(() => tasks.getByRole('listitem').count()).toBe(1);
    await button(page, 'say it backwards : {list}').click();
    const example = page.getByRole('region', { name: 'An example' });
    await expect.poll(() => example.innerText()).toContain('say it backwards : ');
    const before = await example.innerText();
    await button(page, 'Another example').click();
    await expect.poll(() => example.innerText()).not.toBe(before);
    expect(await example.innerText()).toContain('say it backwards : ');

    await page.getByText('The pocket world on one page').click();
    await page.getByRole('heading', { name: 'What is held out, and why' }).waitFor();
    await page.getByText(/48 citizens, of whom the corpus tells 5 facts each, and 56 strangers/).waitFor();
    await expectNoTrouble(visited);
  });
});

describe('one’s own demonstrations', () => {
  it('are checked against the vocabulary, stored with who and when, changed, deleted and brought back', async () => {
    const visited = await site.visit('preset=small&seed=1&stage=data&lang=en');
    const { page } = visited;
    const begun = Date.now();
    await page.getByLabel('Your name').fill('Minji');
    await write(page, 'please repeat this wordz : cat dog', 'cat dog .');
    await expect.poll(() => button(page, 'Save').isDisabled()).toBe(true);
    await button(page, 'Replace “wordz” with “word”').click();
    await expect
      .poll(() => page.getByLabel('Instruction', { exact: true }).inputValue())
      .toBe('please repeat this word : cat dog');
    await page.getByLabel('Response', { exact: true }).fill('cat '.repeat(21));
    await page.getByText('1 word too many.').waitFor();
    await expect.poll(() => button(page, 'Save').isDisabled()).toBe(true);
    await page.getByLabel('Response', { exact: true }).fill('Cat dog.');
    await button(page, 'Save').click();
    await own(page).getByText('1 for this world').waitFor();

    await page.reload();
    await own(page).getByText('1 for this world').waitFor();
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('Minji');
    const [saved] = await exported(page);
    expect(saved).toMatchObject({ world: 'town', by: 'Minji', response: 'cat dog .' });
    expect(Date.parse(saved?.at ?? '')).toBeGreaterThanOrEqual(begun);
    expect(Date.parse(saved?.at ?? '')).toBeLessThanOrEqual(Date.now());

    await button(page, 'Change “please repeat this word : cat dog”').click();
    await page.getByLabel('Response', { exact: true }).fill('dog cat .');
    await button(page, 'Save the change').click();
    await own(page).getByText('dog cat .').waitFor();
    await button(page, 'Delete “please repeat this word : cat dog”').click();
    await own(page).getByText('0 for this world').waitFor();
    // The focus is where one can go on.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent.trim())).toBe('Undo');
    await page.keyboard.press('Enter');
    await own(page).getByText('1 for this world').waitFor();
    expect((await exported(page)).map(({ id, response }) => [id, response])).toEqual([[saved?.id, 'dog cat .']]);
    await expectNoTrouble(visited);
  });

  it('start from the example on the screen, and warn of what is held out', async () => {
    const { page } = await site.visit('preset=small&seed=1&stage=data&lang=en');
    await page.getByLabel('Seen in training').selectOption('unseen tasks');
    await button(page, 'Start from the example').click();
    const instruction = page.getByLabel('Instruction', { exact: true });
    await expect.poll(() => instruction.inputValue()).not.toBe('');
    await expect.poll(() => instruction.evaluate((element) => element === document.activeElement)).toBe(true);
    await own(page)
      .getByText(/would no longer be of something unseen/)
      .waitFor();
  });

  it('are merged with the files of others: what came, what was known, what differs, what was refused', async () => {
    const visited = await site.visit('preset=small&seed=1&stage=data&lang=en');
    const { page } = visited;
    const files = page.getByLabel('Import and merge files');
    await own(page).waitFor();
    await files.setInputFiles([
      {
        name: 'a.jsonl',
        mimeType: 'application/jsonl',
        buffer: lines({ id: 'a1', prompt: 'say yes', response: 'yes .' }),
      },
    ]);
    await own(page).getByText('1 for this world').waitFor();
    const other = lines(
      { id: 'a1', prompt: 'say yes', response: 'yes .' },
      { id: 'a1', prompt: 'say yes', response: 'no .' },
      { id: 'b1', prompt: 'say no', response: 'no .' },
      { id: 'b2', prompt: 'say blorb', response: 'no .' },
      { id: 'b3', prompt: 'say no', response: 'no .', at: 'today' },
    );
    await files.setInputFiles([{ name: 'b.jsonl', mimeType: 'application/jsonl', buffer: other }]);
    const result = page.getByRole('region', { name: 'Result of the import' });
    await result.getByText('b.jsonl, line 4').waitFor();
    await result.getByText('not in the vocabulary: “blorb”').waitFor();
    await result.getByText('b.jsonl, line 5').waitFor();
    await result.getByText(/^at: /).waitFor();
    expect(await result.getByRole('definition').allInnerTexts()).toEqual([
      ...['1', '1', '1', '2'],
      ...['say yes → yes .', 'say yes → no .'],
    ]);
    expect((await exported(page)).map(({ response }) => response)).toEqual(['yes .', 'no .', 'no .']);

    // Dropped from the file manager, it is the same.
    const data = await page.evaluateHandle(
      (text) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], 'c.jsonl'));
        return transfer;
      },
      lines({ id: 'c1', prompt: 'say true', response: 'true .' }).toString(),
    );
    await own(page).dispatchEvent('dragover', { dataTransfer: data });
    await own(page).getByText('Let go to import').waitFor();
    await own(page).dispatchEvent('drop', { dataTransfer: data });
    await own(page).getByText('4 for this world').waitFor();
    await expectNoTrouble(visited);
  });

  it('belong to their world, and can be left out of the training', async () => {
    const { page } = await site.visit('preset=nano&seed=1&stage=data&lang=en');
    await page.getByLabel('Your name').fill('Minji');
    await write(page, 'what is a cat ?', 'an animal .');
    await button(page, 'Save').click();
    await own(page).getByText('1 for this world').waitFor();
    await page.getByLabel('Train on them').uncheck();
    await page.goto(`${site.url}#preset=small&seed=1&stage=data&lang=en`);
    await own(page).getByText('0 for this world').waitFor();
    await page.goto(`${site.url}#preset=nano&seed=1&stage=data&lang=en`);
    await own(page).getByText('1 for this world').waitFor();
    await expect.poll(() => page.getByLabel('Train on them').isChecked()).toBe(false);
  });

  it('make a finished SFT model stale, for as long as they are used', async () => {
    const visited = await site.visit('preset=nano&seed=7&lang=en');
    const { page } = visited;
    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'data').click();
    await page.getByLabel('Your name').fill('Minji');
    await write(page, 'what is a cat ?', 'an animal .');
    await button(page, 'Save').click();
    const stale = card(page, 'sft').filter({ hasText: 'stale' });
    await stale.waitFor();
    expect(await card(page, 'base').filter({ hasText: 'stale' }).count()).toBe(0);
    await page.getByLabel('Train on them').uncheck();
    await expect.poll(() => stale.count()).toBe(0);
    await page.getByLabel('Train on them').check();
    await stale.waitFor();
    await expectNoTrouble(visited);
  });
});
