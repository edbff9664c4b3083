/**
 * Little that unfolds to much, and numbers that make loops long: refused before there is room made for it, and before
 * anybody counts that far.
 */
import 'fake-indexeddb/auto';
import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../../src/core/safetensors.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import { LIST_NAME } from '../../src/storage/archive/names.ts';
import { openArchive } from '../../src/storage/archive/open.ts';
import type { Source } from '../../src/storage/archive/zip-read.ts';
import {
  DEFLATED,
  type Entry,
  STORED,
  centralHeader,
  crc32,
  endRecord,
  localHeader,
} from '../../src/storage/archive/zip.ts';
import { decodeDrawings, encodeDrawings } from '../../src/storage/drawings.ts';
import { decodeRecordings } from '../../src/storage/microscope.ts';
import { notesOf } from '../../src/storage/notes.ts';
import { StoredRun, listFiles } from '../../src/storage/index.ts';

const MOST_SECONDS = 2;
/** Of computing, whatever else the machine does. */
function expectSoon(work: () => void): void {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1e6).toBeLessThan(MOST_SECONDS);
}

/** A zip with one entry, as this page writes it. */
function zipOf(path: string, text: string): Blob {
  const bytes = new TextEncoder().encode(text);
  const content = deflateSync(bytes);
  const entry: Entry = {
    path,
    method: DEFLATED,
    crc: crc32(bytes),
    packed: content.length,
    size: bytes.length,
    time: 0x210000,
  };
  const header = localHeader(entry);
  const directory = centralHeader(entry, 0);
  const parts = [header, content, directory];
  return new Blob([...parts, endRecord(1, directory.length, header.length + content.length)]);
}

describe('an archive', () => {
  it.each([
    ['of lists', `[${'[],'.repeat(4_000_000)}1]`, 'is not JSON: more than'],
    [
      'of fields that nobody knows',
      `{"format":"rlhf-playground-archive","version":1,"made":"2026-01-01T00:00:00.000Z","settings":{},"files":[],"x":[${'{},'.repeat(4_000_000)}1]}`,
      'is not JSON: more than',
    ],
    ['that is deep', '['.repeat(4_000_000), 'is not JSON: nested more than'],
  ])('has a list %s, and is refused before that is made', async (_, text, message) => {
    const zip = zipOf(LIST_NAME, text);
    expect(zip.size).toBeLessThan(60_000);
    await expect(openArchive(zip)).rejects.toThrow(message);
  });

  it('says what is wrong with its list in a text that can be shown', async () => {
    const failure = await openArchive(zipOf(LIST_NAME, '\u202Etxt.exe')).catch((error: unknown) => error as Error);
    expect((failure as Error).message).toContain('\\u{202e}');
    expect((failure as Error).message).not.toContain('\u202E');
  });

  it('says when it was made, or is refused: its time is shown', async () => {
    const list = { format: 'rlhf-playground-archive', version: 1, made: '', settings: {}, files: [] };
    const made = (time: string): Blob => zipOf(LIST_NAME, JSON.stringify({ ...list, made: time }));
    expect((await openArchive(made('2026-01-01T00:00:00+09:00'))).made).toBe('2026-01-01T00:00:00+09:00');
    // ISO 8601, and yet no time that a browser reads.
    await expect(openArchive(made('2026-01-01T00:00:00+09'))).rejects.toThrow('made: there is no such time');
  });

  it.each(['preferences.jsonl', 'drawings.json'])('with a %s of 1 GB is refused by its size', async (name) => {
    const entry: Entry = {
      path: `runs/small-0/${name}`,
      method: STORED,
      crc: 0,
      packed: 2 ** 30,
      size: 2 ** 30,
      time: 0,
    };
    const directory = centralHeader(entry, 0);
    const header = localHeader(entry);
    const end = endRecord(1, directory.length, header.length + 2 ** 30);
    const tail = new Uint8Array([...directory, ...end]);
    const size = header.length + 2 ** 30 + tail.length;
    const source: Source = {
      size,
      slice: (from, to) => ({
        arrayBuffer: () => {
          const bytes = new Uint8Array(to - from);
          bytes.set(header.subarray(from, to));
          const behind = size - tail.length;
          if (to > behind)
            bytes.set(tail.subarray(Math.max(0, from - behind), to - behind), Math.max(0, behind - from));
          return Promise.resolve(bytes.buffer);
        },
      }),
    };
    await expect(openArchive(source)).rejects.toThrow(`${name}": has 1073741824 bytes; 134217728 are the most`);
  });

  it('of 1 GB that is all directory is refused, and little of it is read', async () => {
    const size = 2 ** 30;
    const end = endRecord(1, size - 26, 4);
    let read = 0;
    const source: Source = {
      size,
      slice: (from, to) => ({
        arrayBuffer: () => {
          read += to - from;
          const bytes = new Uint8Array(to - from);
          if (from === 0) bytes.set([0x50, 0x4b, 3, 4]);
          if (to === size) bytes.set(end, bytes.length - end.length);
          return Promise.resolve(bytes.buffer);
        },
      }),
    };
    await expect(openArchive(source)).rejects.toThrow(/its directory has \d+ bytes for 1 entries/);
    expect(read).toBeLessThan(2 ** 20);
  });
});

describe('recordings', () => {
  const of = (iterations: string): Uint8Array =>
    encodeSafetensors({}, { kind: 'microscope', version: '1', iterations });

  it.each([
    ['millions of what is none', `[${'0,'.repeat(4_000_000)}0]`, 'iterations'],
    ['lists in lists', '['.repeat(4_000_000), 'nested more than'],
    ['more than any run has', `[${'{},'.repeat(100_000)}{}]`, 'iterations'],
  ])('that are %s are refused at once', (_, text, message) => {
    const bytes = of(text);
    expectSoon(() => expect(() => decodeRecordings(bytes, 'ppo.microscope.safetensors')).toThrow(message));
  });
});

describe('the notes of a file', () => {
  it('are left out where no record would take them, so that the record stays readable', async () => {
    const bytes = encodeSafetensors({}, { kind: 'checkpoint', stage: 'x'.repeat(200_000), step: '7' });
    expect(notesOf(bytes)).toEqual({ kind: 'checkpoint', step: '7' });
    await new StoredRun('small-1').write('sft.safetensors', bytes);
    const { files, damaged } = await listFiles();
    expect(damaged).toEqual([]);
    expect(files.map(({ name }) => name)).toEqual(['sft.safetensors']);
  });

  it('are not looked for in a header that no file of ours has', () => {
    const bytes = new Uint8Array(2 ** 27).fill(0x20);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
    bytes.set(new TextEncoder().encode('{"__metadata__":{"kind":"checkpoint"}}'), 8);
    expectSoon(() => expect(notesOf(bytes)).toEqual({}));
  });
});

describe('curves', () => {
  const said = { text: 'x', ended: true, verdict: { gold: 1 } };
  const sample = { example: { prompt: 'x', answer: 'y' }, before: said, after: said };
  const drawing = { steps: [1, 2], columns: { loss: [1, 2] }, samples: null, progress: null };
  const read = (changes: object): unknown =>
    decodeDrawings(
      new TextEncoder().encode(
        // Numbers that JSON reads and does not write.
        JSON.stringify({ version: 1, stages: { sft: { ...drawing, ...changes } } }).replaceAll('"∞"', '1e999'),
      ),
      'drawings.json',
    );

  it.each([
    ['steps that no axis can count', { steps: [2 ** 53, 2 ** 53 + 4] }, 'steps'],
    ['steps without end', { steps: [1, '∞'] }, 'steps'],
    ['seconds without end', { tokens: [1, 2], seconds: [0, '∞'] }, 'seconds'],
    ['values without end', { columns: { loss: [1, '∞'] } }, 'loss'],
    ['more samples than anybody looks at', { samples: { step: 1, samples: Array(5000).fill(sample) } }, 'samples'],
  ])('with %s are refused', (_, changes, field) => {
    expect(() => read({})).not.toThrow();
    expect(() => read(changes)).toThrow(field);
  });
});

it('losses that were no numbers are read again, so that a run that went astray keeps its curves', () => {
  const rows = [{ prompt: ['x'], response: ['y', 'z'], losses: [NaN, 1], replay: false }];
  const drawing = {
    steps: [1],
    columns: { loss: [null] },
    samples: null,
    tokenLosses: { step: 1, rows },
    progress: null,
  };
  expect(decodeDrawings(encodeDrawings({ sft: drawing }), 'drawings.json')).toEqual({ sft: drawing });
});

describe('a text that somebody pastes', () => {
  const tokenizer = new Tokenizer(createWorld('town').vocabulary);
  it.each([
    ['one word without end', 'z'.repeat(100_000)],
    ['marks', '<a'.repeat(50_000)],
    ['lines below', `<${'_'.repeat(100_000)}`],
    ['words that are all different', Array.from({ length: 20_000 }, (_, i) => `zq${i}`).join(' ')],
  ])('of 100,000 characters is checked at once: %s', (_, text) => {
    expectSoon(() => expect(tokenizer.check(text).at(-1)?.end).toBe(text.length));
  });
});
