/** Opens an archive: every byte of it is checked before anything of it is used. */
import type { ArchiveProgress, ArchivedFile } from '../../core/archive-protocol.ts';
import { Hasher } from '../../core/hash.ts';
import { ArchiveError, MOST_LIST_BYTES } from './limits.ts';
import { type List, checkTotal, parseList } from './list.ts';
import { LIST_NAME, pathOf } from './names.ts';
import { type ReadEntry, type Source, contentOf, readEntries } from './zip-read.ts';

export interface OpenedArchive extends List {
  /** The content of a file of the list, checked again: the file on the disk may have changed. */
  read(file: ArchivedFile): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Rejects with an ArchiveError that names the entry and what is wrong: no zip of this page, an entry that is not in the
 * list or missing, a content that is not the one that was packed. No file is held in memory as a whole.
 */
export async function openArchive(
  source: Source,
  onProgress: (progress: ArchiveProgress) => void = () => undefined,
): Promise<OpenedArchive> {
  const [first, ...rest] = await readEntries(source);
  if (first?.path !== LIST_NAME)
    throw new ArchiveError(null, `is no archive of this page: its first entry is not ${LIST_NAME}`);
  if (first.size > MOST_LIST_BYTES)
    throw new ArchiveError(LIST_NAME, `has ${first.size} bytes; ${MOST_LIST_BYTES} are the most`);
  const list = parseList(await whole(source, first));
  const entries = matched(list.files, rest);
  checkTotal(list.files);
  const of = list.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const [file, entry] of entries) {
    onProgress({ file: entry.path, done, of });
    for await (const piece of checkedContent(source, file, entry)) {
      done += piece.length;
      if (file.bytes > piece.length) onProgress({ file: entry.path, done, of });
    }
  }
  return {
    ...list,
    read: async (file) => {
      const entry = entries.get(file);
      if (!entry) throw new ArchiveError(pathOf(file), 'is not in this archive');
      return joined(file.bytes, checkedContent(source, file, entry));
    },
  };
}

/** Which entry belongs to which file: the list and the entries are the same, in the same order. */
function matched(files: readonly ArchivedFile[], entries: readonly ReadEntry[]): Map<ArchivedFile, ReadEntry> {
  const paths = new Set(files.map(pathOf));
  const present = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) if (!paths.has(path)) throw new ArchiveError(path, `is not in ${LIST_NAME}`);
  if (paths.size !== files.length) throw new ArchiveError(LIST_NAME, 'names a file twice');
  return new Map(
    files.map((file) => {
      const path = pathOf(file);
      const entry = present.get(path);
      if (!entry) throw new ArchiveError(path, `is in ${LIST_NAME}, and missing in the zip`);
      if (entry.size !== file.bytes)
        throw new ArchiveError(path, `has ${entry.size} bytes, and ${LIST_NAME} says ${file.bytes}`);
      return [file, entry];
    }),
  );
}

/** The content in pieces; ends with an ArchiveError where its hash is not the one of the list. */
async function* checkedContent(source: Source, file: ArchivedFile, entry: ReadEntry): AsyncGenerator<Uint8Array> {
  const hasher = new Hasher(file.bytes, 0);
  for await (const piece of contentOf(source, entry)) {
    hasher.add(piece);
    yield piece;
  }
  if (hasher.hex !== file.hash)
    throw new ArchiveError(entry.path, `has hash ${hasher.hex}, and ${LIST_NAME} says ${file.hash}: it was changed`);
}

const whole = (source: Source, entry: ReadEntry): Promise<Uint8Array<ArrayBuffer>> =>
  joined(entry.size, contentOf(source, entry));

async function joined(length: number, pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
