/**
 * What others wrote, put in through every door of the page: it is shown as text, breaks no layout, runs nowhere, and hides
 * nothing that was there.
 */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { MOST_DEMONSTRATIONS } from '../../src/core/data/demonstrations.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { PHONE } from './looks.ts';
import { DESK, type Visit, atRest, deviceLine, useSite } from './site.ts';

const site = useSite();

/** An element, scripts, a change of direction, a sign of many parts, and a word that nothing breaks. */
const hostile = (length: number): string =>
  `<img src=x data-hostile onerror="ran=1"><script data-hostile>ran=1</script>\u202E👩🏽‍🚀${'W'.repeat(length)}`.slice(
    0,
    length,
  );
/** The beginning of it, as it is to be seen. */
const SHOWN = '<img src=x';

interface Hostile extends Visit {
  dialogs: string[];
}

async function visitHostile(words: string): Promise<Hostile> {
  const visited = await site.visit(`${words}&lang=en`);
  const dialogs: string[] = [];
  visited.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return { ...visited, dialogs };
}

/** The text is seen, nothing came of it, and the page is as wide as the window: on a desk and on a phone. */
async function expectHarmless({ page, errors, dialogs }: Hostile, seen: string = SHOWN): Promise<void> {
  // Also what a fold hides.
  await expect
    .poll(() => page.locator('body').evaluate(({ textContent }, part) => textContent.includes(part), seen))
    .toBe(true);
  for (const size of [PHONE, DESK]) {
    await page.setViewportSize(size);
    await atRest(page);
    const found = await page.evaluate(() => ({
      ran: 'ran' in window,
      elements: document.querySelectorAll('[data-hostile], [onerror]').length,
      over: Math.max(0, document.documentElement.scrollWidth - window.innerWidth),
    }));
    expect(found).toEqual({ ran: false, elements: 0, over: 0 });
  }
  expect(dialogs).toEqual([]);
  expect(errors).toEqual([]);
}

/** Writes into the page's database behind its back: [store, key, value]. */
function tamper(
  page: Page,
  entries: readonly (readonly ['files' | 'blobs', [string, string], unknown])[],
): Promise<void> {
  return page.evaluate(async (all) => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('rlhf-playground');
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = db.transaction(['files', 'blobs'], 'readwrite');
    for (const [store, key, value] of all)
      transaction.objectStore(store).put(store === 'blobs' ? new TextEncoder().encode(value as string) : value, key);
    await new Promise((resolve) => transaction.addEventListener('complete', resolve));
    db.close();
  }, entries);
}

const fileRecord = (run: string, name: string, bytes: number, others: object = {}): object => ({
  version: 1,
  run,
  name,
  bytes,
  saved: 1.7e12,
  notes: {},
  ...others,
});

/** A file for the page's database, as text, with its record. */
function stored(run: string, name: string, text: string): Parameters<typeof tamper>[1] {
  const { length } = new TextEncoder().encode(text);
  return [
    ['files', [run, name], fileRecord(run, name, length)],
    ['blobs', [run, name], text],
  ];
}

describe('what others wrote', () => {
  it('in the address is named as text', async () => {
    const visited = await visitHostile(
      `stage=data&preset=micro&${encodeURIComponent(hostile(300))}=1&__proto__=1&constructor=2`,
    );
    await expectHarmless(visited);
    await visited.page.evaluate((text) => (location.hash = text), `#preset=micro&${'x'.repeat(100_000)}`);
    await expectHarmless(visited, 'characters)');
  });

  it('in a checkpoint, its card and its name, is text; a file of 1 GB is refused by its size', async () => {
    const visited = await visitHostile('stage=library&preset=micro&seed=1');
    const { page } = visited;
    await deviceLine(page);
    const whole = decodeCheckpoint(new Uint8Array(readFileSync('public/checkpoints/micro.sft.safetensors')), 'x');
    const scores = { [hostile(90)]: 1, exact_match: 0.5 };
    const weights = { ...whole.weights, 'ln_f.bias': whole.weights['ln_f.bias']!.map((value) => value + 1) };
    const bytes = encodeCheckpoint({ ...whole, weights, card: { ...whole.card, data: hostile(10_000), scores } });
    const give = (name: string, buffer: Uint8Array): Promise<void> =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(buffer) });
    await give(`${hostile(120).replaceAll('/', '∕')}.safetensors`, bytes.subarray(0, 900));
    await page.getByText(/was not imported/).waitFor();
    await expectHarmless(visited);
    await give('good.safetensors', bytes);
    await page.getByText(/^Imported: /).waitFor();
    await page.getByRole('treeitem', { name: /imported/ }).click();
    await expectHarmless(visited);

    // A sparse file, of which nothing is read.
    await page.evaluate(() => {
      const part = new Blob([new Uint8Array(2 ** 20)]);
      const transfer = new DataTransfer();
      transfer.items.add(new File(Array<Blob>(1024).fill(part), 'huge.safetensors'));
      const input = document.querySelector<HTMLInputElement>('input[type=file]')!;
      input.files = transfer.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await page.getByText(/“huge\.safetensors” is larger than .* and was not read\. Nothing was stored\./).waitFor();
    await expect.poll(() => page.getByRole('treeitem', { name: /imported/ }).count()).toBe(1);
  });

  it('in lines of a file, read or refused, is text', async () => {
    const visited = await visitHostile('stage=data&preset=small&seed=1');
    const { page } = visited;
    const record = {
      version: 1,
      id: 'a',
      world: 'town',
      task: 'qa',
      prompt: 'say yes',
      response: 'yes .',
      by: 'mia',
      at: '2026-03-02T09:30:00.000Z',
    };
    const lines = [
      { ...record, id: hostile(90), by: hostile(55), task: 'constructor' },
      { ...record, id: 'b', prompt: `say ${hostile(500)}` },
      { ...record, id: 'c', world: hostile(500) },
      { ...record, id: 'd', at: hostile(30) },
    ];
    const text = `${lines.map((each) => JSON.stringify(each)).join('\n')}\n${hostile(10_000)}\n${'['.repeat(100_000)}\n`;
    await page.getByLabel('Import and merge files').setInputFiles([
      { name: `${hostile(100).replaceAll('/', '∕')}.jsonl`, mimeType: 'application/jsonl', buffer: Buffer.from(text) },
      { name: 'huge.jsonl', mimeType: 'application/jsonl', buffer: Buffer.alloc(21_000_000, 'x\n') },
    ]);
    await page.getByRole('region', { name: 'Result of the import' }).waitFor();
    await page.getByText('1 for this world').waitFor();
    await expectHarmless(visited);
    // No field of every object is taken for a task's name.
    expect(await page.locator('body').innerText()).not.toContain('native code');
    await page.reload();
    await page.getByText('1 for this world').waitFor();
    await expectHarmless(visited);
  });

  it('in what is stored is text; a damaged record hides no other', async () => {
    const visited = await visitHostile('stage=library&preset=small&seed=1');
    const { page } = visited;
    await deviceLine(page);
    const { card, config } = decodeCheckpoint(
      new Uint8Array(readFileSync('public/checkpoints/micro.sft.safetensors')),
      'x',
    );
    const notes = (changes: object = {}): object => ({
      kind: 'checkpoint',
      hash: 'abc',
      config: JSON.stringify({ ...config, ...changes }),
      card: JSON.stringify({ ...card, data: hostile(10_000), seed: 7 }),
    });
    const line = {
      version: 1,
      id: 'a',
      world: 'town',
      task: '__proto__',
      prompt: hostile(1900),
      response: hostile(900),
      by: hostile(50),
      at: '2026-03-02T09:30:00.000Z',
    };
    const text = `${JSON.stringify(line)}\n${JSON.stringify(line)}\n${hostile(10_000)}\n`;
    await page.evaluate((author) => {
      localStorage.setItem('rlhf-playground.author', author);
      localStorage.setItem('rlhf-playground.speeds', `{"version":1,"devices":{"__proto__":${'['.repeat(10_000)}`);
      localStorage.setItem('rlhf-playground.language', author);
      localStorage.setItem('rlhf-playground.theme', 'constructor');
    }, hostile(59));
    const good = fileRecord('micro-7', 'sft.safetensors', 3, {
      notes: notes(),
      title: hostile(900),
      note: hostile(10_000),
    });
    await tamper(page, [
      ['files', ['micro-7', 'sft.safetensors'], good],
      ['blobs', ['micro-7', 'sft.safetensors'], 'xyz'],
      [
        'files',
        ['micro-8', 'a.safetensors'],
        fileRecord('micro-8', 'a.safetensors', 3, { notes: notes({ n_layer: 1e9 }) }),
      ],
      ['blobs', ['micro-8', 'a.safetensors'], 'xyz'],
      [
        'files',
        ['micro-8', 'b.safetensors'],
        fileRecord('micro-8', 'b.safetensors', 3, { notes: notes(), saved: 1e300 }),
      ],
      ['blobs', ['micro-8', 'b.safetensors'], 'xyz'],
      ['files', [hostile(90), hostile(90)], { version: 1, run: hostile(90) }],
      ['blobs', [hostile(90), hostile(90)], 'xyz'],
      ...stored('demonstrations', 'town.jsonl', text),
      ...stored('small-1', 'predictions.json', `{"version":1,"answers":${'['.repeat(10_000)}`),
      ...stored('small-1', 'drawings.json', '{"version":1,"stages":{"__proto__":{}}}'),
      ...stored('small-1', 'preferences.jsonl', `${hostile(10_000)}\n`.repeat(50)),
    ]);
    await page.reload();
    await deviceLine(page);
    const tree = page.getByRole('treeitem', { name: SHOWN });
    await tree.waitFor();
    await tree.click();
    await expectHarmless(visited);
    // The three that cannot be used are named beside it, and the predictions that were to be shown.
    const files = page.getByRole('region', { name: /cannot be used|damaged/i });
    await expect.poll(() => files.getByRole('listitem').count()).toBe(4);
    for (const summary of await files.locator('summary').all()) await summary.click();
    await expectHarmless(visited);

    await page.evaluate(() => (location.hash = '#stage=data&preset=small&seed=1&lang=en'));
    await page.getByText('1 for this world').waitFor();
    await expectHarmless(visited);
    expect(await page.locator('body').innerText()).not.toContain('[object Object]');
    expect(await page.getByText(hostile(30)).count()).toBeLessThan(MOST_DEMONSTRATIONS);
    await page.evaluate(() => (location.hash = '#stage=reward&preset=small&seed=1&lang=en'));
    await page.getByRole('heading', { name: 'Reward model', level: 2, exact: true }).waitFor();
    await expectHarmless(visited, '');
  });
});
