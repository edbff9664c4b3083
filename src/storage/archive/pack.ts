/**
 * Packs files into an archive: a zip with `playground.json`, then the files at `runs/<run>/<name>`, byte for byte. Weights
 * are stored as they are, for they do not compress; texts are deflated. The same content gives the same bytes.
 */
import { deflateSync } from 'fflate';
import type { ArchivedFile } from '../../core/archive-protocol.ts';
import { hashBytes } from '../../core/hash.ts';
import { MOST_DEFLATED_BYTES, checkSize } from './limits.ts';
import { type List, checkTotal, formatList } from './list.ts';
import { LIST_NAME, checkPath, pathOf } from './names.ts';
import { DEFLATED, type Entry, STORED, centralHeader, crc32, dosTime, endRecord, localHeader } from './zip.ts';

/** A file as it goes into an archive. */
export interface SealedFile {
  file: ArchivedFile;
  entry: Entry;
  /** As it stands in the zip. A browser can keep it on its disk. */
  content: Blob;
}

/** The hash that stands in an archive for a content. */
export const contentHash = (bytes: Uint8Array): string => hashBytes(bytes, 0);

/** Throws an ArchiveError for a file that no archive takes. */
export function seal(about: Omit<ArchivedFile, 'bytes' | 'hash'>, bytes: Uint8Array): SealedFile {
  const { run, name, saved, title, note, deleted } = about;
  const file: ArchivedFile = {
    run,
    name,
    bytes: bytes.length,
    hash: contentHash(bytes),
    saved,
    ...(title === undefined ? {} : { title }),
    ...(note === undefined ? {} : { note }),
    ...(deleted === undefined ? {} : { deleted }),
  };
  const path = pathOf(file);
  checkPath(path);
  checkSize(path, bytes.length);
  return { file, ...packed(path, bytes, saved) };
}

function packed(path: string, bytes: Uint8Array, saved: number): Pick<SealedFile, 'entry' | 'content'> {
  const text = !path.endsWith('.safetensors') && bytes.length <= MOST_DEFLATED_BYTES;
  const content = text ? deflateSync(bytes, { level: 6 }) : bytes;
  const entry: Entry = {
    path,
    method: text ? DEFLATED : STORED,
    crc: crc32(bytes),
    packed: content.length,
    size: bytes.length,
    time: dosTime(saved),
  };
  return { entry, content: new Blob([content as Uint8Array<ArrayBuffer>]) };
}

/** The zip's parts, in their order. Throws an ArchiveError where the files are more than an archive takes. */
export function archiveOf(sealed: readonly SealedFile[], { made, settings }: Omit<List, 'files'>): Blob[] {
  const files = sealed.toSorted((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  checkTotal(files.map(({ file }) => file));
  const list = formatList({ made, settings, files: files.map(({ file }) => file) });
  const first = packed(LIST_NAME, new TextEncoder().encode(list), Date.parse(made));
  const parts: Blob[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { entry, content } of [first, ...files]) {
    const header = localHeader(entry);
    directory.push(centralHeader(entry, offset));
    parts.push(new Blob([header]), content);
    offset += header.length + content.size;
  }
  const end = new Blob(directory);
  return [...parts, end, new Blob([endRecord(directory.length, end.size, offset)])];
}
