/**
 * The records of a zip file, as this program writes them: the oldest form that every unzip reads (APPNOTE.TXT 2.0), with
 * nothing optional in it. Sizes stand before the contents, entries one after another, no comments and no extra fields.
 * Of every entry there is one right way to write it, so a reader can ask for exactly that.
 */

export const STORED = 0;
export const DEFLATED = 8;

export interface Entry {
  /** ASCII. */
  path: string;
  method: number;
  /** Of the content. */
  crc: number;
  /** Bytes in the zip, and of the content. */
  packed: number;
  size: number;
  /** Date and time as MS-DOS counts them: date in the upper 16 bits. */
  time: number;
}

export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
/** Stands before the end of a zip64, which is not written. */
export const END64 = 0x07064b50;
export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
/** Version 2.0: folders and deflate. */
const VERSION = 20;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

/** Numbers of 2 or 4 bytes one after another, little-endian, and a text after them. */
function record(fields: readonly (readonly [value: number, bytes: 2 | 4])[], text = ''): Uint8Array<ArrayBuffer> {
  const head = fields.reduce((sum, [, bytes]) => sum + bytes, 0);
  const out = new Uint8Array(head + text.length);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [value, bytes] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  out.set(ascii(text), head);
  return out;
}

const common = ({ path, method, crc, packed, size, time }: Entry) =>
  [
    [VERSION, 2],
    [0, 2],
    [method, 2],
    [time, 4],
    [crc, 4],
    [packed, 4],
    [size, 4],
    [path.length, 2],
    [0, 2],
  ] as const;

/** Stands before the content. */
export function localHeader(entry: Entry): Uint8Array<ArrayBuffer> {
  return record([[LOCAL, 4], ...common(entry)], entry.path);
}

/** Stands in the directory; `offset`: of the local header. */
export function centralHeader(entry: Entry, offset: number): Uint8Array<ArrayBuffer> {
  const rest = [
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [offset, 4],
  ] as const;
  return record([[CENTRAL, 4], [VERSION, 2], ...common(entry), ...rest], entry.path);
}

/** Stands at the end; `size` and `offset`: of the directory. */
export function endRecord(count: number, size: number, offset: number): Uint8Array<ArrayBuffer> {
  return record([
    [END, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [size, 4],
    [offset, 4],
    [0, 2],
  ]);
}

/** Milliseconds since 1970 as MS-DOS counts, in UTC, to two seconds; what it cannot count is its first or last moment. */
export function dosTime(milliseconds: number): number {
  const date = new Date(Math.min(Math.max(milliseconds, Date.UTC(1980, 0)), Date.UTC(2107, 11, 31)));
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of bytes, `before`: of what came before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}
