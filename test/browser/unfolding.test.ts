/**
 * Files that are small and make much work, stored or brought: the page says what it leaves out, stays quick, and everything
 * else of it goes on.
 */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeSafetensors } from '../../src/core/safetensors.ts';
import { type Site, type Visit, card, deviceLine, launchWithoutWebGpu, serveInFolder, visit } from './site.ts';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchWithoutWebGpu(), serveInFolder()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), site.close()]);
});

const RUN = 'micro-1';

/** Puts files of the run into the page's database, behind its back. */
function store(page: Page, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  const all = Object.entries(files).map(([name, content]) => {
    const bytes = Buffer.from(content);
    const record = { version: 1, run: RUN, name, bytes: bytes.length, saved: 1.7e12, notes: {} };
    return { key: [RUN, name], record, base64: bytes.toString('base64') };
  });
  return page.evaluate(async (entries) => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('rlhf-playground');
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = db.transaction(['files', 'blobs'], 'readwrite');
    for (const { key, record, base64 } of entries) {
      transaction.objectStore('files').put(record, key);
      transaction.objectStore('blobs').put(
        Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
        key,
      );
    }
    await new Promise((resolve) => transaction.addEventListener('complete', resolve));
    db.close();
  }, all);
}

/** The record of a run whose stages are done up to PPO. */
const record = JSON.stringify({
  version: 1,
  settings: {},
  labels: 'simulated:gold',
  report: {
    ...{ preset: 'micro', seed: 1, base: 'shipped', backend: 'wasm', adapter: 'x' },
    stages: ['sft', 'reward', 'ppo'].map((name) => ({ name, seconds: 1, tokens: 2, flop: 3, metrics: { loss: 1 } })),
  },
});

async function visitWith(files: Parameters<typeof store>[1], stage: string): Promise<Visit> {
  const visited = await visit(browser, site.url, 'stage=library&preset=micro&seed=1&lang=en');
  const { page } = visited;
  await deviceLine(page);
  await store(page, files);
  await page.evaluate((words) => (location.hash = words), `#stage=${stage}&preset=micro&seed=1&lang=en`);
  await page.reload();
  await deviceLine(page);
  return visited;
}

it('curves whose axis would have marks without end are set aside, and the stage is there', async () => {
  const drawing = { steps: [2 ** 53, 2 ** 53 + 4], columns: { loss: [1, 2] }, samples: null, progress: null };
  const drawings = JSON.stringify({ version: 1, stages: { sft: drawing } });
  const { page, errors, context } = await visitWith({ 'run.json': record, 'drawings.json': drawings }, 'sft');
  await page
    .getByText(/drawings\.json.*stages\.sft\.steps/)
    .first()
    .waitFor({ state: 'attached' });
  await card(page, 'sft').click();
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

it('a recording with tokens of no vocabulary is shown, each by its number', async () => {
  const settings = {
    ...{ kl_coef: 1, missing_eos_penalty: 1, gamma: 1, lambda: 1, cliprange: 1, cliprange_value: null },
    calibration: { mean: 0, std: 1 },
  };
  const asked = [{ task: 'constructor', prompt: 'say yes', answer: 'yes .', unknowable: false }];
  const heads = [{ iteration: 1, step: 2, epochs: 1, settings, asked, ended: [false] }];
  const floats = (length: number) => ({ dtype: 'F32' as const, shape: [length], data: new Float32Array(length) });
  const ints = (...data: number[]) => ({ dtype: 'I32' as const, shape: [data.length], data: Int32Array.from(data) });
  const recording = encodeSafetensors(
    {
      ...{ '1.figures': floats(22), '1.scores': floats(2), '1.starts': ints(0, 2) },
      ...{ '1.tokens': ints(99_999, -7), '1.minibatches': ints(0) },
    },
    { kind: 'microscope', version: '1', iterations: JSON.stringify(heads) },
  );
  const { page, errors, context } = await visitWith(
    { 'run.json': record, 'ppo.microscope.safetensors': recording },
    'ppo',
  );
  await page.getByText('<99999>').first().waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

it('labels of two thousand people are taken in, and the page stays quick', async () => {
  const line = (i: number): string =>
    JSON.stringify({
      prompt: 'what is a fox ?',
      chosen: i % 3 ? ' a fox .' : ' a cat .',
      rejected: i % 3 ? ' a cat .' : ' a fox .',
      by: `p${i}`,
    });
  const text = Array.from({ length: 2000 }, (_, i) => line(i)).join('\n');
  const { page, errors, context } = await visitWith({ 'run.json': record }, 'reward');
  const buffer = Buffer.from(text);
  await page
    .getByLabel('Import and merge files')
    .setInputFiles({ name: 'class.jsonl', mimeType: 'application/jsonl', buffer });
  await page.getByText('… and 1,940 more').first().waitFor();
  await page.getByRole('columnheader', { name: 'p1000' }).waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

it('of a book that is pasted into a prompt only the beginning is taken', async () => {
  const { page, errors, context } = await visitWith({}, 'data');
  await page.evaluate(() => (location.hash = '#stage=chat&preset=micro&seed=1&lang=en'));
  const field = page.getByRole('combobox', { name: 'Prompt' });
  await field.click();
  await page.keyboard.insertText(readFileSync('README.md', 'utf8').repeat(5));
  await expect.poll(() => field.inputValue().then(({ length }) => length)).toBe(2000);
  expect(errors).toEqual([]);
  await context.close();
});
