/** Archives for tests: a good one, and the ways to break it. */
import { type Entry, centralHeader, crc32, endRecord, localHeader } from '../../src/storage/archive/zip.ts';
import type { ArchivedFile } from '../../src/core/archive-protocol.ts';
import { formatList } from '../../src/storage/archive/list.ts';
import { archiveOf, contentHash, seal } from '../../src/storage/archive/pack.ts';

export const MADE = new Date(Date.UTC(2026, 0, 31, 12));

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes that do not repeat soon. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24);
}

export type TestFile = Omit<ArchivedFile, 'bytes' | 'hash'> & { content: Uint8Array };

export const FILES: readonly TestFile[] = [
  {
    run: 'small-0',
    name: 'sft.safetensors',
    saved: 1_769_000_000_000,
    title: 'Mine',
    note: 'a\nb',
    content: noise(5000),
  },
  { run: 'small-0', name: 'run.json', saved: 1_769_000_001_000, content: bytesOf('{"version":1}'.repeat(50)) },
  { run: 'small-0', name: 'ppo.safetensors', saved: 1, deleted: 1_769_000_002_000, content: noise(700, 2) },
  { run: 'micro-12', name: 'preferences.jsonl', saved: 2, content: bytesOf('{"a":1}\n{"b":2}\n') },
  { run: 'micro-12', name: 'empty.json', saved: 3, content: new Uint8Array() },
];

export async function zipOf(files: readonly TestFile[] = FILES, settings = {}): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = files.map(({ content, ...about }) => seal(about, content));
  return new Uint8Array(await new Blob(archiveOf(sealed, { made: MADE.toISOString(), settings })).arrayBuffer());
}

/** An entry as somebody else could write it: every field can be a lie. */
export interface Raw extends Partial<Entry> {
  path: string;
  content: Uint8Array;
  local?: (header: Uint8Array) => Uint8Array;
  central?: (header: Uint8Array) => Uint8Array;
}

/** A zip of such entries, stored as they are unless they say otherwise. */
export function rawZip(
  entries: readonly Raw[],
  end = (record: Uint8Array): Uint8Array => record,
): Uint8Array<ArrayBuffer> {
  const same = (header: Uint8Array): Uint8Array => header;
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { content, local = same, central = same, ...fields } of entries) {
    const entry = {
      method: 0,
      crc: crc32(content),
      packed: content.length,
      size: content.length,
      time: 0x5821_6000,
      ...fields,
    };
    directory.push(central(centralHeader(entry, offset)));
    const header = local(localHeader(entry));
    parts.push(header, content);
    offset += header.length + content.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  return joined([...parts, ...directory, end(endRecord(entries.length, size, offset))]);
}

/** The list of `files`, with more or other fields. */
export function listOf(files: readonly object[], other: object = {}): Uint8Array {
  const list = JSON.parse(formatList({ made: MADE.toISOString(), settings: {}, files: [] })) as object;
  return bytesOf(JSON.stringify({ ...list, files, ...other }));
}

export const described = ({ content, ...about }: TestFile): object => ({
  ...about,
  bytes: content.length,
  hash: contentHash(content),
});

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A copy with a number of 2 or 4 bytes in another place. */
export function set(bytes: Uint8Array, at: number, value: number, length: 2 | 4 = 2): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  if (length === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return copy;
}
