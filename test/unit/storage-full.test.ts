/** No room in the browser's storage: what the page writes is kept in memory and stored later; what cleaning up removes. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeSafetensors } from '../../src/core/safetensors.ts';
import { StorageFullError } from '../../src/core/storage-errors.ts';
import type * as cleanUp from '../../src/storage/clean-up.ts';
import type * as storage from '../../src/storage/index.ts';

let page: typeof storage;
let told: Error[];
/** Whether every put fails, as it does when a quota is reached. */
let full: boolean;

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.resetModules();
  page = await import('../../src/storage/index.ts');
  told = [];
  page.onTrouble((trouble) => told.push(trouble));
  full = false;
  const put = Reflect.get(IDBObjectStore.prototype, 'put') as (
    this: IDBObjectStore,
    ...args: unknown[]
  ) => IDBRequest<IDBValidKey>;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args: unknown[]) {
    const request = put.apply(this, args);
    if (!full) return request;
    // Browsers undo the transaction, and say why there alone.
    const { transaction } = this;
    Object.defineProperty(transaction, 'error', {
      value: new DOMException('Quota exceeded.', 'QuotaExceededError'),
      configurable: true,
    });
    transaction.abort();
    return request;
  });
});
afterEach(() => void vi.restoreAllMocks());

const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array());
const line = (id: string) => ({
  ...{ version: 1 as const, id, world: 'micro' as const, task: 'own', prompt: 'say hey .', response: 'hey .' },
  ...{ by: 'mia', at: '2026-01-01T00:00:00.000Z' },
});
const ids = (list: readonly { id: string }[]): string => list.map(({ id }) => id).join(' ');

describe('without room', () => {
  it('a write is an error of its own, which says how much it was, and changes nothing', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('a.bin', new Uint8Array([1, 2]));
    full = true;
    const failure: unknown = await run
      .writeAll([
        ['a.bin', new Uint8Array(70)],
        ['b.bin', new Uint8Array(30)],
      ])
      .catch((error: unknown) => error);
    expect((failure as Error).name).toBe('StorageFullError');
    expect(failure).toMatchObject({ bytes: 100, message: expect.stringContaining('QuotaExceededError') as string });
    full = false;
    expect(await run.read('a.bin')).toEqual(new Uint8Array([1, 2]));
    expect(await run.keys()).toEqual(['a.bin']);
  });

  it('lines that a person writes are kept, shown, and stored with the next one', async () => {
    const { micro } = page.demonstrationFiles;
    await micro.change(() => [line('d1')]);
    full = true;
    expect(ids((await micro.change((list) => [...list, line('d2')])).list)).toBe('d1 d2');
    expect(ids((await micro.change((list) => [...list, line('d3')])).list)).toBe('d1 d2 d3');
    expect(ids((await micro.change((list) => list.filter(({ id }) => id !== 'd1'))).list)).toBe('d2 d3');
    expect(ids((await micro.load()).list)).toBe('d2 d3');
    expect(told.map(({ name }) => name)).toEqual(Array(3).fill('StorageFullError'));
    expect(page.unsaved()).toBe(1);
    full = false;
    expect(ids((await micro.change((list) => [...list, line('d4')])).list)).toBe('d2 d3 d4');
    expect(page.unsaved()).toBe(0);
    const stored = text(await new page.StoredRun('demonstrations').read('micro.jsonl'));
    expect(stored.trim().split('\n')).toHaveLength(3);
  });

  it('they are stored without another one when it is tried again, and what another tab wrote stays', async () => {
    const file = page.preferenceFiles.of('nano-1');
    full = true;
    const before = await file.load();
    await file.change((list) => list);
    expect(before.list).toEqual([]);
    await page.demonstrationFiles.micro.change(() => [line('d1')]);
    await expect(page.writeJson('nano-1', 'predictions.json', { version: 1, answers: [1] })).rejects.toThrow('Quota');
    await expect(page.writeJson('nano-1', 'predictions.json', { version: 1, answers: [2] })).rejects.toThrow('Quota');
    expect(page.unsaved()).toBe(3);
    await expect(page.retryUnsaved()).rejects.toThrow('Quota');
    expect(page.unsaved()).toBe(3);
    full = false;
    // Another tab.
    const other = `${JSON.stringify(line('other'))}\n`;
    await new page.StoredRun('demonstrations').write('micro.jsonl', new TextEncoder().encode(other));
    await page.demonstrationFiles.micro.change((list) => [...list, line('d2')]);
    expect(page.unsaved()).toBe(2);
    await page.retryUnsaved();
    expect(page.unsaved()).toBe(0);
    const answers = v.object({ version: v.number(), answers: v.array(v.number()) });
    expect(await page.readJson('nano-1', 'predictions.json', answers)).toMatchObject({ answers: [2] });
  });

  it('a change that waits for room is there after another run was read', async () => {
    full = true;
    const { blindFiles } = await import('../../src/storage/blind.ts');
    await blindFiles.of('nano-1').change(() => [{ id: 'b1' } as never]);
    expect((await blindFiles.of('nano-2').load()).list).toEqual([]);
    expect(ids((await blindFiles.of('nano-1').load()).list)).toBe('b1');
    full = false;
    await page.retryUnsaved();
    expect(page.unsaved()).toBe(0);
    expect(ids((await blindFiles.of('nano-1').load()).list)).toBe('b1');
  });

  it('labels of an archive are refused: none of them is said to be here, and none waits', async () => {
    const { openArchive, packStored, takeIn } = await import('../../src/storage/archive-store.ts');
    const { micro } = page.demonstrationFiles;
    await micro.change(() => [line('theirs')]);
    const keys = [['demonstrations', 'micro.jsonl']] as const;
    const { zip } = await packStored({ keys, settings: {} }, new Date(0), () => undefined);
    await micro.change(() => [line('mine')]);
    const archive = await openArchive(zip);
    const taken = vi.fn();
    const take = (): Promise<void> => takeIn(archive, { demonstrations: 'take' }, () => undefined, taken);
    full = true;
    await expect(take()).rejects.toMatchObject({ name: 'StorageFullError' });
    expect(taken).not.toHaveBeenCalled();
    expect(page.unsaved()).toBe(0);
    full = false;
    expect(ids((await micro.load()).list)).toBe('mine');
    await take();
    expect(taken.mock.lastCall?.[0]).toMatchObject({ labels: { added: 1 } });
    expect(ids((await micro.load()).list)).toBe('mine theirs');
  });

  it('reading goes on, also of a record that has no hash yet', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('a.bin', new Uint8Array([1]));
    const { openDB } = await import('idb');
    const db = await openDB('rlhf-playground');
    const old = { version: 1, run: 'nano-1', name: 'a.bin', bytes: 1, saved: 5, notes: {} };
    await db.put('files', old, ['nano-1', 'a.bin']);
    full = true;
    expect(await run.read('a.bin')).toEqual(new Uint8Array([1]));
    expect(await db.get('files', ['nano-1', 'a.bin'])).toEqual(old);
    db.close();
  });

  it('is an error with a name that the page puts into words', () => {
    expect(new StorageFullError('x', 1)).toMatchObject({ name: 'StorageFullError', bytes: 1 });
  });
});

describe('cleaning up', () => {
  let room: typeof cleanUp;
  const snapshot = (stage: string): Uint8Array => encodeSafetensors({}, { kind: 'snapshot', stage });
  const record = (...stages: string[]): Uint8Array =>
    new TextEncoder().encode(JSON.stringify({ report: { stages: stages.map((name) => ({ name })) } }));

  beforeEach(async () => {
    room = await import('../../src/storage/clean-up.ts');
    let now = 1000;
    vi.spyOn(Date, 'now').mockImplementation(() => ++now);
  });

  it('takes what was deleted, and autosaves of stages that have ended since; nothing else', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('base.snapshot.safetensors', snapshot('base'));
    await run.write('sft.snapshot.safetensors', snapshot('sft'));
    await run.write('base.safetensors', encodeSafetensors({}));
    await run.write('ppo.safetensors', encodeSafetensors({}));
    // Begun again since; and another stage has ended after that.
    await run.write('ppo.snapshot.safetensors', snapshot('ppo'));
    await run.write('run.json', record('base', 'ppo'));
    await run.write('a.bin', new Uint8Array(3));
    await page.amendFile(['nano-1', 'a.bin'], { deleted: 7 });
    await new page.StoredRun('nano-2').write('base.snapshot.safetensors', snapshot('base'));
    await new page.StoredRun('nano-3').write('base.snapshot.safetensors', snapshot('base'));
    const found = await room.removable(['nano-1', 'nano-3']);
    expect(found.deleted.map(({ name }) => name)).toEqual(['a.bin']);
    expect(found.autosaves.map(({ run: of, name }) => `${of}/${name}`)).toEqual(['nano-1/base.snapshot.safetensors']);
    expect(found.stopped.map(({ run: of, name }) => `${of}/${name}`)).toEqual(['nano-2/base.snapshot.safetensors']);
    await room.removeAll([...found.deleted, ...found.autosaves]);
    expect((await run.keys()).filter((name) => name.includes('snapshot')).sort()).toEqual([
      'ppo.snapshot.safetensors',
      'sft.snapshot.safetensors',
    ]);
    const { stopped } = found;
    expect(await room.removable(['nano-1', 'nano-3'])).toEqual({ deleted: [], autosaves: [], stopped });
    // Without a going run every autosave that is left could be removed, if somebody says so.
    expect((await room.removable([])).stopped).toHaveLength(4);
    await room.removeAll(stopped);
    expect(await new page.StoredRun('nano-2').keys()).toEqual([]);
    expect(await new page.StoredRun('nano-3').keys()).toHaveLength(1);
    expect((await page.listFiles()).damaged).toEqual([]);
  });

  it('leaves an autosave of the judge, which does not say that it has ended, to whoever asks for it', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('judge.snapshot.safetensors', snapshot('judge'));
    // Also when a run is asked for anew this is written.
    await run.write('run.json', record('base', 'sft', 'reward', 'ppo', 'judge'));
    const { autosaves, stopped } = await room.removable([]);
    expect(autosaves).toEqual([]);
    expect(stopped.map(({ name }) => name)).toEqual(['judge.snapshot.safetensors']);
    expect((await room.removable(['nano-1'])).stopped).toEqual([]);
  });

  it('reads the record of a run once, and goes on without one of a newer page', async () => {
    const run = new page.StoredRun('nano-1');
    for (const stage of ['base', 'sft', 'ppo']) {
      await run.write(`${stage}.snapshot.safetensors`, snapshot(stage));
      await run.write(`${stage}.safetensors`, encodeSafetensors({}));
    }
    await run.write('run.json', record('base', 'sft', 'ppo'));
    const read = vi.spyOn(page.StoredRun.prototype, 'read');
    expect((await room.removable([])).autosaves).toHaveLength(3);
    expect(read).toHaveBeenCalledTimes(1);
    const { openDB } = await import('idb');
    const db = await openDB('rlhf-playground');
    await db.put('files', { version: 9 }, ['nano-1', 'run.json']);
    db.close();
    expect(await room.removable([])).toMatchObject({ autosaves: [], stopped: [{}, {}, {}] });
  });

  it('leaves what was brought back or written anew since it was counted', async () => {
    const run = new page.StoredRun('nano-1');
    await run.write('base.snapshot.safetensors', snapshot('base'));
    await run.write('base.safetensors', encodeSafetensors({}));
    await run.write('run.json', record('base'));
    await run.write('a.bin', new Uint8Array(3));
    await page.amendFile(['nano-1', 'a.bin'], { deleted: 7 });
    const found = await room.removable([]);
    await run.write('base.snapshot.safetensors', snapshot('base'));
    await page.amendFile(['nano-1', 'a.bin'], { deleted: undefined });
    await room.removeAll([...found.deleted, ...found.autosaves]);
    expect((await run.keys()).sort()).toEqual(['a.bin', 'base.safetensors', 'base.snapshot.safetensors', 'run.json']);
  });
});

describe('asking the browser to keep what is stored', () => {
  it('is done at the first save of anything, once a visit', async () => {
    const asked = vi.fn(() => Promise.resolve(false));
    vi.stubGlobal('navigator', { storage: { persist: asked, persisted: () => Promise.resolve(false) } });
    vi.resetModules();
    page = await import('../../src/storage/index.ts');
    const { keep } = await import('../../src/storage/persist.ts');
    await page.demonstrationFiles.micro.load();
    await page.listFiles();
    expect(asked).not.toHaveBeenCalled();
    await page.demonstrationFiles.micro.change(() => [line('d1')]);
    expect(asked).toHaveBeenCalledTimes(1);
    await new page.StoredRun('nano-1').write('a.bin', new Uint8Array(1));
    expect(asked).toHaveBeenCalledTimes(1);
    // The person's own wish is asked for again.
    expect(await keep()).toBe(false);
    expect(asked).toHaveBeenCalledTimes(2);
    vi.unstubAllGlobals();
  });
});
