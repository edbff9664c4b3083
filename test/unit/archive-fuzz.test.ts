/** The zip door: whatever comes, an archive is the one that was packed, or is refused by name, and nothing is stored. */
import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveError } from '../../src/storage/archive/limits.ts';
import { faultOf } from '../../src/storage/archive/names.ts';
import { type OpenedArchive, openArchive } from '../../src/storage/archive/open.ts';
import { readEntries } from '../../src/storage/archive/zip-read.ts';
import { planOf } from '../../src/storage/archive-store.ts';
import { StoredRun, listFiles } from '../../src/storage/index.ts';
import { FILES, bytesOf, joined, listOf, rawZip, zipOf } from './archive-files.ts';
import { PATIENCE, forAnyAsync } from './fuzz.ts';

const good = await zipOf();
const entries = await readEntries(new Blob([good]));
const packed = await contentOf(await openArchive(new Blob([good])));

/** Opens, compares with what is stored, and gives back what is in it; null where it was refused as it should be. */
async function tried(bytes: Uint8Array<ArrayBuffer>): Promise<OpenedArchive | Error> {
  let opened: OpenedArchive;
  try {
    opened = await openArchive(new Blob([bytes]));
  } catch (error) {
    expect(error).toBeInstanceOf(ArchiveError);
    expect((error as Error).message.length).toBeLessThan(1000);
    return error as Error;
  }
  await planOf(opened);
  return opened;
}

/** All that an archive gives out. */
async function contentOf(opened: OpenedArchive): Promise<unknown> {
  const { made, settings, files } = opened;
  return { made, settings, files, contents: await Promise.all(files.map((file) => opened.read(file))) };
}

/** Refused; or, where only bits were hit that mean nothing to deflate, the one that was packed. */
async function expectRefusedOrTheSame(outcome: OpenedArchive | Error): Promise<void> {
  if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ArchiveError);
  else expect(await contentOf(outcome)).toEqual(packed);
}

async function expectUntouched(): Promise<void> {
  expect((await listFiles()).files.map(({ run, name, bytes }) => [run, name, bytes])).toEqual([
    ['small-0', 'run.json', 4],
  ]);
  expect(new TextDecoder().decode((await new StoredRun('small-0').read('run.json'))!)).toBe('mine');
}

/** Where a place of the good zip belongs. */
function ownerOf(at: number): string | null {
  let next = 0;
  for (const { path, start, packed } of entries) {
    next = start + packed;
    if (at < next) return path;
  }
  return null;
}

const place = fc.nat({ max: good.length - 1 });
const flips = fc.uniqueArray(place, { minLength: 1, maxLength: 8 });
const change = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }) }),
  fc.record({ kind: fc.constant('remove' as const), at: place, count: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, count: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({
    kind: fc.constant('overwrite' as const),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
  }),
);

function changed(
  bytes: Uint8Array,
  how: typeof change extends fc.Arbitrary<infer T> ? T : never,
): Uint8Array<ArrayBuffer> {
  const [before, after] = [bytes.subarray(0, how.at), bytes.subarray(how.at)];
  if (how.kind === 'cut') return joined([before]);
  if (how.kind === 'insert') return joined([before, how.bytes, after]);
  if (how.kind === 'remove') return joined([before, after.subarray(how.count)]);
  if (how.kind === 'repeat') return joined([before, after.subarray(0, how.count), after]);
  return joined([before, how.bytes, after.subarray(how.bytes.length)]).slice(0, bytes.length);
}

describe('an archive', () => {
  it(
    'with flipped bits is refused, and the entry that they are in is named; or it gives out what was packed',
    { timeout: PATIENCE },
    async () => {
      await new StoredRun('small-0').write('run.json', bytesOf('mine'));
      await forAnyAsync(fc.tuple(flips, fc.nat({ max: 7 })), async ([places, bit]) => {
        const bytes = new Uint8Array(good);
        for (const at of places) bytes[at]! ^= 1 << bit;
        const refused = await tried(bytes);
        await expectRefusedOrTheSame(refused);
        const [at] = places;
        const owner = places.length === 1 && at! >= 4 ? ownerOf(at!) : null;
        if (owner !== null && refused instanceof Error) expect(refused.message).toContain(JSON.stringify(owner));
      });
      await expectUntouched();
    },
  );

  it('that was cut, or into which something was put, is refused', { timeout: PATIENCE }, async () => {
    await forAnyAsync(change, async (how) => {
      const bytes = changed(good, how);
      const same = bytes.length === good.length && bytes.every((byte, i) => byte === good[i]);
      const outcome = await tried(bytes);
      if (same) expect(outcome).not.toBeInstanceOf(Error);
      await expectRefusedOrTheSame(outcome);
    });
    await expectUntouched();
  });

  it('that is any bytes at all is refused', { timeout: PATIENCE }, async () => {
    const start = fc.constantFrom(bytesOf('PK\x03\x04'), bytesOf('PK\x05\x06'), new Uint8Array());
    await forAnyAsync(fc.tuple(start, fc.uint8Array({ maxLength: 2000 })), async ([head, rest]) => {
      expect(await tried(joined([head, rest]))).toBeInstanceOf(ArchiveError);
    });
    await expectUntouched();
  });

  it('with any list, and any names, gives safe names or is refused', { timeout: PATIENCE }, async () => {
    const part = fc.oneof(
      fc.string({ maxLength: 20, unit: 'binary' }),
      fc.constantFrom(
        '..',
        '.',
        '',
        'small-0',
        'a.json',
        'con',
        '__proto__',
        'constructor',
        '\0',
        'a\\b',
        'a'.repeat(300),
      ),
    );
    const field = fc.oneof(fc.jsonValue(), part, fc.nat());
    const file = fc.record(
      {
        run: part,
        name: part,
        bytes: fc.oneof(fc.constant(2), field),
        hash: field,
        saved: field,
        deleted: field,
        note: field,
      },
      { requiredKeys: [] },
    );
    const list = fc.oneof(
      fc.array(fc.oneof(file, fc.jsonValue()), { maxLength: 4 }).map((files) => listOf(files as object[])),
      fc
        .tuple(fc.array(file, { maxLength: 2 }), fc.dictionary(fc.string(), fc.jsonValue()))
        .map(([files, other]) => listOf(files, other)),
      fc.json().map(bytesOf),
    );
    const paths = fc.array(
      fc.tuple(fc.constantFrom('runs', 'deleted', '..', ''), part, part).map((parts) => parts.join('/')),
      { maxLength: 3 },
    );
    await forAnyAsync(fc.tuple(list, paths), async ([content, names]) => {
      const others = names.map((path) => ({ path: ascii(path), content: bytesOf('{}') }));
      const result = await tried(rawZip([{ path: 'playground.json', content }, ...others]));
      if (result instanceof Error) return;
      for (const { run, name, deleted } of result.files)
        expect(faultOf(`${deleted === undefined ? 'runs' : 'deleted'}/${run}/${name}`)).toBeNull();
    });
    await expectUntouched();
  });

  it('that unfolds to something else than it says is refused', { timeout: PATIENCE }, async () => {
    const file = FILES.find(({ name }) => name === 'run.json')!;
    const { file: listed } = (await import('../../src/storage/archive/pack.ts')).seal(file, file.content);
    const entry = { path: 'runs/small-0/run.json', method: 8, size: file.content.length };
    await forAnyAsync(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (content) => {
      const zip = rawZip([
        { path: 'playground.json', content: listOf([listed]) },
        { ...entry, content },
      ]);
      const refused = await tried(zip);
      expect((refused as Error).message).toContain(JSON.stringify(entry.path));
    });
    await expectUntouched();
  });
});

/** Letters as single bytes, as a zip holds them. */
const ascii = (text: string): string => Array.from(bytesOf(text), (byte) => String.fromCharCode(byte)).join('');
