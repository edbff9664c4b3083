import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as storage from '../../src/storage/index.ts';
import { encodeSafetensors } from '../../src/core/safetensors.ts';

/** A fresh page on the same browser storage. */
async function freshPage(): Promise<typeof storage> {
  vi.resetModules();
  return import('../../src/storage/index.ts');
}

/** Changes what is stored behind the page's back. */
async function tamper(store: 'files' | 'blobs', key: [string, string], value: unknown): Promise<void> {
  const db = await openDB('rlhf-playground');
  await db.put(store, value, key);
  db.close();
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

describe('the files of a run', () => {
  it('are there after a reload, apart from those of other runs', async () => {
    const { StoredRun } = await freshPage();
    await new StoredRun('nano-1').write('a.bin', bytes(1, 2, 3));
    await new StoredRun('nano-10').write('b.bin', bytes(4));
    const { StoredRun: Again, listFiles } = await freshPage();
    const run = new Again('nano-1');
    expect(await run.read('a.bin')).toEqual(bytes(1, 2, 3));
    expect(await run.read('b.bin')).toBeNull();
    expect(await run.keys()).toEqual(['a.bin']);
    expect((await listFiles()).files.map((file) => `${file.run}/${file.name} ${file.bytes}`)).toEqual([
      'nano-1/a.bin 3',
      'nano-10/b.bin 1',
    ]);
  });

  it('are replaced as a whole and removed by name', async () => {
    const { StoredRun } = await freshPage();
    const run = new StoredRun('nano-1');
    await run.write('a.bin', bytes(1, 2, 3));
    await run.write('a.bin', bytes(9));
    expect(await run.read('a.bin')).toEqual(bytes(9));
    await run.remove('a.bin');
    await run.remove('a.bin');
    expect(await run.read('a.bin')).toBeNull();
    expect(await run.keys()).toEqual([]);
  });

  it('are on the disk when they are said to be stored, in every writing transaction', async () => {
    const { StoredRun } = await freshPage();
    const opened = vi.spyOn(IDBDatabase.prototype, 'transaction');
    const run = new StoredRun('nano-1');
    await run.write('a.bin', bytes(1));
    await run.remove('a.bin');
    const writing = opened.mock.results
      .map(({ value }) => value as IDBTransaction)
      .filter(({ mode }) => mode === 'readwrite');
    opened.mockRestore();
    expect(writing.length).toBeGreaterThan(1);
    expect(writing.map(({ durability }) => durability)).toEqual(writing.map(() => 'strict'));
  });

  it('are stored without the rest of the buffer that they are a view of', async () => {
    const { StoredRun } = await freshPage();
    const run = new StoredRun('nano-1');
    await run.write('a.bin', new Uint8Array(1000).fill(7).subarray(10, 12));
    const read = await run.read('a.bin');
    expect(read).toEqual(bytes(7, 7));
    expect(read?.buffer.byteLength).toBe(2);
  });

  it('carry the metadata of safetensors', async () => {
    const { StoredRun } = await freshPage();
    const run = new StoredRun('nano-1');
    await run.write('m.safetensors', encodeSafetensors({}, { kind: 'snapshot', stage: 'sft' }));
    await run.write('broken.safetensors', bytes(1, 2, 3));
    expect(await run.notes('m.safetensors')).toEqual({ kind: 'snapshot', stage: 'sft' });
    expect(await run.notes('broken.safetensors')).toEqual({});
    expect(await run.notes('none.safetensors')).toBeNull();
  });
});

describe('what is damaged or newer', () => {
  it('is an error for each file that a newer page wrote, which is left alone', async () => {
    const { StoredRun, listFiles } = await freshPage();
    const run = new StoredRun('nano-1');
    await run.write('a.bin', bytes(1, 2, 3));
    const newer = { version: 3, from: 'the future' };
    await tamper('files', ['nano-1', 'a.bin'], newer);
    const refusal = /"nano-1\/a\.bin" was written by a newer version .*version 3.*Nothing in it was changed/;
    await expect(run.read('a.bin')).rejects.toThrow(refusal);
    await expect(run.write('a.bin', bytes(1))).rejects.toThrow(refusal);
    await expect(run.remove('a.bin')).rejects.toThrow(refusal);
    await run.write('b.bin', bytes(1));
    const { files, damaged } = await listFiles();
    expect(files.map(({ name }) => name)).toEqual(['b.bin']);
    expect(damaged).toEqual([
      { run: 'nano-1', name: 'a.bin', message: expect.stringMatching(refusal) as string, aside: null },
    ]);
    await run.remove('b.bin');
    expect(await run.keys()).toEqual(['a.bin']);
  });

  it('is refused as a whole when the database is of a newer version', async () => {
    (await openDB('rlhf-playground', 99)).close();
    const { StoredRun } = await freshPage();
    await expect(new StoredRun('nano-1').read('a.bin')).rejects.toMatchObject({
      name: 'StorageError',
      message: expect.stringContaining('newer version of this page (this one reads version 2)') as string,
    });
    const db = await openDB('rlhf-playground');
    expect(db.version).toBe(99);
    db.close();
  });
});

describe('drawings', () => {
  it('come back as they were stored', async () => {
    const { StoredRun, encodeDrawings, loadDrawings } = await freshPage();
    expect(await loadDrawings('nano-1')).toEqual({});
    const metrics = { loss: 3 };
    const progress = {
      kind: 'progress',
      stage: 'sft',
      step: 2,
      steps: 9,
      seconds: 1,
      tokens: 5,
      flop: 7,
      metrics,
    } as const;
    const drawings = { sft: { steps: [1, 2], columns: { loss: [3, null] }, samples: null, progress } };
    await new StoredRun('nano-1').write('drawings.json', encodeDrawings(drawings));
    expect(await loadDrawings('nano-1')).toEqual(drawings);
  });

  it('are refused by field when they are not what they should be', async () => {
    const { StoredRun, loadDrawings } = await freshPage();
    const text = JSON.stringify({
      version: 1,
      stages: { sft: { steps: 'many', columns: {}, samples: null, progress: null } },
    });
    await new StoredRun('nano-1').write('drawings.json', new TextEncoder().encode(text));
    await expect(loadDrawings('nano-1')).rejects.toThrow('"nano-1/drawings.json": stages.sft.steps');
  });
});

describe('what a person notes', () => {
  const checkpoint = (seed: number): Uint8Array =>
    encodeSafetensors({}, { kind: 'checkpoint', card: JSON.stringify({ seed }) });
  const recordOf = async ({ listFiles }: typeof storage, name: string): Promise<storage.FileRecord | undefined> =>
    (await listFiles()).files.find((file) => file.name === name);

  it('is kept in the record, beside fields that a later page wrote', async () => {
    const page = await freshPage();
    await new page.StoredRun('nano-1').write('a.bin', bytes(1));
    const later = { version: 1, run: 'nano-1', name: 'a.bin', bytes: 1, saved: 5, notes: {}, colour: 'red' };
    await tamper('files', ['nano-1', 'a.bin'], later);
    await page.amendFile(['nano-1', 'a.bin'], { title: 'mine', note: 'two\nlines' });
    expect(await recordOf(page, 'a.bin')).toEqual({ ...later, title: 'mine', note: 'two\nlines' });
    await page.amendFile(['nano-1', 'a.bin'], { title: undefined });
    const record = await recordOf(page, 'a.bin');
    expect(record?.title).toBeUndefined();
    expect(record?.note).toBe('two\nlines');
  });

  it('is refused for files that are not there or damaged', async () => {
    const { StoredRun, amendFile } = await freshPage();
    await expect(amendFile(['nano-1', 'a.bin'], { title: 'x' })).rejects.toThrow('no stored file "nano-1/a.bin"');
    await new StoredRun('nano-1').write('a.bin', bytes(1));
    await tamper('files', ['nano-1', 'a.bin'], { version: 1 });
    await expect(amendFile(['nano-1', 'a.bin'], { title: 'x' })).rejects.toThrow('"nano-1/a.bin": run');
  });

  it('goes along when a checkpoint is copied under another name, and not to what replaces it', async () => {
    const page = await freshPage();
    const run = new page.StoredRun('nano-1');
    await run.write('sft.safetensors', checkpoint(1));
    await page.amendFile(['nano-1', 'sft.safetensors'], { title: 'first try', note: 'good' });
    const saved = (await recordOf(page, 'sft.safetensors'))?.saved;
    await run.write('sft~abc.safetensors', checkpoint(1));
    await run.write('sft.safetensors', checkpoint(2));
    expect(await recordOf(page, 'sft~abc.safetensors')).toMatchObject({ title: 'first try', note: 'good', saved });
    expect((await recordOf(page, 'sft.safetensors'))?.title).toBeUndefined();
  });
});

describe('deleted files', () => {
  it('are not seen by the run, and can be brought back', async () => {
    const { StoredRun, amendFile, listFiles } = await freshPage();
    const run = new StoredRun('nano-1');
    await run.write('sft.safetensors', bytes(1, 2));
    await amendFile(['nano-1', 'sft.safetensors'], { deleted: 7 });
    expect(await run.read('sft.safetensors')).toBeNull();
    expect(await run.notes('sft.safetensors')).toBeNull();
    expect(await run.keys()).toEqual([]);
    await run.remove('sft.safetensors');
    expect((await listFiles()).files).toHaveLength(1);
    await amendFile(['nano-1', 'sft.safetensors'], { deleted: undefined });
    expect(await run.read('sft.safetensors')).toEqual(bytes(1, 2));
  });

  it('step aside for a new file of the same name, with their bytes', async () => {
    const { StoredRun, amendFile } = await freshPage();
    const run = new StoredRun('nano-1');
    await run.write('sft.safetensors', bytes(1, 2));
    await amendFile(['nano-1', 'sft.safetensors'], { deleted: 7, title: 'old' });
    await run.write('sft.safetensors', bytes(3));
    expect(await run.read('sft.safetensors')).toEqual(bytes(3));
    await amendFile(['nano-1', 'sft~deleted-7.safetensors'], { deleted: undefined });
    expect(await run.read('sft~deleted-7.safetensors')).toEqual(bytes(1, 2));
  });

  it('are removed for good only when they are deleted', async () => {
    const { StoredRun, amendFile, listFiles, removeDeleted } = await freshPage();
    const run = new StoredRun('nano-1');
    await run.write('a.bin', bytes(1));
    await run.write('b.bin', bytes(2));
    await amendFile(['nano-1', 'a.bin'], { deleted: 7 });
    await removeDeleted([
      ['nano-1', 'a.bin'],
      ['nano-1', 'b.bin'],
    ]);
    expect((await listFiles()).files.map(({ name }) => name)).toEqual(['b.bin']);
    await amendFile(['nano-1', 'b.bin'], { deleted: 8 });
    expect(await run.read('b.bin')).toBeNull();
  });
});

describe('cards', () => {
  it('are read from checkpoints alone, and refused by field', async () => {
    const { cardOf } = await freshPage();
    const file = { version: 1 as const, run: 'nano-1', name: 'sft.safetensors', bytes: 1, saved: 0 };
    const config = { n_layer: 1, n_head: 1, n_embd: 2, vocab_size: 3, n_positions: 4, layer_norm_epsilon: 1e-5 };
    const costs = { steps: 1, tokens: 2, flop: 3 };
    const card = { preset: 'nano', stage: 'sft', seed: 1, data: 'x', ...costs, scores: { exact_match: 0.5 } };
    const notes = { kind: 'checkpoint', card: JSON.stringify(card), config: JSON.stringify(config) };
    expect(cardOf({ ...file, notes })).toEqual({ ...card, config, changes: {}, parent: null, hash: null });
    const changed = { ...card, changes: { 'sft.steps': 5, 'ppo.kl_target': null } };
    expect(cardOf({ ...file, notes: { ...notes, card: JSON.stringify(changed), parent: 'p', hash: 'h' } })).toEqual({
      ...changed,
      config,
      parent: 'p',
      hash: 'h',
    });
    expect(cardOf({ ...file, notes, hash: 'computed' })?.hash).toBe('computed');
    expect(cardOf({ ...file, notes: { kind: 'snapshot' } })).toBeNull();
    expect(() => cardOf({ ...file, notes: { ...notes, card: '{' } })).toThrow('"nano-1/sft.safetensors": card');
    const wrong = JSON.stringify({ ...card, steps: 'many' });
    expect(() => cardOf({ ...file, notes: { ...notes, card: wrong } })).toThrow('card.steps');
  });
});

describe('what was measured by the number of labels', () => {
  const rate = { rate: 0.5, low: 0.25, high: 0.75, n: 12 };
  const point = { labels: 3, familiar: rate, new_names: rate, left_out: null };
  const counts = {
    model: 'abc',
    labels: 'simulated:gold',
    counts: [3, 10],
    points: [point],
    whole: { ...point, labels: 20, left_out: rate },
    complete: false,
  };

  it('comes back as it was, for its own run', async () => {
    const { saveLabelCounts } = await freshPage();
    await saveLabelCounts('nano-1', counts);
    const { loadLabelCounts } = await freshPage();
    expect(await loadLabelCounts('nano-1')).toMatchObject(counts);
    expect(await loadLabelCounts('nano-2')).toBeNull();
  });

  it('is refused where it is damaged, by the name of its file and of the field', async () => {
    const { loadLabelCounts, writeJson } = await freshPage();
    const wrong = { version: 1, ...counts, points: [{ ...point, familiar: { ...rate, high: 1.5 } }] };
    await writeJson('nano-1', 'label-counts.json', wrong);
    await expect(loadLabelCounts('nano-1')).rejects.toThrow('nano-1/label-counts.json": points.0.familiar.high');
  });
});
