/** Autosaves: two a stage, written while the run goes on; what happens when one is damaged, slow, or cannot be written. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { StorageFullError } from '../../src/core/storage-errors.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import type { OpenedEngine } from '../../workers/engine/backend.ts';
import { DeviceLostError } from '../../workers/engine/errors.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { Keeper } from '../../workers/pipeline/keeper.ts';
import { runOnAnyDevice } from '../../workers/pipeline/recover.ts';
import { type RunOptions, runPipeline } from '../../workers/pipeline/run.ts';
import { type RunStore, snapshotFiles } from '../../workers/pipeline/store.ts';

const request: RunRequest = { preset: 'nano', seed: 8, stages: ['base'], base: 'train', labels: 'simulated' };
const FILES = snapshotFiles('base');
let opened: OpenedEngine;
beforeAll(async () => {
  opened = await openNodeEngine('wasm');
});

const start = (store: RunStore, more: Partial<RunOptions> = {}) =>
  runPipeline({ request, ...opened, store, loadShipped, snapshotSeconds: 0, ...more });

async function take(run: AsyncGenerator<PipelineEvent>, events: number): Promise<void> {
  for (let left = events; left > 0; left--) await run.next();
}

async function all(run: AsyncGenerator<PipelineEvent>): Promise<PipelineEvent[]> {
  const events: PipelineEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** Takes so many steps and is abandoned there, as by a kill; what had been written by then lands. */
async function cutOff(store: RunStore, steps: number): Promise<void> {
  const run = start(store);
  for (let left = steps; left > 0;) {
    const { value } = await run.next();
    if ((value as PipelineEvent).kind === 'progress') left -= 1;
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}

const hashIn = async (store: RunStore): Promise<string> =>
  decodeCheckpoint((await store.read('base.safetensors'))!, 'base').hash;

async function damage(store: RunStore, file: string): Promise<Uint8Array> {
  const bytes = (await store.read(file))!.slice();
  bytes[bytes.length - 5]! ^= 4;
  await store.write(file, bytes);
  return bytes;
}

test('the newest two are kept, none after the stage', async () => {
  const store = memoryStore();
  await cutOff(store, 1);
  expect((await store.keys()).sort()).toEqual([FILES[0], 'run.json', 'run~2.json']);
  await cutOff(store, 6);
  expect((await store.keys()).sort()).toEqual([...FILES, 'run.json', 'run~2.json']);
  await all(start(store));
  expect((await store.keys()).sort()).toEqual(['base.safetensors', 'run.json', 'run~2.json']);
});

test('one that is damaged costs the time between two, is set aside and named', async () => {
  const unbroken = memoryStore();
  await all(start(unbroken));
  const store = memoryStore();
  await cutOff(store, 6);
  // Six steps: the second file is the newest.
  const bytes = await damage(store, FILES[1]);
  const events = await all(start(store));
  expect(events[0]).toMatchObject({ kind: 'set_aside', file: FILES[1] });
  expect(events[0]).toHaveProperty('message', expect.stringContaining('it is damaged'));
  expect(events[1]).toMatchObject({ kind: 'stage_started', resumedAt: 5 });
  expect(await store.read('base.snapshot~2~damaged.safetensors')).toEqual(bytes);
  expect(await hashIn(store)).toBe(await hashIn(unbroken));
});

test('where both are damaged the stage begins anew, and both are kept', async () => {
  const store = memoryStore();
  await cutOff(store, 6);
  for (const file of FILES) await damage(store, file);
  const events = await all(start(store));
  expect(events.slice(0, 3)).toMatchObject([
    { kind: 'set_aside', file: FILES[0] },
    { kind: 'set_aside', file: FILES[1] },
    { kind: 'stage_started', resumedAt: 0 },
  ]);
  expect((await store.keys()).filter((key) => key.includes('~damaged'))).toHaveLength(2);
});

test('one that an earlier version wrote, a single file without a hash, is gone on from', async () => {
  const store = memoryStore();
  await cutOff(store, 1);
  const text = Buffer.from((await store.read(FILES[0]))!).toString('latin1');
  await store.write(FILES[0], new Uint8Array(Buffer.from(text.replace(/"hash":/, '"hush":'), 'latin1')));
  const events = await all(start(store));
  expect(events[0]).toMatchObject({ kind: 'stage_started', resumedAt: 1 });
});

test('steps go on while one is written; the next one waits for it', async () => {
  const inner = memoryStore();
  let land: (value?: unknown) => void = () => undefined;
  let writes = 0;
  const store: RunStore = {
    ...inner,
    writeAll: (files) => {
      if (!files.some(([key]) => key.includes('snapshot'))) return inner.writeAll(files);
      writes += 1;
      return new Promise((resolve) => (land = resolve)).then(() => inner.writeAll(files));
    },
  };
  const run = start(store);
  await run.next();
  expect((await run.next()).value).toMatchObject({ kind: 'progress', step: 1 });
  expect(await store.read(FILES[0])).toBeNull();
  const second = run.next();
  let arrived = false;
  void second.then(() => (arrived = true));
  await new Promise((resolve) => setTimeout(resolve, 300));
  // The second step is taken; its autosave waits, and does not pile up.
  expect([arrived, writes]).toEqual([false, 1]);
  land();
  expect((await second).value).toMatchObject({ kind: 'progress', step: 2 });
  expect(await store.read(FILES[0])).not.toBeNull();
  const ending = run.return(undefined as never);
  land();
  await ending;
  // Whoever ends the run has waited for the last one.
  expect(await inner.read(FILES[1])).not.toBeNull();
});

test('one that is under way is waited for by whoever asks for one', async () => {
  const inner = memoryStore();
  let land: (error: Error | null) => void = () => undefined;
  const store: RunStore = {
    ...inner,
    writeAll: async (files) => {
      const isAutosave = files.some(([key]) => key.includes('snapshot'));
      const error = isAutosave && (await new Promise<Error | null>((resolve) => (land = resolve)));
      if (error) throw error;
      await inner.writeAll(files);
    },
  };
  const keeper = new Keeper();
  const run = start(store, { keeper });
  await take(run, 2);
  const kept = keeper.keep();
  const waits = new Promise((resolve) => setTimeout(() => resolve('waits'), 50));
  expect(await Promise.race([kept, waits])).toBe('waits');
  land(null);
  expect(await kept).toBeNull();
  expect(await inner.read(FILES[0])).not.toBeNull();
  await take(run, 1);
  land(new StorageFullError('no room', 7));
  expect(await keeper.keep()).toMatchObject({ kind: 'storage_full', bytes: 7 });
});

test('one that cannot be written ends the run with what is wrong, and the one before stands', async () => {
  const inner = memoryStore();
  let full = false;
  const store: RunStore = {
    ...inner,
    writeAll: (files) => (full ? Promise.reject(new Error('the disk is full')) : inner.writeAll(files)),
  };
  const run = start(store);
  await take(run, 3);
  full = true;
  const rest = async (): Promise<void> => {
    while (!(await run.next()).done);
  };
  await expect(rest()).rejects.toThrow('the disk is full');
  const events = await all(start(inner));
  expect(events[0]).toMatchObject({ kind: 'stage_started', resumedAt: 2 });
});

test('begun with other kernels, it asks for those; where it cannot have them it says that bits may differ', async () => {
  const store = memoryStore();
  const device = { ...opened.device, kernels: 'others' };
  const run = runPipeline({ request, engine: opened.engine, device, store, loadShipped, snapshotSeconds: 0 });
  await take(run, 3);
  await run.return(undefined as never);
  const asked: string[] = [];
  const reopen = (kernels: string): Promise<OpenedEngine> => {
    asked.push(kernels);
    return Promise.resolve(opened);
  };
  const events = await all(runOnAnyDevice({ request, store, loadShipped, snapshotSeconds: 0 }, opened, reopen));
  expect(asked).toEqual(['others']);
  expect(events[0]).toMatchObject({ kind: 'other_device', before: { kernels: 'others' }, now: { kernels: 'fused' } });
  // From then on the bits are of one device again.
  expect(events.filter(({ kind }) => kind === 'other_device')).toHaveLength(1);
});

describe('asked for while the run waits', () => {
  test('one of the last step is on the disk at once, and the run goes on as if nothing had been', async () => {
    const unbroken = memoryStore();
    await all(start(unbroken));
    const store = memoryStore();
    const keeper = new Keeper();
    const run = start(store, { snapshotSeconds: Infinity, keeper });
    await take(run, 4);
    expect(await store.keys()).toEqual(['run~2.json', 'run.json']);
    expect(await keeper.keep()).toBeNull();
    // Nothing is new: nothing is written.
    const written = await store.read(FILES[0]);
    expect(await keeper.keep()).toBeNull();
    expect(await store.read(FILES[0])).toBe(written);
    expect(await store.read(FILES[1])).toBeNull();
    // The tab dies here; another one goes on. So does this one.
    const copy = memoryStore();
    await copy.writeAll(
      await Promise.all((await store.keys()).map(async (key) => [key, (await store.read(key))!] as const)),
    );
    expect((await all(start(copy)))[0]).toMatchObject({ kind: 'stage_started', resumedAt: 3 });
    await all(run);
    expect(await hashIn(copy)).toBe(await hashIn(unbroken));
    expect(await hashIn(store)).toBe(await hashIn(unbroken));
    expect(await keeper.keep()).toBeNull();
  });

  test('where there is no room that is told, and tried again after the next step', async () => {
    const inner = memoryStore();
    let full = true;
    const store: RunStore = {
      ...inner,
      writeAll: (files) =>
        full && files.some(([key]) => key.includes('snapshot'))
          ? Promise.reject(new StorageFullError('no room', 7))
          : inner.writeAll(files),
    };
    const keeper = new Keeper();
    const run = start(store, { snapshotSeconds: Infinity, keeper });
    await take(run, 4);
    expect(await keeper.keep()).toMatchObject({ kind: 'storage_full', bytes: 7 });
    expect((await run.next()).value).toMatchObject({ kind: 'storage_full', bytes: 7 });
    full = false;
    expect((await run.next()).value).toMatchObject({ kind: 'progress', step: 4 });
    await run.return(undefined as never);
    expect((await all(start(inner)))[0]).toMatchObject({ kind: 'stage_started', resumedAt: 4 });
  });

  test('what is wrong with the disk is told at once; a lost device is for the next step to find', async () => {
    const inner = memoryStore();
    const broken = { ...inner, writeAll: (): Promise<void> => Promise.reject(new Error('the disk is broken')) };
    const keeper = new Keeper();
    let store: RunStore = inner;
    const switching: RunStore = { ...inner, writeAll: (files) => store.writeAll(files) };
    const run = start(switching, { snapshotSeconds: Infinity, keeper });
    await take(run, 4);
    store = broken;
    await expect(keeper.keep()).rejects.toThrow('the disk is broken');
    store = inner;
    await run.return(undefined as never);
    expect((await all(start(inner)))[0]).toMatchObject({ kind: 'stage_started', resumedAt: 3 });
    keeper.serve(() => Promise.reject(new DeviceLostError('unplugged')));
    expect(await keeper.keep()).toBeNull();
  });
});
