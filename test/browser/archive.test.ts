/** All that is stored as one zip: out of one browser and into another one, bit for bit, with nothing overwritten. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedArchive, openArchive } from '../../src/storage/archive/open.ts';
import { pathOf } from '../../src/storage/archive/names.ts';
import { zipOf } from '../unit/archive-files.ts';
import { button, card, deviceLine, useSite } from './site.ts';

const site = useSite();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlhf-archive-'));
});
afterAll(() => rm(folder, { recursive: true }));

const dialog = (page: Page, name: RegExp) => page.getByRole('dialog', { name });
const ADDRESS = 'preset=nano&seed=5&lang=en&stage=library';

async function openLibrary(page: Page): Promise<void> {
  await button(page, 'Library').click();
  await page.getByRole('heading', { name: 'Library', level: 2, exact: true }).waitFor();
}

/** Saves a zip by the dialog that is open, into a file of the name. */
async function save(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save').click()]);
  expect(download.suggestedFilename()).toMatch(/^rlhf-.*\.zip$/);
  const file = join(folder, name);
  await download.saveAs(file);
  await page.getByText(/^Saved: \d+ files?, /).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  return file;
}

async function saveAll(page: Page, name: string): Promise<string> {
  await button(page, 'Save everything as a zip …').click();
  await dialog(page, /^Save as a zip/).waitFor();
  return save(page, name);
}

async function opened(file: string): Promise<OpenedArchive> {
  return openArchive(new Blob([await readFile(file)]));
}

/** Path → hash of what a zip holds. */
async function hashes(file: string): Promise<Record<string, string>> {
  const { files } = await opened(file);
  return Object.fromEntries(files.map((each) => [pathOf(each), each.hash]));
}

const give = (page: Page, file: string): Promise<void> => page.locator('input[type=file]').setInputFiles(file);

/** Runs, step by step, until instruction tuning has begun, then stops: the run can go on. */
async function runIntoSft(page: Page): Promise<void> {
  const begun = card(page, 'sft').filter({ hasText: 'paused' });
  const progress = page.locator('.progress');
  while ((await begun.count()) === 0) {
    const before = await progress.innerText();
    await button(page, 'One step').click();
    // The step is taken, before the next one is.
    await expect.poll(() => progress.innerText()).not.toBe(before);
  }
  await button(page, 'Stop').click();
  await button(page, 'Continue the run').waitFor({ timeout: 30_000 });
}

/** Imports a zip by the usual choices, and gives back what the dialog says of it. */
async function take(page: Page, file: string, title: RegExp, choose?: (asking: Locator) => Promise<void>) {
  await give(page, file);
  const asking = dialog(page, title);
  await asking.getByRole('button', { name: 'Import' }).waitFor();
  await choose?.(asking);
  await asking.getByRole('button', { name: 'Import' }).click();
  await asking.getByText('Done. Nothing was overwritten.').waitFor();
  const said = await asking.getByRole('listitem').allInnerTexts();
  await asking.getByRole('button', { name: 'Close' }).last().click();
  return said;
}

const demonstration = (id: string, prompt: string) => ({
  name: 'own.jsonl',
  mimeType: 'application/jsonl',
  buffer: Buffer.from(
    `${JSON.stringify({ version: 1, id, world: 'micro', task: 'own', prompt, response: 'good .', by: 'mia', at: '2026-01-31T12:00:00.000Z' })}\n`,
  ),
});

describe('an archive', () => {
  let stopped: string;
  let ended: string;

  it('goes out of one browser and into another, where the run goes on to the same bits', async () => {
    const first = await site.visit(ADDRESS);
    const { page } = first;
    await deviceLine(page);
    await card(page, 'data').click();
    await page.getByLabel('Import and merge files').setInputFiles(demonstration('a1', 'is a cat an animal ?'));
    await page.getByText('1 for this world').waitFor();
    await runIntoSft(page);
    await openLibrary(page);
    stopped = await saveAll(page, 'stopped.zip');
    const packed = await hashes(stopped);
    expect(Object.keys(packed)).toEqual(
      expect.arrayContaining([
        'runs/demonstrations/micro.jsonl',
        'runs/nano-5/base.safetensors',
        'runs/nano-5/run.json',
      ]),
    );

    const second = await site.visit(ADDRESS);
    const there = second.page;
    await deviceLine(there);
    await openLibrary(there);
    const taken = await take(there, stopped, /^Import from stopped\.zip/, async (asking) => {
      await expect.poll(() => asking.getByText('new', { exact: true }).count()).toBe(2);
    });
    expect(taken.map((line) => line.replace(/\d+ files?/, 'n'))).toEqual([
      'Demonstrations: n stored',
      'nano-5: n stored',
    ]);
    await there.getByRole('treeitem', { name: 'Base model · nano, seed 5' }).waitFor();
    expect(await hashes(await saveAll(there, 'copy.zip'))).toEqual(packed);
    await give(there, stopped);
    await there.getByText('Everything in it is here already. There is nothing to do.').waitFor();
    await there.keyboard.press('Escape');

    // Both go on from where the first one was stopped.
    const weights: Record<string, string>[] = [];
    for (const [i, each] of [page, there].entries()) {
      await button(each, 'Continue the run').click();
      await card(each, 'judge').filter({ hasText: 'done' }).waitFor({ timeout: 90_000 });
      ended = await saveAll(each, `ended-${i}.zip`);
      const files = Object.entries(await hashes(ended));
      weights.push(Object.fromEntries(files.filter(([path]) => /(base|sft|reward|ppo)\.safetensors$/.test(path))));
    }
    expect(Object.keys(weights[0]!)).toHaveLength(4);
    expect(weights[1]).toEqual(weights[0]);
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('of another state of a run stands beside it, and can take its place', async () => {
    const visited = await site.visit(ADDRESS);
    const { page } = visited;
    await deviceLine(page);
    await openLibrary(page);
    await take(page, ended, /^Import from ended-1\.zip/);
    await card(page, 'judge').filter({ hasText: 'done' }).waitFor();
    const before = await hashes(await saveAll(page, 'before.zip'));
    const said = await take(page, stopped, /^Import from stopped\.zip/, async (asking) => {
      await asking.getByText('a run of this name with other content is here').waitFor();
      expect(await asking.getByRole('combobox', { name: 'What to do with nano-5' }).inputValue()).toBe('beside');
    });
    expect(said.join()).toMatch(/^nano-5: \d+ files stored as imported-nano-5$/);
    const after = await hashes(await saveAll(page, 'after.zip'));
    expect(after).toMatchObject(before);
    const beside = Object.entries(await hashes(stopped)).filter(([path]) => path.startsWith('runs/nano-5/'));
    for (const [path, hash] of beside) expect(after[path.replace('nano-5', 'imported-nano-5')]).toBe(hash);
    await give(page, stopped);
    await page.getByText('Everything in it is here already. There is nothing to do.').waitFor();
    await page.keyboard.press('Escape');

    await button(page, 'Put imported-nano-5 in the place of nano-5').click();
    await button(page, 'Put earlier-nano-5 in the place of nano-5').waitFor();
    await button(page, 'Continue the run').waitFor();
    await expect.poll(() => card(page, 'judge').filter({ hasText: 'done' }).count()).toBe(0);
    await button(page, 'Put earlier-nano-5 in the place of nano-5').click();
    await card(page, 'judge').filter({ hasText: 'done' }).waitFor();
    expect(visited.errors).toEqual([]);
  });

  it('has only what was chosen; labels of several people are merged', async () => {
    const visited = await site.visit(ADDRESS);
    const { page } = visited;
    await deviceLine(page);
    await openLibrary(page);
    await take(page, ended, /^Import from ended-1\.zip/);
    await page.getByRole('treeitem', { name: 'PPO · nano, seed 5' }).click();
    await button(page, 'Export with its ancestors …').click();
    const family = Object.keys(await hashes(await save(page, 'family.zip')));
    expect(family).toEqual(['base', 'ppo', 'sft'].map((stage) => `runs/nano-5/${stage}.safetensors`));

    await button(page, 'Save everything as a zip …').click();
    for (const kind of ['Checkpoints', 'Reports, curves, samples and recordings'])
      await dialog(page, /^Save as a zip/)
        .getByLabel(kind)
        .uncheck();
    const labels = await save(page, 'labels.zip');
    expect(Object.keys(await hashes(labels)).filter((path) => !path.includes('snapshot'))).toEqual([
      'runs/demonstrations/micro.jsonl',
    ]);

    const other = await site.visit(ADDRESS.replace('library', 'data'));
    await other.page.getByLabel('Import and merge files').setInputFiles(demonstration('b1', 'is a book an animal ?'));
    await other.page.getByText('1 for this world').waitFor();
    await openLibrary(other.page);
    const said = await take(other.page, labels, /^Import from labels\.zip/);
    expect(said).toContain('Demonstrations: 0 files stored; labels: 1 added, 0 kept beside others');
    await card(other.page, 'data').click();
    await other.page.getByText('2 for this world').waitFor();
    expect([...visited.errors, ...other.errors]).toEqual([]);
  });

  it('that meets a damaged file says so: it is set aside, and its lines are merged', async () => {
    const { page } = await site.visit(ADDRESS);
    await deviceLine(page);
    await openLibrary(page);
    // Of a run that is not shown: nobody else reads it.
    await page.evaluate(async () => {
      const request = indexedDB.open('rlhf-playground');
      await new Promise((resolve) => (request.onsuccess = resolve));
      const transaction = request.result.transaction(['files', 'blobs'], 'readwrite');
      const key = ['nano-7', 'preferences.jsonl'];
      const record = { version: 2, run: key[0], name: key[1], bytes: 2, content: 'other', saved: 1, notes: {} };
      transaction.objectStore('files').put(record, key);
      transaction.objectStore('blobs').put(new Uint8Array([120, 10]), key);
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      request.result.close();
    });
    const file = join(folder, 'labels-7.zip');
    const content = new TextEncoder().encode('y\n');
    await writeFile(file, await zipOf([{ run: 'nano-7', name: 'preferences.jsonl', saved: 1, content }]));
    await take(page, file, /^Import from labels-7\.zip/);
    await page.getByText('A stored file is damaged and was set aside').waitFor();
  });

  it('that is damaged is refused with the name of the entry, and nothing is stored', async () => {
    const visited = await site.visit(ADDRESS);
    const { page } = visited;
    await openLibrary(page);
    const bytes = await readFile(stopped);
    const place = bytes.indexOf('runs/nano-5/base.safetensors') + 5000;
    bytes[place]! ^= 1;
    const drop = (name: string, content: Buffer): Promise<void> =>
      page.evaluate(
        ([file, text]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], file));
          window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        },
        [name, content.toString('base64')] as const,
      );
    await drop('flipped.zip', bytes);
    await dialog(page, /^Import from flipped\.zip/)
      .getByText('"runs/nano-5/base.safetensors": is damaged')
      .waitFor();
    await page.getByText('Nothing was stored, and what is here is as it was.').waitFor();
    await page.keyboard.press('Escape');
    await drop('cut.zip', bytes.subarray(0, bytes.length / 2));
    await page.getByText('is cut off: the end of the zip is missing').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('treeitem', { name: 'nano, seed 5' }).count()).toBe(0);
    expect(visited.errors).toEqual([]);
  });
});
