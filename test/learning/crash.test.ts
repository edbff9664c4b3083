/**
 * Whatever a run has stored when it is cut off at any of its writes, it goes on from there to the weights and the figures
 * of a run that never was: nothing half written, nothing lost but the steps since the last snapshot.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES } from '../../src/core/reports.ts';
import { StorageFullError } from '../../src/core/storage-errors.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { folderStore, memoryStore } from '../../tools/node-store.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';
import type { RunStore } from '../../workers/pipeline/store.ts';
import { figuresOf, pull } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 6, stages: STAGES, base: 'train', labels: 'simulated' };
/** Takes nothing; only on Linux. */
const FULL_DISK = '/dev/full';
const MODELS = ['base', 'sft', 'reward', 'ppo'].map((stage) => `${stage}.safetensors`);

const whole = memoryStore();
let unbroken: RunReport;
beforeAll(async () => {
  unbroken = (await pull(whole, request, { snapshotSeconds: 0 })) as RunReport;
});

const hashes = (store: RunStore): Promise<string[]> =>
  Promise.all(MODELS.map(async (key) => decodeCheckpoint((await store.read(key))!, key).hash));

/** What is on the disk after each change that a run makes to it, oldest first; a folder stores several files one by one. */
function recording(): { store: RunStore; states: Map<string, Uint8Array>[] } {
  const files = new Map<string, Uint8Array>();
  const states = [new Map<string, Uint8Array>()];
  const change = (work: () => void): Promise<void> => {
    work();
    states.push(new Map(files));
    return Promise.resolve();
  };
  const write = (key: string, bytes: Uint8Array): Promise<void> => change(() => void files.set(key, bytes.slice()));
  const store: RunStore = {
    ...memoryStore(),
    read: (key) => Promise.resolve(files.get(key) ?? null),
    keys: () => Promise.resolve([...files.keys()]),
    write,
    writeAll: async (all) => {
      for (const [key, bytes] of all) await write(key, bytes);
    },
    remove: (key) => change(() => void files.delete(key)),
  };
  return { store, states };
}

async function diskOf(state: ReadonlyMap<string, Uint8Array>): Promise<RunStore> {
  const disk = memoryStore();
  await disk.writeAll([...state]);
  return disk;
}

/** The process dies: nothing that it does afterwards is done. */
class Death extends Error {}

/** A store that dies at its `last` change, which still takes effect, or does not. */
function mortal(store: RunStore, last: number, takes: boolean): RunStore {
  let changes = 0;
  const change = async (work: () => Promise<void>): Promise<void> => {
    changes += 1;
    if (changes < last || (changes === last && takes)) await work();
    if (changes >= last) throw new Death();
  };
  const alive = <R>(work: () => Promise<R>): Promise<R> => (changes >= last ? Promise.reject(new Death()) : work());
  return {
    read: (key) => alive(() => store.read(key)),
    keys: () => alive(() => store.keys()),
    write: (key, bytes) => change(() => store.write(key, bytes)),
    writeAll: (files) => change(() => store.writeAll(files)),
    remove: (key) => change(() => store.remove(key)),
  };
}

/** Steps between two snapshots: a few in each stage. */
const EVERY = 5;

/** Pulls a run to its end. */
async function live(store: RunStore): Promise<RunReport> {
  const opened = await openNodeEngine('wasm');
  // The run asks at each step: nought seconds store a snapshot at once, infinitely many never do.
  const options = { request, ...opened, store, loadShipped, snapshotSeconds: Infinity };
  let steps = 0;
  for await (const event of runPipeline(options)) {
    if (event.kind === 'run_done') return event.run;
    if (event.kind === 'progress') options.snapshotSeconds = ++steps % EVERY === 0 ? 0 : Infinity;
  }
  throw new Error('the run did not end');
}

/** The run goes on from `disk` to what the unbroken one is, and leaves no snapshot of a stage that is done. */
async function expectSame(disk: RunStore, where: string): Promise<void> {
  expect(figuresOf(await live(disk)), where).toEqual(figuresOf(unbroken));
  expect(await hashes(disk), where).toEqual(await hashes(whole));
  expect((await disk.keys()).sort(), where).toEqual([...MODELS, 'run.json', 'run~2.json'].sort());
}

describe('a run whose process dies at a write', () => {
  test('goes on from what any of them left, or would have left', async () => {
    const { store, states } = recording();
    await live(store);
    // The record; snapshots; and of five stages checkpoint, record and the removal of two snapshots.
    expect(states.length).toBeGreaterThan(20);
    for (const [i, state] of states.entries()) await expectSame(await diskOf(state), `after write ${i}`);
  });

  test.each([1, 2, 5, 11])('stops at once when it dies at write %i', async (last) => {
    for (const takes of [false, true]) {
      const disk = memoryStore();
      await expect(live(mortal(disk, last, takes))).rejects.toThrow(Death);
      await expectSame(disk, `write ${last}`);
    }
  });
});

describe('a run whose disk is full', () => {
  /** There is room for `until` changes, then for none until `free` is called. */
  function narrow(store: RunStore, until: number): RunStore & { free: () => void; refusals: () => number } {
    let left = until;
    let refusals = 0;
    const change = async (bytes: number, work: () => Promise<void>): Promise<void> => {
      if (left-- <= 0) {
        // Found out only when the next autosave is due.
        refusals += 1;
        await sleep(20);
        throw new StorageFullError('no room', bytes);
      }
      await work();
    };
    return {
      ...store,
      write: (key, bytes) => change(bytes.length, () => store.write(key, bytes)),
      writeAll: (files) =>
        change(
          files.reduce((sum, [, bytes]) => sum + bytes.length, 0),
          () => store.writeAll(files),
        ),
      free: () => (left = Infinity),
      refusals: () => refusals,
    };
  }

  test('waits at any write, computes nothing meanwhile, and goes on as if there had been room', async () => {
    const opened = await openNodeEngine('wasm');
    for (const until of [0, 1, 9, 30, 47]) {
      const disk = memoryStore();
      const store = narrow(disk, until);
      let waited = 0;
      let report: RunReport | null = null;
      for await (const event of runPipeline({ request, ...opened, store, loadShipped, snapshotSeconds: 0 })) {
        if (event.kind === 'run_done') report = event.run;
        if (event.kind !== 'storage_full') {
          // Between the first word of it and the room, nothing else happens.
          expect(waited === 0 || waited === 3).toBe(true);
          continue;
        }
        expect(event.bytes).toBeGreaterThan(0);
        // Of the autosave that had no room, and of the first one that is waited for.
        if (waited === 0) expect(store.refusals()).toBeLessThanOrEqual(2);
        if (++waited === 3) store.free();
      }
      expect(waited, `after ${until} writes`).toBe(3);
      expect(figuresOf(report as RunReport)).toEqual(figuresOf(unbroken));
      expect(await hashes(disk)).toEqual(await hashes(whole));
    }
  });

  test('stopped while it waits, it goes on from the last good snapshot', async () => {
    const opened = await openNodeEngine('wasm');
    const disk = memoryStore();
    const store = narrow(disk, 8);
    const run = runPipeline({ request, ...opened, store, loadShipped, snapshotSeconds: 0 });
    let before: PipelineEvent | undefined;
    for (;;) {
      const { value, done } = await run.next();
      expect(done).toBe(false);
      if ((value as PipelineEvent).kind === 'storage_full') break;
      before = value as PipelineEvent;
    }
    await expect(run.return(undefined as never)).rejects.toThrow(StorageFullError);
    expect(before).toMatchObject({ kind: 'progress', stage: 'base' });
    const report = await pull(disk, request);
    expect(figuresOf(report as RunReport)).toEqual(figuresOf(unbroken));
    expect(await hashes(disk)).toEqual(await hashes(whole));
  });
});

describe('a folder', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'rlhf-crash-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.skipIf(!existsSync(FULL_DISK))(
    'says that the disk is full, and leaves no part there that takes room',
    async () => {
      const store = folderStore(folder);
      await store.write('label-counts.json', new Uint8Array([1]));
      const part = path.join(folder, 'label-counts.json.part');
      await symlink(FULL_DISK, part);
      const write = store.write('label-counts.json', new Uint8Array(1000));
      await expect(write).rejects.toThrow(StorageFullError);
      await expect(write).rejects.toMatchObject({
        bytes: 1000,
        message: expect.stringMatching(/label-counts\.json: the disk has no room .* as it was$/) as string,
      });
      expect(existsSync(part)).toBe(false);
      expect(await store.read('label-counts.json')).toEqual(Buffer.from([1]));
      await store.remove('label-counts.json');
    },
  );

  test('takes what was left between writing and renaming for nothing, and writes over it', async () => {
    const store = folderStore(folder);
    await store.write('sft.safetensors', new Uint8Array([1, 2, 3]));
    await writeFile(path.join(folder, 'sft.safetensors.part'), 'half');
    await writeFile(path.join(folder, 'ppo.safetensors.part'), 'half');
    expect(await store.keys()).toEqual(['sft.safetensors']);
    expect(await store.read('sft.safetensors')).toEqual(Buffer.from([1, 2, 3]));
    expect(await store.read('ppo.safetensors')).toBeNull();
    await store.writeAll([
      ['sft.safetensors', new Uint8Array([4])],
      ['ppo.safetensors', new Uint8Array([5])],
    ]);
    expect(await readdir(folder)).toEqual(['ppo.safetensors', 'sft.safetensors']);
    expect(await store.read('sft.safetensors')).toEqual(Buffer.from([4]));
  });

  test('gives those files their names of which a killed process had renamed the first', async () => {
    await writeFile(path.join(folder, 'run.json'), 'old');
    await writeFile(path.join(folder, 'run.json.part'), 'new');
    await writeFile(path.join(folder, 'sft.safetensors'), 'new');
    // Of another write, which was cut off before it was whole.
    await writeFile(path.join(folder, 'ppo.safetensors.part'), 'half');
    const journal = (id: number | undefined, began?: number): Promise<void> =>
      writeFile(
        path.join(folder, 'renaming.part'),
        JSON.stringify({ process: id, began, keys: ['sft.safetensors', 'run.json'] }),
      );
    // One that is alive does it itself.
    await journal(process.pid, performance.timeOrigin);
    expect(await folderStore(folder).read('run.json')).toEqual(Buffer.from('old'));
    await journal(spawnSync(process.execPath, ['--version']).pid);
    const store = folderStore(folder);
    expect(await store.read('run.json')).toEqual(Buffer.from('new'));
    expect(await store.read('sft.safetensors')).toEqual(Buffer.from('new'));
    expect(await readdir(folder)).not.toContain('renaming.part');
    expect(await readdir(folder)).toContain('ppo.safetensors.part');
    await rm(path.join(folder, 'ppo.safetensors.part'));
    await store.remove('run.json');
  });

  test('does so, too, where the killed process had the number of this one', async () => {
    for (const began of [performance.timeOrigin - 1, undefined]) {
      await writeFile(path.join(folder, 'run.json.part'), 'new');
      const journal = { process: process.pid, began, keys: ['run.json'] };
      await writeFile(path.join(folder, 'renaming.part'), JSON.stringify(journal));
      const store = folderStore(folder);
      expect(await store.read('run.json')).toEqual(Buffer.from('new'));
      await store.remove('run.json');
    }
  });

  test.skipIf(!existsSync(FULL_DISK))('leaves no parts where there is no room to say what is renamed', async () => {
    const there = path.join(folder, 'no-room');
    await mkdir(there);
    await symlink(FULL_DISK, path.join(there, 'renaming.part.part'));
    const files = ['a', 'b'].map((key) => [key, new Uint8Array([1])] as const);
    await expect(folderStore(there).writeAll(files)).rejects.toThrow(StorageFullError);
    expect(await readdir(there)).toEqual([]);
  });

  test('is never seen with some of the files that are written in one, whenever its writer is killed', async () => {
    const script = `
      import { folderStore } from './tools/node-store.ts';
      const store = folderStore(process.argv[1]);
      console.log('begun');
      for (let i = 1; ; i++) {
        const bytes = new TextEncoder().encode(String(i));
        await store.writeAll(['a', 'b', 'c', 'd'].map((key) => [key, bytes]));
      }`;
    const there = path.join(folder, 'killed');
    for (let kill = 0; kill < 6; kill++) {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, there]);
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 40 + 7 * kill));
      child.kill('SIGKILL');
      await once(child, 'close');
      const store = folderStore(there);
      const seen = await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.read(key)));
      expect(new Set(seen.map(String)).size, seen.join()).toBe(1);
    }
  });

  test('keeps the old file where the new one cannot be written', async () => {
    const store = folderStore(folder);
    await store.write('a.bin', new Uint8Array([1]));
    // A folder stands where the new bytes would go.
    await mkdir(path.join(folder, 'a.bin.part'));
    await expect(store.write('a.bin', new Uint8Array([2, 2]))).rejects.toThrow();
    expect(await store.read('a.bin')).toEqual(Buffer.from([1]));
  });
});
