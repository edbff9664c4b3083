/** A database of every released version opens: every file in it is read and listed, and its run goes on. */
import 'fake-indexeddb/auto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { predictionsSchema } from '../../src/core/predictions.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { STAGES } from '../../src/core/reports.ts';
import { blindFiles } from '../../src/storage/blind.ts';
import * as storage from '../../src/storage/index.ts';
import { loadRecordings } from '../../src/storage/microscope.ts';
import { VERSION } from '../../src/storage/migrations.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { readRecord } from '../../workers/pipeline/record.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';
import { storedCheckpoints } from '../../workers/trainer/stored-checkpoints.ts';

const FOLDER = 'test/fixtures';
const RUN = 'nano-3';

interface Dump {
  version: number;
  stores: Record<string, [key: [string, string], value: unknown][]>;
}

function read(file: string): Dump {
  const text = brotliDecompressSync(readFileSync(path.join(FOLDER, file))).toString();
  return JSON.parse(text, (_key, value: unknown) => {
    const { base64 } = (value ?? {}) as { base64?: unknown };
    return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : value;
  }) as Dump;
}

const fixtures = readdirSync(FOLDER)
  .filter((file) => file.startsWith('database-'))
  .map(read);

/** Stores a dump as the page of that version left it. */
async function put({ version, stores }: Dump): Promise<void> {
  const db = await openDB('rlhf-playground', version, {
    upgrade: (each) => {
      for (const name of Object.keys(stores)) each.createObjectStore(name);
    },
  });
  for (const [name, entries] of Object.entries(stores))
    for (const [key, value] of entries) await db.put(name, value, key);
  db.close();
}

it('there is one of every version that was released before this one', () => {
  expect(fixtures.map(({ version }) => version)).toEqual(Array.from({ length: VERSION - 1 }, (_, i) => i + 1));
});

// The database stays open for the whole of this file: each fixture has a page of its own.
describe.each(fixtures)('a database of version $version', (dump) => {
  const files = dump.stores['files'] as [key: [string, string], value: { bytes: number; deleted?: number }][];
  const blobs = new Map(dump.stores['blobs']!.map(([key, bytes]) => [key.join('/'), bytes as Uint8Array]));

  beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()));

  it('opens, and all that is in it is there; the first reading adds the hash', async () => {
    vi.resetModules();
    await put(dump);
    const page = await import('../../src/storage/index.ts');
    const { listFiles, StoredRun, amendFile } = page;
    const { files: listed, damaged } = await listFiles();
    expect(damaged).toEqual([]);
    expect(listed).toEqual(files.map(([, record]) => record));
    for (const [key, record] of files) {
      const [run, name] = key;
      if (record.deleted !== undefined) {
        expect(await new StoredRun(run).read(name)).toBeNull();
        await amendFile(key, { deleted: undefined });
      }
      expect(await new StoredRun(run).read(name)).toEqual(blobs.get(key.join('/')));
    }
    const sealed = (await listFiles()).files;
    expect(sealed.every(({ version, content }) => version === 2 && /^\w{16}$/.test(content!))).toBe(true);
    // From now on a bit that flips is seen.
    const [key] = files.find(([[, name]]) => name === 'base.safetensors')!;
    const db = await openDB('rlhf-playground');
    const changed = blobs.get(key.join('/'))!.slice();
    changed[9000]! ^= 4;
    await db.put('blobs', changed, key);
    db.close();
    await expect(new StoredRun(key[0]).read(key[1])).rejects.toThrow('was stored. It was set aside');
  });
});

describe('what a person made with an earlier version', () => {
  it('is shown, exported and used, and the run goes on where it was cut off', async () => {
    vi.stubGlobal('indexedDB', new IDBFactory());
    await put(fixtures[0]!);
    const store = new storage.StoredRun(RUN);

    const { checkpoints, deleted, damaged } = await storedCheckpoints();
    expect(damaged).toEqual([]);
    expect(checkpoints.map(({ key }) => key)).toEqual(
      ['base', 'sft', 'reward'].map((stage) => `${RUN}/${stage}.safetensors`),
    );
    expect(checkpoints[1]).toMatchObject({ title: '첫 번째 시도', note: 'Kept for the lecture.\nTwo lines.' });
    expect(deleted.map(({ key }) => key)).toEqual([expect.stringMatching(/^imported-\w+\/base\.safetensors$/)]);

    const preferences = await storage.preferenceFiles.of(RUN).load();
    expect(preferences.list.map(({ id, by }) => `${id} ${by}`)).toEqual(['p0 가영', 'p1 가영']);
    expect(preferences.damaged.map(({ text }) => text)).toEqual(['{"version":2,"id":"cut o']);
    expect((await storage.demonstrationFiles.micro.load()).list).toMatchObject([{ id: 'd1', response: 'hey .' }]);
    expect((await blindFiles.of(RUN).load()).list).toMatchObject([{ id: 'b1', choice: 'b' }]);
    expect((await storage.loadDrawings(RUN)).sft).toMatchObject({ samples: { step: expect.any(Number) as number } });
    expect((await loadRecordings(RUN)).map(({ iteration }) => iteration)).toEqual([1]);
    expect(await storage.loadLabelCounts(RUN)).toMatchObject({ complete: true, labels: 'simulated:gold' });
    expect(await storage.readJson(RUN, 'predictions.json', predictionsSchema)).toMatchObject({
      answers: [{ question: 'sft.exact_match', answer: 0.4 }],
    });
    expect((await readRecord(store))?.report.stages.map(({ name }) => name)).toEqual(['base', 'sft', 'reward']);

    const request: RunRequest = { preset: 'nano', seed: 3, stages: STAGES, base: 'train', labels: 'simulated' };
    const opened = await openNodeEngine('wasm');
    const begun: string[] = [];
    for await (const event of runPipeline({ request, ...opened, store, loadShipped, snapshotSeconds: Infinity })) {
      if (event.kind === 'stage_started') begun.push(`${event.stage} ${event.resumedAt}`);
      if (event.kind === 'run_done') begun.push('done');
    }
    expect(begun).toEqual(['ppo 2', 'judge 0', 'done']);
    const { parent } = decodeCheckpoint((await store.read('ppo.safetensors'))!, 'ppo.safetensors');
    expect(parent).toBe(checkpoints[1]?.hash);
  });
});
