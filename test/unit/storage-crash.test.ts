/**
 * Every write of the browser's storage, cut off at every one of its requests: after reopening, all of it is there or
 * nothing of it. The process dies (the transaction is undone, as browsers do), a request fails, or it throws at once.
 */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeSafetensors } from '../../src/core/safetensors.ts';
import type * as storage from '../../src/storage/index.ts';
import { bytesOf, zipOf } from './archive-files.ts';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const checkpoint = (seed: number): Uint8Array =>
  encodeSafetensors({}, { kind: 'checkpoint', card: JSON.stringify({ seed }) });

async function freshPage(): Promise<typeof storage> {
  vi.resetModules();
  return import('../../src/storage/index.ts');
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  // Names and times must not tell one try from another.
  vi.spyOn(Date, 'now').mockReturnValue(1_000_000);
});
afterEach(() => void vi.restoreAllMocks());

/** Everything in the database. */
async function contents(): Promise<string> {
  const db = await openDB('rlhf-playground');
  const all: Record<string, unknown> = { version: db.version };
  for (const name of db.objectStoreNames) all[name] = [await db.getAllKeys(name), await db.getAll(name)];
  db.close();
  return JSON.stringify(all, (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
}

/** What becomes of a put or delete. */
const CUTS = ['before', 'after', 'throws'] as const;

/**
 * Undoes the transaction of the `last` put or delete from now on: before the request is made, as when the process died
 * before it, or after, as when it died while the rest was under way. Or the request throws, as it does for what cannot be
 * copied, and nobody undoes the transaction. Returns how many there were, and takes itself away.
 */
function cutOff(last: number, cut: (typeof CUTS)[number]): { count: () => number; undo: () => void } {
  let count = 0;
  const spies = (['put', 'delete'] as const).map((method) => {
    const original: unknown = Reflect.get(IDBObjectStore.prototype, method);
    return vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (
      this: IDBObjectStore,
      ...args: unknown[]
    ) {
      count += 1;
      if (count === last && cut === 'throws') throw new DOMException('out of memory', 'DataCloneError');
      if (count === last && cut === 'before') this.transaction.abort();
      const request: unknown = (original as (...all: unknown[]) => unknown).apply(this, args);
      if (count === last && cut === 'after') this.transaction.abort();
      return request as never;
    });
  });
  return { count: () => count, undo: () => spies.forEach((spy) => spy.mockRestore()) };
}

type Page = typeof storage;
const RUN = 'nano-1';
const line = (id: string) => ({
  ...{ version: 1 as const, id, world: 'micro' as const, task: 'own', prompt: 'say hey .', response: 'hey .' },
  ...{ by: 'mia', at: '2026-01-01T00:00:00.000Z' },
});

/** Changes what is stored behind the page's back. */
async function tamper(store: 'files' | 'blobs', key: [string, string], value: unknown): Promise<void> {
  const db = await openDB('rlhf-playground');
  await db.put(store, value, key);
  db.close();
}

/** What is stored before, what is done to it, and how many requests at least that takes. */
const OPERATIONS: [
  name: string,
  before: (page: Page) => Promise<unknown>,
  work: (page: Page) => Promise<unknown>,
  least: number,
][] = [
  [
    'write',
    async (page) => new page.StoredRun(RUN).write('a.bin', bytes(1, 2)),
    async (page) => new page.StoredRun(RUN).write('a.bin', bytes(3)),
    2,
  ],
  [
    'writeAll',
    async (page) => new page.StoredRun(RUN).write('a.safetensors', checkpoint(1)),
    async (page) =>
      new page.StoredRun(RUN).writeAll([
        ['a.safetensors', checkpoint(2)],
        ['a~old.safetensors', checkpoint(1)],
        ['run.json', text('{}')],
      ]),
    6,
  ],
  [
    'write over a deleted file',
    async (page) => {
      await new page.StoredRun(RUN).write('a.bin', bytes(1));
      await page.amendFile([RUN, 'a.bin'], { deleted: 7 });
    },
    async (page) => new page.StoredRun(RUN).write('a.bin', bytes(2)),
    4,
  ],
  [
    'remove',
    async (page) => new page.StoredRun(RUN).write('a.bin', bytes(1)),
    async (page) => new page.StoredRun(RUN).remove('a.bin'),
    2,
  ],
  [
    'amendFile',
    async (page) => new page.StoredRun(RUN).write('a.bin', bytes(1)),
    async (page) => page.amendFile([RUN, 'a.bin'], { title: 'mine' }),
    1,
  ],
  [
    'removeDeleted',
    async (page) => {
      for (const name of ['a.bin', 'b.bin']) {
        await new page.StoredRun(RUN).write(name, bytes(1));
        await page.amendFile([RUN, name], { deleted: 7 });
      }
    },
    async (page) =>
      page.removeDeleted([
        [RUN, 'a.bin'],
        [RUN, 'b.bin'],
      ]),
    4,
  ],
  [
    'LineFile.change',
    async (page) => page.demonstrationFiles.micro.change(() => [line('d1')]),
    async (page) => page.demonstrationFiles.micro.change((list) => [...list, line('d2')]),
    2,
  ],
  [
    'setting a damaged file aside',
    async (page) => {
      await new page.StoredRun(RUN).write('a.bin', bytes(1, 2));
      await tamper('blobs', [RUN, 'a.bin'], bytes(9));
    },
    async (page) =>
      new page.StoredRun(RUN).read('a.bin').catch((error: unknown) => {
        if ((error as Error).name !== 'DamagedFileError') throw error;
      }),
    4,
  ],
  [
    'setting a copy of damaged lines aside',
    async (page) => {
      await new page.StoredRun(RUN).write('a.jsonl', text('{}\n{}\n'));
      await tamper('blobs', [RUN, 'a.jsonl'], text('{}\n{{\n'));
    },
    async (page) => new page.StoredRun(RUN).readSound('a.jsonl'),
    3,
  ],
  [
    'a run of an archive that takes the place of one',
    async (page) =>
      new page.StoredRun(RUN).writeAll([
        ['a.bin', bytes(1)],
        ['run.json', text('{}')],
      ]),
    async () => {
      const { openArchive, takeIn } = await import('../../src/storage/archive-store.ts');
      const files = ['a.bin.json', 'run.json'].map((name) => ({ run: RUN, name, saved: 1, content: bytesOf(name) }));
      const archive = await openArchive(new Blob([await zipOf(files)]));
      const nothing = (): void => undefined;
      await takeIn(archive, { [RUN]: 'replace' }, nothing, nothing);
    },
    12,
  ],
  [
    'labels of an archive, some of them merged',
    async (page) => page.demonstrationFiles.micro.change(() => [line('d1')]),
    async () => {
      const { openArchive, takeIn } = await import('../../src/storage/archive-store.ts');
      const content = bytesOf(`${JSON.stringify(line('d2'))}\n`);
      const files = ['micro.jsonl', 'town.jsonl'].map((name) => ({ run: 'demonstrations', name, saved: 1, content }));
      const archive = await openArchive(new Blob([await zipOf(files)]));
      const nothing = (): void => undefined;
      await takeIn(archive, { demonstrations: 'take' }, nothing, nothing);
    },
    4,
  ],
  [
    'a run that is brought forward',
    async (page) => {
      await new page.StoredRun(RUN).write('a.bin', bytes(1));
      await new page.StoredRun(`imported-${RUN}`).write('a.bin', bytes(2));
    },
    async () => {
      const { bringForward } = await import('../../src/storage/archive-aside.ts');
      await bringForward(`imported-${RUN}`, RUN);
    },
    8,
  ],
];

describe.each(OPERATIONS)('%s', (_name, before, work, least) => {
  it('is done as a whole or not at all', async () => {
    const start = async (): Promise<{ page: Page; old: string }> => {
      vi.stubGlobal('indexedDB', new IDBFactory());
      const page = await freshPage();
      await before(page);
      return { page, old: await contents() };
    };
    const first = await start();
    const counter = cutOff(Infinity, 'before');
    await work(first.page);
    counter.undo();
    const done = await contents();
    expect(done).not.toBe(first.old);
    expect(counter.count()).toBeGreaterThanOrEqual(least);
    for (let k = 1; k <= counter.count(); k++)
      for (const how of CUTS) {
        const { page, old } = await start();
        const cut = cutOff(k, how);
        await expect(work(page), `request ${k}`).rejects.toThrow();
        cut.undo();
        expect(await contents(), `request ${k}, ${how}`).toBe(old);
        // The next visit does it.
        const next = await freshPage();
        await work(next);
        expect(await contents()).toBe(done);
      }
  });
});

describe('the upgrade of the database', () => {
  it('that is cut off leaves the old one, and is done at the next opening', async () => {
    const old = await openDB('rlhf-playground', 1, {
      upgrade(db) {
        db.createObjectStore('files');
        db.createObjectStore('blobs');
      },
    });
    const record = { version: 1, run: RUN, name: 'a.bin', bytes: 2, saved: 5, notes: {} };
    await old.put('files', record, [RUN, 'a.bin']);
    await old.put('blobs', bytes(1, 2), [RUN, 'a.bin']);
    old.close();
    const before = await contents();
    const { migrate } = await import('../../src/storage/migrations.ts');
    await expect(
      openDB('rlhf-playground', 2, {
        upgrade(db, from, _to, transaction) {
          // Whoever aborts it is asked about `done`, too.
          transaction.done.catch(() => undefined);
          migrate(db as never, from);
          transaction.abort();
        },
      }),
    ).rejects.toThrow();
    expect(await contents()).toBe(before);
    const page = await freshPage();
    expect(await new page.StoredRun(RUN).read('a.bin')).toEqual(bytes(1, 2));
    expect(JSON.parse(await contents())).toMatchObject({ version: 2, damaged: [[], []] });
  });
});
