/** The archive: its format against other programs, and everything hostile that a zip can be. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { Hasher, hashBytes } from '../../src/core/hash.ts';
import { MOST_FILES, quoted } from '../../src/storage/archive/limits.ts';
import { openArchive } from '../../src/storage/archive/open.ts';
import { contentHash } from '../../src/storage/archive/pack.ts';
import {
  FILES,
  MADE,
  type Raw,
  bytesOf,
  described,
  joined,
  listOf,
  noise,
  rawZip,
  set,
  zipOf,
} from './archive-files.ts';

const open = (bytes: Uint8Array<ArrayBuffer>) => openArchive(new Blob([bytes]));
const refusal = (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  open(bytes).then(
    () => 'taken',
    (error: unknown) => String(error),
  );

describe('the format', () => {
  it('gives back what was packed, bit for bit, with what the person wrote', async () => {
    const archive = await open(await zipOf(FILES, { 'rlhf-playground.author': 'mia' }));
    expect(archive.made).toBe(MADE.toISOString());
    expect(archive.settings).toEqual({ 'rlhf-playground.author': 'mia' });
    expect(archive.files).toHaveLength(FILES.length);
    for (const { content, ...about } of FILES) {
      const file = archive.files.find(({ run, name }) => run === about.run && name === about.name)!;
      expect(file).toEqual({ ...about, bytes: content.length, hash: contentHash(content) });
      expect(await archive.read(file)).toEqual(content);
    }
  });

  it('is the same, byte for byte, however the files were ordered', async () => {
    expect(await zipOf(FILES.toReversed())).toEqual(await zipOf());
  });

  it('is read by other programs: fflate, and unzip where there is one', async () => {
    const zip = await zipOf();
    const unzipped = unzipSync(zip);
    const folder = await mkdtemp(join(tmpdir(), 'archive-'));
    try {
      await writeFile(join(folder, 'a.zip'), zip);
      expect(Object.keys(unzipped)[0]).toBe('playground.json');
      let there = true;
      try {
        expect(execFileSync('unzip', ['-t', 'a.zip'], { cwd: folder, encoding: 'utf8' })).toContain('No errors');
        execFileSync('unzip', ['-q', 'a.zip'], { cwd: folder });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        there = false;
      }
      for (const { run, name, deleted, content } of FILES) {
        const path = `${deleted === undefined ? 'runs' : 'deleted'}/${run}/${name}`;
        expect(unzipped[path]).toEqual(content);
        if (there) expect(new Uint8Array(await readFile(join(folder, path)))).toEqual(content);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('hashes pieces as it hashes the whole', () => {
    const bytes = noise(1000);
    const pieces = new Hasher(1000, 7).add(bytes.subarray(0, 1)).add(bytes.subarray(1, 600)).add(bytes.subarray(600));
    expect(pieces.hex).toBe(hashBytes(bytes, 7));
  });

  it('shows a name from outside without what would change the text around it', () => {
    expect(quoted('a\u202e\u0007"b')).toBe('"a\\u202e\\u0007\\"b"');
    expect(quoted('x'.repeat(500))).toHaveLength(103);
  });
});

describe('a hostile or broken archive is refused with the name of the entry', () => {
  const good = FILES[0]!;
  const path = 'runs/small-0/sft.safetensors';
  const list = (files: readonly object[] = [described(good)], other?: object): Raw => ({
    path: 'playground.json',
    content: listOf(files, other),
  });
  const entry = (other: Partial<Raw> = {}): Raw => ({ path, content: good.content, ...other });

  it('but a good one is taken', async () => {
    expect(await refusal(rawZip([list(), entry()]))).toBe('taken');
  });

  const names: [string, string, RegExp][] = [
    ['leads up', 'runs/../evil.json', /leads out of its folder/],
    ['leads up from the top', '../evil.json', /leads out of its folder/],
    ['is absolute', '/etc/passwd', /absolute path/],
    ['has a drive', 'C:/x.json', /absolute path/],
    ['has a backslash', 'runs\\small-0\\x.json', /backslash/],
    ['has a NUL', 'runs/small-0/x.json\0.safetensors', /control characters/],
    ['is reserved', 'runs/con/x.json', /reserved/],
    ['is reserved, with an ending', 'runs/small-0/nul.json', /reserved/],
    ['is empty', '', /has no name/],
    ['is long', `runs/small-0/${'x'.repeat(200)}.json`, /too long/],
    ['is endless', `runs/small-0/${'x'.repeat(60_000)}.json`, /characters/],
    ['is of another case', 'runs/small-0/SFT.safetensors', /capital letters/],
    ['is a folder', 'runs/small-0/', /no .safetensors, .json or .jsonl file/],
    ['is a zip in the zip', 'runs/small-0/more.zip', /no .safetensors, .json or .jsonl file/],
    ['is a script', 'runs/small-0/<script>.json', /no .safetensors/],
    ['is hidden', 'runs/small-0/.json', /no .safetensors/],
    ['lies elsewhere', '__macosx/x.json', /no file of a run/],
    ['is not ASCII', 'runs/small-0/é.json', /no .safetensors/],
    ['is a prototype', 'runs/__proto__/x.json', /no name of a run/],
  ];
  it.each(names)('whose name %s', async (_, name, message) => {
    const found = await refusal(rawZip([list(), entry(), { path: name, content: bytesOf('{}') }]));
    expect(found).toMatch(/^ArchiveError: /);
    expect(found).toMatch(message);
    if (name !== '') expect(found).toContain(JSON.stringify(name.slice(0, 100)).slice(0, -1));
    // The list is not believed either.
    const { run, ...rest } = described(good) as { run: string };
    if (name.startsWith('runs/') && name.split('/').length === 3)
      expect(await refusal(rawZip([list([{ ...rest, run, name: name.slice(name.lastIndexOf('/') + 1) }])]))).not.toBe(
        'taken',
      );
  });

  const central = (at: number, value: number, length: 2 | 4 = 2) => ({
    central: (header: Uint8Array) => set(header, at, value, length),
  });
  const deflated = (content: Uint8Array, other: Partial<Raw> = {}): Raw => ({
    ...entry({ content: deflateSync(content), method: 8, size: content.length }),
    ...other,
  });
  const json = bytesOf('[1,2,3]'.repeat(100));
  const cases: [string, () => Uint8Array<ArrayBuffer>, RegExp][] = [
    [
      'no zip',
      () => new Uint8Array(bytesOf('hello, this is a text file and no zip')),
      /is no zip: it does not begin as one/,
    ],
    ['an empty file', () => new Uint8Array(), /is no zip: it has 0 bytes/],
    ['an empty zip', () => rawZip([]), /first entry is not playground.json/],
    ['another zip', () => rawZip([entry()]), /first entry is not playground.json/],
    [
      'an entry that is not in the list',
      () => rawZip([list([]), entry()]),
      /sft.safetensors": is not in playground.json/,
    ],
    ['an entry that is missing', () => rawZip([list()]), /sft.safetensors": is in playground.json, and missing/],
    ['an entry twice', () => rawZip([list(), entry(), entry()]), /sft.safetensors": is there twice/],
    [
      'a file twice in the list',
      () => rawZip([list([described(good), described(good)]), entry()]),
      /names a file twice/,
    ],
    [
      'another content',
      () => rawZip([list(), entry({ content: noise(5000, 9) })]),
      /sft.safetensors": has hash .* it was changed/,
    ],
    [
      'another length',
      () => rawZip([list(), entry({ content: noise(4999) })]),
      /sft.safetensors": has 4999 bytes, and playground.json says 5000/,
    ],
    ['a wrong CRC', () => rawZip([list(), entry({ crc: 1 })]), /sft.safetensors": is damaged/],
    [
      'a bomb that says its size',
      () => rawZip([list(), deflated(good.content, { size: 2 ** 30 })]),
      /sft.safetensors": unfolds to 1073741824 bytes/,
    ],
    [
      'a bomb that lies about its size',
      () => rawZip([list([{ ...described(good), bytes: 60_000 }]), deflated(new Uint8Array(50e6), { size: 60_000 })]),
      /sft.safetensors": unfolds to more than the 60000 bytes/,
    ],
    [
      'more than deflate takes',
      () => rawZip([list(), deflated(noise(9000), { size: 10 })]),
      /more than deflate ever takes/,
    ],
    [
      'what does not unfold',
      () => rawZip([list(), entry({ method: 8, content: noise(5000) })]),
      /sft.safetensors": (does not unfold|unfolds to more)/,
    ],
    [
      'deflated bytes with more behind them',
      () =>
        rawZip([
          list(),
          deflated(good.content, {
            content: joined([deflateSync(new Uint8Array(5e6)), new Uint8Array(4e6)]),
            size: 5e6,
          }),
        ]),
      /has 5000000 bytes, and|there is more behind its end/,
    ],
    [
      'a file too large',
      () => rawZip([list(), entry({ size: 2 ** 30 + 1, packed: 2 ** 30 + 1 })]),
      /sft.safetensors": has 1073741825 bytes/,
    ],
    [
      'files too large together',
      () =>
        rawZip([
          list(),
          ...[1, 2, 3].map((i) => entry({ path: `runs/small-${i}/x.safetensors`, size: 2 ** 30, packed: 2 ** 30 })),
        ]),
      /small-[123]\/x.safetensors": (with it|reaches into)/,
    ],
    [
      'a zip64',
      () => rawZip([list(), entry({ size: 0xffffffff, packed: 0xffffffff })]),
      /sft.safetensors": is an entry of a zip64/,
    ],
    ['a zip64 by its end', () => rawZip([list(), entry()], (end) => set(end, 16, 0xffffffff, 4)), /is a zip64/],
    ['encryption', () => rawZip([list(), entry(central(8, 1))]), /sft.safetensors": is encrypted/],
    ['data descriptors', () => rawZip([list(), entry(central(8, 8))]), /sft.safetensors": its sizes stand behind it/],
    [
      'a symbolic link',
      () => rawZip([list(), entry(central(38, 0xa1ff0000, 4))]),
      /sft.safetensors": is a symbolic link/,
    ],
    [
      'a method that nobody knows',
      () => rawZip([list(), entry({ method: 99 })]),
      /sft.safetensors": is packed by an unknown method \(99\)/,
    ],
    ['extra fields', () => rawZip([list(), entry(central(30, 4))]), /sft.safetensors": has fields/],
    [
      'a version that is not asked for',
      () => rawZip([list(), entry(central(6, 63))]),
      /sft.safetensors": its header in the directory/,
    ],
    [
      'a local header of another name',
      () => rawZip([list(), entry({ local: (header) => set(header, 35, 0x7878) })]),
      /sft.safetensors": its local header does not agree/,
    ],
    [
      'a local header of another size',
      () => rawZip([list(), entry({ local: (header) => set(header, 22, 1, 4) })]),
      /sft.safetensors": its local header does not agree/,
    ],
    [
      'entries that overlap',
      () => rawZip([list(), entry(central(42, 0, 4))]),
      /sft.safetensors": its header in the directory/,
    ],
    [
      'bytes between entries',
      () => rawZip([list(), entry({ local: (header) => joined([noise(9), header]) })]),
      /sft.safetensors": its local header does not agree/,
    ],
    [
      'bytes before it',
      () => joined([bytesOf('PK\x03\x04'), rawZip([list(), entry()])]),
      /directory is not where its end says/,
    ],
    ['bytes after it', () => joined([rawZip([list(), entry()]), noise(10)]), /after its end there are 10 more bytes/],
    [
      'a comment',
      () => rawZip([list(), entry()], (end) => joined([set(end, 20, 3), bytesOf('abc')])),
      /after its end there are 3 more bytes/,
    ],
    [
      'more entries than there are',
      () => rawZip([list(), entry()], (end) => set(set(end, 8, 3), 10, 3)),
      /entry 3 of the directory: is missing/,
    ],
    [
      'fewer entries than there are',
      () => rawZip([list(), entry()], (end) => set(set(end, 8, 1), 10, 1)),
      /more in it than its entries/,
    ],
    [
      'too many entries',
      () => rawZip([list()], (end) => set(set(end, 8, MOST_FILES + 2), 10, MOST_FILES + 2)),
      /has 10002 entries/,
    ],
    ['several disks', () => rawZip([list(), entry()], (end) => set(end, 4, 1)), /the record at its end is not right/],
    [
      'a list that is no JSON',
      () => rawZip([{ path: 'playground.json', content: bytesOf('{"a":') }]),
      /"playground.json": is not JSON/,
    ],
    [
      'a list that is no UTF-8',
      () => rawZip([{ path: 'playground.json', content: noise(50) }]),
      /"playground.json": is not JSON/,
    ],
    [
      'a list deeper than a stack',
      () => rawZip([{ path: 'playground.json', content: bytesOf('['.repeat(1e6)) }]),
      /"playground.json": (is not JSON|file)/,
    ],
    ['a list of a newer page', () => rawZip([list([], { version: 2 })]), /written by a newer version/],
    ['a list of something else', () => rawZip([list([], { format: 'x' })]), /"playground.json": format/],
    [
      'a list with a field of the wrong kind',
      () => rawZip([list([{ ...described(good), saved: 'now' }]), entry()]),
      /"playground.json": files.0.saved/,
    ],
    [
      'a list with a setting of another page',
      () => rawZip([list([], { settings: { toString: 'x' } })]),
      /"playground.json": settings.toString/,
    ],
    [
      'a list with a huge number',
      () => rawZip([list([{ ...described(good), bytes: 1e300 }]), entry()]),
      /"playground.json": files.0.bytes/,
    ],
    [
      'a list that leads elsewhere',
      () => rawZip([list([{ ...described(good), run: '../x' }]), entry()]),
      /"runs\/..\/x\/sft.safetensors": its name leads out/,
    ],
    [
      'a list with an endless note',
      () => rawZip([list([{ ...described(good), note: 'x'.repeat(1e5) }]), entry()]),
      /"playground.json": files.0.note/,
    ],
    [
      'a deflated content that was cut',
      () =>
        rawZip([
          list([{ ...described(good), bytes: 700 }]),
          deflated(json, { content: deflateSync(json).subarray(0, 12) }),
        ]),
      /sft.safetensors": (does not unfold|has \d+ bytes, and)/,
    ],
  ];
  it.each(cases)('%s', async (_, zip, message) => {
    const found = await refusal(zip());
    expect(found).toMatch(/^ArchiveError: /);
    expect(found).toMatch(message);
  });

  it('and a prototype in the list is nobody’s', async () => {
    const text = new TextDecoder().decode(listOf([])).replace('"settings":{}', '"settings":{"__proto__":"x"}');
    const { settings } = await open(rawZip([{ path: 'playground.json', content: bytesOf(text) }]));
    expect(text).toContain('__proto__');
    expect(Object.getOwnPropertyNames(settings)).toEqual([]);
  });

  it('cut off anywhere', async () => {
    const zip = await zipOf();
    for (const length of [1, 21, 22, 100, zip.length >> 1, zip.length - 23, zip.length - 22, zip.length - 1])
      expect(await refusal(zip.slice(0, length))).toMatch(/^ArchiveError: archive: is (cut off|no zip)/);
  });
});
