/** What is damaged in storage is set aside and named, once, and the rest stays usable. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import * as v from 'valibot';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunReport } from '../../src/core/reports.ts';
import { encodeSafetensors } from '../../src/core/safetensors.ts';
import type * as storage from '../../src/storage/index.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { type RunRecord, readRecord } from '../../workers/pipeline/record.ts';
import { readAs } from '../../workers/pipeline/store.ts';

let page: typeof storage;
let told: string[];

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.resetModules();
  page = await import('../../src/storage/index.ts');
  told = [];
  page.onTrouble(({ message }) => told.push(message));
});

const KEY: [string, string] = ['nano-1', 'a.bin'];
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Changes what is stored behind the page's back; undefined takes it away. */
async function tamper(store: 'files' | 'blobs', value: unknown, key = KEY): Promise<void> {
  const db = await openDB('rlhf-playground');
  if (value === undefined) await db.delete(store, key);
  else await db.put(store, value, key);
  db.close();
}

const record = { version: 2, run: 'nano-1', name: 'a.bin', bytes: 3, content: 'x', saved: 5, notes: {} };

describe('a damaged file', () => {
  it.each<[what: string, store: 'files' | 'blobs', value: unknown, reason: RegExp, left: Uint8Array]>([
    ['cut off', 'blobs', bytes(1), /1 bytes, expected 3/, bytes(1)],
    [
      'with a bit that flipped',
      'blobs',
      bytes(1, 2, 7),
      /its bytes have hash \w{16}, but \w{16} was stored/,
      bytes(1, 2, 7),
    ],
    ['without its bytes', 'blobs', undefined, /no bytes, expected 3/, bytes()],
    ['of another type', 'blobs', 'abc', /string in place of 3 bytes/, bytes()],
    ['without its record', 'files', undefined, /nothing says what these bytes are/, bytes(1, 2, 3)],
    ['with a record of another type', 'files', 'abc', /its record, record: /, bytes(1, 2, 3)],
    ['with a field missing', 'files', { ...record, saved: undefined }, /its record, saved: /, bytes(1, 2, 3)],
    ['with a hash that is not its own', 'files', record, /but x was stored/, bytes(1, 2, 3)],
    ['without a hash', 'files', { ...record, content: undefined }, /no "content"/, bytes(1, 2, 3)],
  ])('%s is set aside at the first reading, and not there from then on', async (_what, store, value, reason, left) => {
    const run = new page.StoredRun('nano-1');
    await run.write('a.bin', bytes(1, 2, 3));
    await run.write('b.bin', bytes(4));
    await tamper(store, value);
    await expect(run.read('a.bin')).rejects.toThrow(reason);
    await expect(run.read('a.bin')).resolves.toBeNull();
    expect(await run.keys()).toEqual(['b.bin']);
    expect(await run.read('b.bin')).toEqual(bytes(4));
    expect(told).toEqual([
      expect.stringMatching(/^stored file "nano-1\/a\.bin": .* It was set aside, as it is, as "a~damaged-\d+\.bin"\.$/),
    ]);

    const { damaged } = await page.listFiles();
    expect(damaged).toEqual([
      {
        ...{ run: 'nano-1', name: 'a.bin', message: expect.stringMatching(reason) as string },
        aside: {
          name: expect.stringMatching(/^a~damaged-/) as string,
          found: expect.any(Number) as number,
          bytes: left.length,
        },
      },
    ]);
    const aside: [string, string] = ['nano-1', damaged[0]!.aside!.name];
    const kept = (await page.readDamaged(aside))!;
    if (left.length > 0) expect(kept).toEqual(left);
    else
      expect(JSON.parse(new TextDecoder().decode(kept))).toMatchObject({
        known: { name: 'a.bin', record: { bytes: 3 } },
      });

    // The name is free, and what was set aside stays until it is removed.
    await run.write('a.bin', bytes(8));
    expect(await run.read('a.bin')).toEqual(bytes(8));
    await page.removeDamaged([aside]);
    expect(await page.readDamaged(aside)).toBeNull();
    expect((await page.listFiles()).damaged).toEqual([]);
    expect(await run.read('a.bin')).toEqual(bytes(8));
  });

  it('is seen by lists where its bytes need not be read for it', async () => {
    const run = new page.StoredRun('nano-1');
    for (const name of ['a.bin', 'b.bin', 'c.bin']) await run.write(name, bytes(1, 2, 3));
    await tamper('files', { version: 2 });
    await tamper('blobs', undefined, ['nano-1', 'b.bin']);
    await tamper('files', undefined, ['nano-1', 'c.bin']);
    await run.write('d.bin', bytes(1));
    const { files, damaged } = await page.listFiles();
    expect(files.map(({ name }) => name)).toEqual(['d.bin']);
    expect(damaged.map(({ name }) => name)).toEqual(['a.bin', 'b.bin', 'c.bin']);
    expect(told).toHaveLength(3);
    expect(await page.listFiles()).toEqual({ files, damaged });
    expect(told).toHaveLength(3);
  });

  it('keeps what the person wrote about it, and two of one name stand beside each other', async () => {
    const run = new page.StoredRun('nano-1');
    for (const value of [1, 2]) {
      await run.write('a.bin', bytes(value));
      await page.amendFile(KEY, { title: `try ${value}` });
      await tamper('blobs', bytes(9, 9));
      await expect(run.read('a.bin')).rejects.toThrow();
    }
    const { damaged } = await page.listFiles();
    expect(new Set(damaged.map(({ aside }) => aside!.name)).size).toBe(2);
    const db = await openDB('rlhf-playground');
    const titles = ((await db.getAll('damaged')) as { record: { title: string } }[]).map((each) => each.record.title);
    db.close();
    expect(titles).toEqual(['try 1', 'try 2']);
  });

  it('that was deleted is looked at when it is brought back', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('a.bin', bytes(1, 2, 3));
    await page.amendFile(KEY, { deleted: 7 });
    await tamper('blobs', bytes(1));
    expect(await run.read('a.bin')).toBeNull();
    await page.amendFile(KEY, { deleted: undefined });
    await expect(run.read('a.bin')).rejects.toThrow('1 bytes, expected 3');
  });
});

describe('lines that people wrote', () => {
  const said = { id: 'd1', world: 'micro', task: 'own', by: 'mia', at: '2026-01-01T00:00:00.000Z' } as const;
  const line = (id: string) => ({ version: 1 as const, ...said, id, prompt: 'say hey .', response: 'hey .' });
  const file: [string, string] = ['demonstrations', 'micro.jsonl'];

  it('stay in use as far as they can be read, and a copy of all of it is set aside', async () => {
    const { micro } = page.demonstrationFiles;
    await micro.change(() => [line('d1'), line('d2'), line('d3')]);
    const stored = (await new page.StoredRun('demonstrations').read('micro.jsonl'))!;
    const broken = stored.slice();
    broken[stored.indexOf(10) + 1] = 0x5b;
    await tamper('blobs', broken, file);
    vi.resetModules();
    const later = await import('../../src/storage/index.ts');
    later.onTrouble(({ message }) => told.push(message));
    const { list, damaged } = await later.demonstrationFiles.micro.load();
    expect(list.map(({ id }) => id)).toEqual(['d1', 'd3']);
    expect(damaged).toMatchObject([{ line: 2, problem: expect.stringContaining('not JSON') as string }]);
    expect(told).toEqual([expect.stringContaining('the lines that can be read are still in use')]);
    const aside = (await later.listFiles()).damaged[0]!.aside!;
    expect(await later.readDamaged(['demonstrations', aside.name])).toEqual(broken);
    await later.demonstrationFiles.micro.change((before) => [...before, line('d4')]);
    expect((await later.demonstrationFiles.micro.load()).list.map(({ id }) => id)).toEqual(['d1', 'd3', 'd4']);
  });

  it('that are no text are kept as they are in a copy before they are written back', async () => {
    const { micro } = page.demonstrationFiles;
    const lines = [line('d1'), line('d2 é')].map((each) => `${JSON.stringify(each)}\n`).join('');
    const latin1 = new Uint8Array(Buffer.from(`${lines}né\n`, 'latin1'));
    await new page.StoredRun('demonstrations').write('micro.jsonl', latin1);
    const { list, damaged } = await micro.load();
    expect([list.length, damaged.length]).toEqual([2, 1]);
    // Reading changes nothing.
    expect((await page.listFiles()).damaged).toEqual([]);
    for (const id of ['d3', 'd4']) await micro.change((before) => [...before, line(id)]);
    expect(told).toEqual([expect.stringContaining('some of its bytes are no text in UTF-8. A copy as it is was set')]);
    const copies = (await page.listFiles()).damaged;
    expect(await page.readDamaged(['demonstrations', copies[0]!.aside!.name])).toEqual(latin1);
    expect(copies).toHaveLength(1);
    expect((await micro.load()).list.map(({ id }) => id)).toEqual(['d1', 'd2 \uFFFD', 'd3', 'd4']);
  });

  it('and say that a character is unknown are text', async () => {
    const { micro } = page.demonstrationFiles;
    for (const id of ['\uFFFD', 'd2']) await micro.change((before) => [...before, line(id)]);
    expect((await page.listFiles()).damaged).toEqual([]);
  });
});

describe('what is whole, but not what it should be', () => {
  const schema = v.object({ version: v.literal(1), steps: v.number() });

  it('is set aside by whoever reads JSON, unless a newer page wrote it', async () => {
    const run = new page.StoredRun('nano-1');
    for (const [value, reason] of [
      ['{', 'file: not JSON'],
      ['{"version":1,"steps":"many"}', 'steps: '],
    ] as const) {
      await run.write('x.json', text(value));
      await expect(page.readJson('nano-1', 'x.json', schema)).rejects.toThrow(`"nano-1/x.json": ${reason}`);
      expect(await page.readJson('nano-1', 'x.json', schema)).toBeNull();
    }
    expect((await page.listFiles()).damaged).toHaveLength(2);
    await page.writeJson('nano-1', 'x.json', { version: 2, steps: [] });
    for (let i = 0; i < 2; i++)
      await expect(page.readJson('nano-1', 'x.json', schema)).rejects.toThrow('It was left as it is');
  });

  it('is set aside by the run: a checkpoint, and the record', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('sft.safetensors', encodeSafetensors({}, { kind: 'checkpoint' }));
    const read = () => readAs(run, 'sft.safetensors', (file) => decodeCheckpoint(file, 'sft.safetensors'));
    await expect(read()).rejects.toThrow(/"nano-1\/sft\.safetensors": .*not written by this project.*set aside/);
    await expect(read()).resolves.toBeNull();
    await run.write('run.json', text('{}'));
    await expect(readRecord(run)).rejects.toThrow(/"nano-1\/run\.json": run\.json: version.*set aside/);
    await expect(readRecord(run)).resolves.toBeNull();
  });

  it('is no loss where it is the record: its copy stands for it, once and ever after', async () => {
    // Of the same modules as the storage, so that they know each other's errors.
    const { readRecord, recordFiles } = await import('../../workers/pipeline/record.ts');
    const report: RunReport = { preset: 'nano', seed: 1, base: 'train', backend: 'wasm', adapter: 'x', stages: [] };
    const whole: RunRecord = { version: 1, settings: {}, labels: 'simulated:gold', changes: {}, report };
    const run = new page.StoredRun('nano-1');
    await run.writeAll(recordFiles(whole));
    await tamper('blobs', bytes(1), ['nano-1', 'run.json']);
    expect(await readRecord(run)).toEqual(whole);
    expect((await page.listFiles()).damaged).toMatchObject([{ run: 'nano-1', name: 'run.json' }]);
    expect(await readRecord(run)).toEqual(whole);
    // The copy is damaged alone: nobody needs it.
    await run.writeAll(recordFiles(whole));
    await tamper('blobs', bytes(1), ['nano-1', 'run~2.json']);
    expect(await readRecord(run)).toEqual(whole);
    // Both: it is said.
    await tamper('blobs', bytes(1), ['nano-1', 'run.json']);
    await expect(readRecord(run)).rejects.toThrow('run~2.json');
  });

  it('stays where it is when it is of a later version', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('sft.safetensors', encodeSafetensors({}, { rlhf_playground: '9', kind: 'checkpoint' }));
    await run.write('run.json', text('{"version":2}'));
    for (let i = 0; i < 2; i++) {
      await expect(readAs(run, 'sft.safetensors', (file) => decodeCheckpoint(file, 'sft.safetensors'))).rejects.toThrow(
        'version "9"',
      );
      await expect(readRecord(run)).rejects.toThrow('run.json: version');
    }
    expect((await page.listFiles()).damaged).toEqual([]);
  });
});
