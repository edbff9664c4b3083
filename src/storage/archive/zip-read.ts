/**
 * Reads a zip that this program wrote, and refuses every other one. The directory at the end is read first; then each
 * local header must be the one that belongs to it, where it belongs, with nothing between, before or after.
 */
import { Inflate } from 'fflate';
import { ArchiveError, MOST_BYTES, MOST_DEFLATED_BYTES, MOST_FILES, MOST_NAME, checkSize } from './limits.ts';
import { checkPath } from './names.ts';
import {
  CENTRAL,
  CENTRAL_BYTES,
  DEFLATED,
  END,
  END64,
  END_BYTES,
  type Entry,
  LOCAL,
  LOCAL_BYTES,
  STORED,
  centralHeader,
  crc32,
  endRecord,
  localHeader,
} from './zip.ts';

/** A Blob, or a file on the disk: read in pieces. */
export interface Source {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

export interface ReadEntry extends Entry {
  /** Where its content starts. */
  start: number;
}

/** Bytes that are read at a time. A piece of deflated content unfolds to a thousand times as much at the most. */
const PIECE = 2 ** 20;
const DEFLATED_PIECE = 2 ** 13;
/** So many deflated bytes can unfold to nothing yet: a block that is stored, of 64 kB, comes out as a whole. */
const MOST_IDLE = 2 ** 17;
/** Of an entry in the directory; one name that is as long as a zip can say is refused as such, and not with all. */
const LONGEST_ENTRY = CENTRAL_BYTES + 2 * MOST_NAME + 10;
const FULL16 = 0xffff;
const FULL32 = 0xffffffff;
const OTHER_PROGRAM = 'only zips that this page wrote are read, and another program wrote this one';

async function read(source: Source, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(await source.slice(start, end).arrayBuffer());
  if (bytes.length !== end - start) throw new ArchiveError(null, 'the file became shorter while it was read');
  return bytes;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** All entries, in the order of the file. Throws an ArchiveError that names the entry and what is wrong. */
export async function readEntries(source: Source): Promise<ReadEntry[]> {
  const { count, size, offset } = await readEnd(source);
  const directory = await read(source, offset, offset + size);
  const entries: ReadEntry[] = [];
  const paths = new Set<string>();
  let at = 0;
  let next = 0;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const entry = centralEntry(directory, at, i);
    const { path } = entry;
    checkEntry(entry);
    if (paths.has(path)) throw new ArchiveError(path, 'is there twice');
    paths.add(path);
    total += entry.size;
    if (total > MOST_BYTES) throw new ArchiveError(path, `with it the files are larger than ${MOST_BYTES} bytes`);
    const expected = centralHeader(entry, next);
    if (!isEqual(directory.subarray(at, at + expected.length), expected))
      throw new ArchiveError(path, `its header in the directory is not right: ${OTHER_PROGRAM}, or it is damaged`);
    const local = localHeader(entry);
    const start = next + local.length;
    if (start + entry.packed > offset) throw new ArchiveError(path, 'reaches into the directory');
    if (!isEqual(await read(source, next, start), local))
      throw new ArchiveError(path, 'its local header does not agree with the directory');
    entries.push({ ...entry, start });
    at += expected.length;
    next = start + entry.packed;
  }
  if (at !== size) throw new ArchiveError(null, 'the directory has more in it than its entries');
  if (next !== offset) throw new ArchiveError(null, 'there are bytes between the last entry and the directory');
  return entries;
}

async function readEnd(source: Source): Promise<{ count: number; size: number; offset: number }> {
  const { size: length } = source;
  if (length < END_BYTES) throw new ArchiveError(null, `is no zip: it has ${length} bytes`);
  const first = viewOf(await read(source, 0, 4)).getUint32(0, true);
  if (first !== LOCAL && first !== END) throw new ArchiveError(null, 'is no zip: it does not begin as one');
  // Entries, their directory, and the list of a full one.
  const most = MOST_BYTES + (MOST_FILES + 1) * (LOCAL_BYTES + CENTRAL_BYTES + 4 * MOST_NAME + 20) + 2 ** 26;
  if (length > most) throw new ArchiveError(null, `is larger than ${MOST_BYTES} bytes`);
  const tail = await read(source, Math.max(0, length - END_BYTES - FULL16), length);
  const view = viewOf(tail);
  const at = tail.length - END_BYTES;
  if (view.getUint32(at, true) !== END) {
    for (let i = at; i >= 0; i--)
      if (view.getUint32(i, true) === END)
        throw new ArchiveError(null, `after its end there are ${at - i} more bytes, which do not belong to it`);
    throw new ArchiveError(null, 'is cut off: the end of the zip is missing');
  }
  const [count, size, offset] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  const before64 = at >= 20 && view.getUint32(at - 20, true) === END64;
  if (before64 || count === FULL16 || size === FULL32 || offset === FULL32)
    throw new ArchiveError(null, `is a zip64: ${OTHER_PROGRAM}`);
  if (count > MOST_FILES + 1) throw new ArchiveError(null, `has ${count} entries; ${MOST_FILES} files are the most`);
  if (!isEqual(tail.subarray(at), endRecord(count, size, offset)))
    throw new ArchiveError(null, `the record at its end is not right: ${OTHER_PROGRAM}, or it is damaged`);
  if (offset + size + END_BYTES !== length)
    throw new ArchiveError(null, 'its directory is not where its end says: it is cut, or bytes were put in');
  if (size > count * LONGEST_ENTRY + FULL16)
    throw new ArchiveError(null, `its directory has ${size} bytes for ${count} entries`);
  return { count, size, offset };
}

/** The entry at a place of the directory; every field is from outside still. */
function centralEntry(directory: Uint8Array, at: number, i: number): Entry {
  const problem = (what: string): ArchiveError => new ArchiveError(null, `entry ${i + 1} of the directory: ${what}`);
  if (at + CENTRAL_BYTES > directory.length) throw problem('is missing');
  const view = viewOf(directory.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL) throw problem('does not begin as one');
  const [flags, extra, attributes] = [view.getUint16(8, true), view.getUint16(30, true), view.getUint32(38, true)];
  const end = CENTRAL_BYTES + view.getUint16(28, true);
  if (at + end > directory.length) throw problem('its name is longer than the directory');
  // Bytes as letters: what is not ASCII is refused with the name.
  const path = Array.from(directory.subarray(at + CENTRAL_BYTES, at + end), (byte) => String.fromCharCode(byte)).join(
    '',
  );
  const entry: Entry = {
    path,
    method: view.getUint16(10, true),
    time: view.getUint32(12, true),
    crc: view.getUint32(16, true),
    packed: view.getUint32(20, true),
    size: view.getUint32(24, true),
  };
  if (flags & 1) throw new ArchiveError(path, 'is encrypted');
  if (flags & 8) throw new ArchiveError(path, `its sizes stand behind it: ${OTHER_PROGRAM}`);
  if (entry.packed === FULL32 || entry.size === FULL32) throw new ArchiveError(path, 'is an entry of a zip64');
  if (((attributes >>> 16) & 0xf000) === 0xa000) throw new ArchiveError(path, 'is a symbolic link');
  if (extra > 0 || attributes > 0 || flags > 0)
    throw new ArchiveError(path, `has fields that are not expected: ${OTHER_PROGRAM}`);
  return entry;
}

function checkEntry({ path, method, packed, size }: Entry): void {
  checkPath(path);
  if (method !== STORED && method !== DEFLATED)
    throw new ArchiveError(path, `is packed by an unknown method (${method})`);
  checkSize(path, size);
  if (method === STORED && packed !== size) throw new ArchiveError(path, `has ${packed} bytes and says ${size}`);
  if (method === DEFLATED && size > MOST_DEFLATED_BYTES)
    throw new ArchiveError(path, `unfolds to ${size} bytes; ${MOST_DEFLATED_BYTES} are the most`);
  // What cannot be made smaller grows by five bytes in some thousand.
  if (method === DEFLATED && packed > 1.01 * size + 100)
    throw new ArchiveError(path, `has ${packed} bytes for ${size}: more than deflate ever takes`);
}

/** The content of an entry in pieces. Ends with an ArchiveError as soon as it is longer than it says, or is not what it was. */
export async function* contentOf(source: Source, entry: ReadEntry): AsyncGenerator<Uint8Array> {
  const { path, crc, size } = entry;
  let [length, sum] = [0, 0];
  for await (const piece of entry.method === DEFLATED ? inflated(source, entry) : packedOf(source, entry, PIECE)) {
    length += piece.length;
    if (length > size) throw new ArchiveError(path, `unfolds to more than the ${size} bytes that it says`);
    sum = crc32(piece, sum);
    yield piece;
  }
  if (length < size) throw new ArchiveError(path, `has ${length} bytes, and ${size} were expected`);
  if (sum !== crc) throw new ArchiveError(path, 'is damaged: its CRC-32 is not the one that was written');
}

async function* packedOf(source: Source, { start, packed }: ReadEntry, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < packed; at += piece) yield read(source, start + at, start + Math.min(at + piece, packed));
}

async function* inflated(source: Source, entry: ReadEntry): AsyncGenerator<Uint8Array> {
  const { path, packed } = entry;
  let pieces: Uint8Array[] = [];
  const inflate = new Inflate((piece) => pieces.push(piece));
  let left = packed;
  let idle = 0;
  for await (const piece of packedOf(source, entry, PIECE)) {
    for (let at = 0; at < piece.length; at += DEFLATED_PIECE) {
      const part = piece.subarray(at, at + DEFLATED_PIECE);
      left -= part.length;
      try {
        inflate.push(part, left === 0);
      } catch (error) {
        throw new ArchiveError(path, `does not unfold: ${(error as Error).message}`);
      }
      idle = pieces.some(({ length }) => length > 0) ? 0 : idle + part.length;
      if (idle > MOST_IDLE) throw new ArchiveError(path, 'does not unfold: there is more behind its end');
      yield* pieces;
      pieces = [];
    }
  }
}
