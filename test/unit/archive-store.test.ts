/** Archives of what a browser stores, taken in by another one: bit for bit, and nothing here overwritten. */
import 'fake-indexeddb/auto';
import { readFileSync, readdirSync } from 'node:fs';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Choice, RunPlan, Taken } from '../../src/core/archive-protocol.ts';
import { KEPT_SETTINGS, keptSettings, newSettings } from '../../src/session/archive-settings.ts';
import { MADE, bytesOf, zipOf } from './archive-files.ts';
import { WebLocks } from './web-locks.ts';

type Texts = Readonly<Record<string, string>>;

/** A browser in which nothing is stored, and its page. */
async function browser() {
  const factory = new IDBFactory();
  vi.resetModules();
  vi.stubGlobal('indexedDB', factory);
  const storage = await import('../../src/storage/index.ts');
  const archive = await import('../../src/storage/archive-store.ts');
  const aside = await import('../../src/storage/archive-aside.ts');

  const open = (zip: Blob) => archive.openArchive(zip);
  const store = async (run: string, files: Texts): Promise<void> => {
    await new storage.StoredRun(run).writeAll(Object.entries(files).map(([name, text]) => [name, bytesOf(text)]));
  };
  /** Everything in one zip. */
  const pack = async (): Promise<Blob> => {
    const { files } = await storage.listFiles();
    const keys = files.map(({ run, name }) => [run, name] as const);
    const { zip, left } = await archive.packStored({ keys, settings: {} }, MADE, () => undefined);
    expect(left).toEqual([]);
    return zip;
  };
  const plan = async (zip: Blob): Promise<Record<string, Omit<RunPlan, 'run' | 'kinds'>>> => {
    const plans = await archive.planOf(await open(zip));
    return Object.fromEntries(
      plans.map(({ run, same, fresh, differ, choices }) => [run, { same, fresh, differ, choices }]),
    );
  };
  const take = async (zip: Blob, choices: Readonly<Record<string, Choice>>): Promise<Taken[]> => {
    const taken: Taken[] = [];
    await archive.takeIn(
      await open(zip),
      choices,
      () => undefined,
      (each) => taken.push(each),
    );
    return taken;
  };
  /** Contents by path; deleted ones lie apart. */
  const contents = async (): Promise<Record<string, string>> => {
    const opened = await open(await pack());
    const found: Record<string, string> = {};
    for (const file of opened.files) {
      const folder = file.deleted === undefined ? '' : 'deleted ';
      found[`${folder}${file.run}/${file.name}`] = new TextDecoder().decode(await opened.read(file));
    }
    return found;
  };
  return { storage, archive, aside, store, pack, plan, take, contents };
}

const label = (id: string, ranks = [0, 1]): string =>
  `${JSON.stringify({
    version: 2,
    id,
    example: { prompt: 'who is there ?' },
    responses: [
      { text: 'mia .', ended: true },
      { text: 'tom .', ended: true },
    ],
    ranks,
    by: 'mia',
    at: '2026-01-31T12:00:00.000Z',
    both_bad: false,
    repeats: null,
    model: null,
  })}\n`;

const RUN: Texts = { 'run.json': '{"a":1}', 'sft.safetensors': 'weights', 'preferences.jsonl': label('a') };

describe('an archive of what is stored', () => {
  let zip: Blob;
  beforeEach(async () => {
    const there = await browser();
    await there.store('small-0', RUN);
    zip = await there.pack();
  });

  it('goes to an empty browser bit for bit: deleted files, names, notes, dates and damaged lines', async () => {
    const first = await browser();
    await first.store('small-0', { ...RUN, 'ppo.safetensors': 'policy' });
    await first.store('demonstrations', { 'micro.jsonl': 'not even JSON\n' });
    await first.storage.amendFile(['small-0', 'sft.safetensors'], { title: 'Mine', note: 'learnt' });
    await first.storage.amendFile(['small-0', 'ppo.safetensors'], { deleted: 1_769_000_000_000 });
    const all = await first.pack();
    const second = await browser();
    const usual = { fresh: expect.any(Number) as number, same: 0, differ: [], choices: ['take', 'skip'] };
    expect(await second.plan(all)).toEqual({ demonstrations: usual, 'small-0': usual });
    await second.take(all, { 'small-0': 'take', demonstrations: 'take' });
    expect(await (await second.pack()).arrayBuffer()).toEqual(await all.arrayBuffer());
    // The second time all is here already.
    for (const { same, choices } of Object.values(await second.plan(all)))
      expect([same > 0, choices]).toEqual([true, []]);
  });

  it('adds what is missing, and leaves the rest as it is', async () => {
    const here = await browser();
    await here.store('small-0', { 'sft.safetensors': 'weights', 'drawings.json': 'mine' });
    await here.store('small-1', { 'run.json': 'another' });
    expect(await here.plan(zip)).toEqual({ 'small-0': { same: 1, fresh: 2, differ: [], choices: ['take', 'skip'] } });
    expect(await here.take(zip, {})).toEqual([]);
    const [taken] = await here.take(zip, { 'small-0': 'take' });
    expect(taken).toMatchObject({ to: 'small-0', aside: null, files: 2 });
    expect(await here.contents()).toEqual({
      'small-0/drawings.json': 'mine',
      'small-1/run.json': 'another',
      ...Object.fromEntries(Object.entries(RUN).map(([name, text]) => [`small-0/${name}`, text])),
    });
  });

  const OTHER: Texts = { 'run.json': '{"b":2}', 'sft.safetensors': 'others' };
  const under = (run: string, files: Texts): Texts =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${run}/${name}`, text]));

  it('stands beside a run of the same name, once', async () => {
    const here = await browser();
    await here.store('small-0', OTHER);
    const { 'small-0': plan } = await here.plan(zip);
    expect(plan).toEqual({
      same: 0,
      fresh: 1,
      differ: ['run.json', 'sft.safetensors'],
      choices: ['beside', 'replace', 'labels', 'skip'],
    });
    const [taken] = await here.take(zip, { 'small-0': 'beside' });
    expect(taken).toMatchObject({ to: 'imported-small-0', aside: null, files: 3 });
    expect(await here.contents()).toEqual({ ...under('small-0', OTHER), ...under('imported-small-0', RUN) });
    expect((await here.plan(zip))['small-0']!.choices).toEqual([]);
  });

  it('takes the place of a run, which moves aside and can be brought back', async () => {
    const here = await browser();
    await here.store('small-0', OTHER);
    const [taken] = await here.take(zip, { 'small-0': 'replace' });
    expect(taken).toMatchObject({ to: 'small-0', aside: 'earlier-small-0' });
    expect(await here.contents()).toEqual({ ...under('earlier-small-0', OTHER), ...under('small-0', RUN) });
    expect(here.aside.runAside('earlier-small-0')).toBe('small-0');
    expect(await here.aside.bringForward('earlier-small-0', 'small-0')).toBe('earlier-small-0-2');
    expect(await here.contents()).toEqual({ ...under('earlier-small-0-2', RUN), ...under('small-0', OTHER) });
    expect(here.aside.runAside('earlier-small-0-2')).toBe('small-0');
  });

  it('leaves a run aside that has no checkpoint, which is listed and can be brought back', async () => {
    const here = await browser();
    const own = { 'preferences.jsonl': label('b'), 'predictions.json': '{}' };
    await here.store('small-0', { ...own, 'sft.safetensors': 'gone' });
    await here.storage.amendFile(['small-0', 'sft.safetensors'], { deleted: 7 });
    await here.store('imported-0a1b2c3d', { 'sft.safetensors': 'of no run' });
    await here.take(zip, { 'small-0': 'replace' });
    const listed = async () => here.aside.asideRuns((await here.storage.listFiles()).files);
    const bytes = label('b').length + 2;
    expect(await listed()).toEqual([{ aside: 'earlier-small-0', run: 'small-0', files: 2, bytes }]);
    await here.aside.bringForward('earlier-small-0', 'small-0');
    expect(await here.contents()).toMatchObject(under('small-0', own));
    expect((await listed()).map(({ aside, files }) => [aside, files])).toEqual([['earlier-small-0-2', 3]]);
  });

  it.each(['replaced', 'brought forward'])('is %s while another tab labels: no label is lost', async (how) => {
    const locks = new WebLocks();
    vi.stubGlobal('navigator', { locks });
    try {
      const here = await browser();
      await here.take(zip, { 'small-0': 'take' });
      const { list } = await here.storage.preferenceFiles.of('small-0').load();
      await here.store('small-0', { ...OTHER, 'preferences.jsonl': label('b') });
      if (how !== 'replaced') await here.take(zip, { 'small-0': 'beside' });
      const exchange = (): Promise<unknown> =>
        how === 'replaced'
          ? here.take(zip, { 'small-0': 'replace' })
          : here.aside.bringForward('imported-small-0', 'small-0');
      const { StoredRun } = here.storage;
      const write = Reflect.get(StoredRun.prototype, 'write') as (...file: unknown[]) => Promise<void>;
      const done: Promise<unknown>[] = [];
      vi.spyOn(StoredRun.prototype, 'write').mockImplementation(async function (this: object, ...file) {
        // The list was read; now all of the run changes its place before it is written back, if it can.
        done.push(exchange());
        await Promise.race([done[0], vi.waitUntil(() => locks.waited.length > 0)]);
        await write.apply(this, file);
      });
      await here.storage.preferenceFiles.of('small-0').change(() => list.map((each) => ({ ...each, id: 'new' })));
      await Promise.all(done);
      vi.restoreAllMocks();
      const found = await here.contents();
      expect(found['earlier-small-0/preferences.jsonl']).toBe(label('new'));
      expect(found['small-0/preferences.jsonl']).toBe(label('a'));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('merges people’s labels by their ids, and keeps both where they differ', async () => {
    const here = await browser();
    await here.store('small-0', { ...RUN, 'preferences.jsonl': `${label('b')}broken\n${label('a', [1, 0])}` });
    expect((await here.plan(zip))['small-0']).toEqual({
      same: 2,
      fresh: 0,
      differ: ['preferences.jsonl'],
      choices: ['take', 'beside', 'replace', 'skip'],
    });
    const [taken] = await here.take(zip, { 'small-0': 'take' });
    expect(taken!.labels).toEqual({ added: 0, conflicts: 1, left: 0 });
    const { list, damaged } = await here.storage.preferenceFiles.of('small-0').load();
    expect(list.map(({ id }) => id.replace(/~.*/, '~'))).toEqual(['b', 'a', 'a~']);
    expect(damaged.map(({ text }) => text)).toEqual(['broken']);
  });

  it('gives its labels alone', async () => {
    const here = await browser();
    await here.store('small-0', { ...OTHER, 'preferences.jsonl': label('b') });
    const [taken] = await here.take(zip, { 'small-0': 'labels' });
    expect(taken).toMatchObject({ files: 0, labels: { added: 1, conflicts: 0 } });
    expect(await here.contents()).toEqual(under('small-0', { ...OTHER, 'preferences.jsonl': label('b') + label('a') }));
  });

  it('is refused as a whole where the run has changed since it was looked at', async () => {
    const here = await browser();
    await here.store('small-0', OTHER);
    await expect(here.take(zip, { 'small-0': 'take' })).rejects.toThrow('"small-0" has changed');
    expect(await here.contents()).toEqual(under('small-0', OTHER));
  });

  it('leaves whole runs where it is cut off', async () => {
    const two = await zipOf([
      { run: 'small-1', name: 'a.json', saved: 1, content: bytesOf('1') },
      { run: 'small-1', name: 'b.json', saved: 1, content: bytesOf('2') },
      { run: 'small-2', name: 'a.json', saved: 1, content: bytesOf('3') },
      { run: 'small-2', name: 'b.json', saved: 1, content: bytesOf('4') },
    ]);
    const here = await browser();
    // The second run's second file is gone when it is read again: the file on the disk was changed.
    const opened = await here.archive.openArchive(new Blob([two]));
    const cut = {
      ...opened,
      read: (file: (typeof opened.files)[number]) =>
        file.run === 'small-2' && file.name === 'b.json' ? Promise.reject(new Error('gone')) : opened.read(file),
    };
    const taken: string[] = [];
    const taking = here.archive.takeIn(
      cut,
      { 'small-1': 'take', 'small-2': 'take' },
      () => undefined,
      ({ run }) => taken.push(run),
    );
    await expect(taking).rejects.toThrow('gone');
    expect(taken).toEqual(['small-1']);
    expect(Object.keys(await here.contents())).toEqual(['small-1/a.json', 'small-1/b.json']);
  });

  it('never overwrites a file that was stored while it was written: then nothing of the run is', async () => {
    const { storage } = await browser();
    const run = new storage.StoredRun('small-0');
    await run.write('b.json', bytesOf('mine'));
    const provenance = { saved: 5 };
    await expect(
      run.writeAll([
        ['a.json', bytesOf('theirs'), provenance],
        ['b.json', bytesOf('theirs'), provenance],
      ]),
    ).rejects.toThrow('"small-0/b.json" is here already');
    expect(await run.keys()).toEqual(['b.json']);
    expect(new TextDecoder().decode((await run.read('b.json'))!)).toBe('mine');
  });

  it('never overwrites a label that another tab wrote first: then nothing of the run is stored', async () => {
    const here = await browser();
    const opened = await here.archive.openArchive(zip);
    // The run was compared; its files are about to be written.
    const read: typeof opened.read = async (file) => {
      const run = new here.storage.StoredRun('small-0');
      if ((await run.keys()).length === 0) await run.write('preferences.jsonl', bytesOf(label('mine')));
      return opened.read(file);
    };
    const nothing = (): void => undefined;
    await expect(here.archive.takeIn({ ...opened, read }, { 'small-0': 'take' }, nothing, nothing)).rejects.toThrow(
      '"small-0/preferences.jsonl" is here already. Nothing of the run was written.',
    );
    expect(await here.contents()).toEqual(under('small-0', { 'preferences.jsonl': label('mine') }));
    // The next time it is merged.
    await here.take(zip, { 'small-0': 'take' });
    const all = { ...RUN, 'preferences.jsonl': label('mine') + label('a') };
    expect(await here.contents()).toEqual(under('small-0', all));
  });

  it('keeps a deleted file beside a live one of its name', async () => {
    const both = await zipOf([
      { run: 'small-0', name: 'sft.safetensors', saved: 1, content: bytesOf('new') },
      { run: 'small-0', name: 'sft.safetensors', saved: 1, deleted: 7, content: bytesOf('old') },
    ]);
    const here = await browser();
    await here.take(new Blob([both]), { 'small-0': 'take' });
    expect(await here.contents()).toEqual({
      'small-0/sft.safetensors': 'new',
      'deleted small-0/sft~deleted-7.safetensors': 'old',
    });
  });

  it('leaves out what is damaged, and names it', async () => {
    const here = await browser();
    await here.store('small-0', RUN);
    const db = await (await import('../../src/storage/database.ts')).database();
    await db.put('blobs', new Uint8Array(3), ['small-0', 'sft.safetensors']);
    const keys = Object.keys(RUN).map((name) => ['small-0', name] as const);
    const { files, left } = await here.archive.packStored({ keys, settings: {} }, MADE, () => undefined);
    expect(files).toBe(2);
    expect(left).toMatchObject([{ run: 'small-0', name: 'sft.safetensors' }]);
  });

  it('is not taken over a run that is training', async () => {
    const here = await browser();
    const requested: string[] = [];
    vi.stubGlobal('navigator', {
      locks: {
        request: (name: string, { ifAvailable }: LockOptions, work: (lock: null) => unknown) => {
          requested.push(`${name} ${ifAvailable}`);
          return Promise.resolve(null).then(work);
        },
      },
    });
    await expect(here.take(zip, { 'small-0': 'take' })).rejects.toThrow('"small-0" is training');
    vi.unstubAllGlobals();
    expect(requested).toEqual(['rlhf-playground.training.small-0 true']);
  });
});

describe('what the browser remembers', () => {
  it('is all known: it goes into an archive, or belongs to the device', () => {
    const sources = readdirSync('src/session').map((file) => readFileSync(`src/session/${file}`, 'utf8'));
    const keys = sources.flatMap((source) =>
      [...source.matchAll(/const STORED\w* = '([^']+)'/g)].map((match) => match[1]!),
    );
    const ofDevice = ['duty', 'speeds', 'training', 'welcome'].map((name) => `rlhf-playground.${name}`);
    expect(keys.toSorted()).toEqual([...KEPT_SETTINGS, ...ofDevice].toSorted());
  });

  it('is taken only where nothing is set', () => {
    const items: Record<string, string> = { 'rlhf-playground.author': 'mia', 'rlhf-playground.welcome': 'seen' };
    vi.stubGlobal('localStorage', { getItem: (key: string) => items[key] ?? null });
    expect(keptSettings()).toEqual({ 'rlhf-playground.author': 'mia' });
    const theirs = { 'rlhf-playground.author': 'tom', 'rlhf-playground.theme': 'dark', 'rlhf-playground.x': 'y' };
    expect(newSettings(theirs)).toEqual({ 'rlhf-playground.theme': 'dark' });
    vi.unstubAllGlobals();
  });
});
