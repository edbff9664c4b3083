/** Archives on the command line: `npm run archive -- --pack runs/a runs/b --out all.zip`, `npm run archive -- --unpack all.zip --out there`. */
import { open, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { ArchivedFile } from '../src/core/archive-protocol.ts';
import { runName } from '../src/core/run-name.ts';
import { MOST_FILE_BYTES } from '../src/storage/archive/limits.ts';
import { faultOf, pathOf } from '../src/storage/archive/names.ts';
import { type OpenedArchive, openArchive } from '../src/storage/archive/open.ts';
import { type SealedFile, archiveOf, contentHash, seal } from '../src/storage/archive/pack.ts';
import type { Source } from '../src/storage/archive/zip-read.ts';
import { readRecord } from '../workers/pipeline/record.ts';
import { exists } from './files.ts';
import { folderStore, writeAtomically } from './node-store.ts';

const USAGE = `usage: npm run archive -- --pack DIR… --out FILE.zip     the folders of runs, as npm run pipeline writes them
       npm run archive -- --unpack FILE.zip --out DIR   into DIR/runs/<run>; nothing that is there is overwritten`;

/** Bytes that are written at a time. */
const PIECE = 2 ** 24;

/** A mistake on the command line, or in a file that it names. */
class UsageError extends Error {}

/** The files of a run's folder. They get the name under which the page looks for the run. */
async function sealFolder(folder: string): Promise<SealedFile[]> {
  const record = await readRecord(folderStore(folder));
  const run = record ? runName(record.report) : path.basename(path.resolve(folder)).toLowerCase();
  const sealed: SealedFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const file = path.join(folder, name);
    const { mtimeMs, size } = await stat(file);
    const fault = size > MOST_FILE_BYTES ? `has ${size} bytes` : faultOf(pathOf({ run, name }));
    if (fault === null) sealed.push(seal({ run, name, saved: Math.round(mtimeMs) }, await readFile(file)));
    else console.warn(`${file}: ${fault}. It is left out`);
  }
  if (sealed.length === 0) throw new UsageError(`--pack ${folder}: there is no file of a run`);
  return sealed;
}

async function pack(folders: readonly string[], out: string): Promise<void> {
  if (await exists(out)) throw new UsageError(`--out ${out}: is there already`);
  const sealed = (await Promise.all(folders.map(sealFolder))).flat();
  const runs = new Map(sealed.map(({ file }) => [pathOf(file), file.run]));
  if (runs.size < sealed.length) throw new UsageError('--pack: two of the folders are of the same run');
  const parts = archiveOf(sealed, { made: new Date().toISOString(), settings: {} });
  await writeAtomically(out, pieces(parts));
  console.log(`${out}: ${sealed.length} files of ${[...new Set(runs.values())].join(', ')}`);
}

/** Contents in pieces, so that they are not in memory once more. */
async function* pieces(parts: readonly Blob[]): AsyncGenerator<Uint8Array> {
  for (const part of parts)
    for (let at = 0; at < part.size; at += PIECE) yield new Uint8Array(await part.slice(at, at + PIECE).arrayBuffer());
}

/** A file on the disk, read in pieces. */
async function opened<T>(file: string, work: (source: Source) => Promise<T>): Promise<T> {
  const handle = await open(file).catch((error: unknown) => {
    throw new UsageError(`--unpack ${file}: ${(error as Error).message}`);
  });
  try {
    const { size } = await handle.stat();
    return await work({
      size,
      slice: (start, end) => ({
        arrayBuffer: async () => {
          const bytes = new Uint8Array(end - start);
          const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
          return bytes.buffer.slice(0, bytesRead);
        },
      }),
    });
  } finally {
    await handle.close();
  }
}

async function unpack(file: string, out: string): Promise<void> {
  await opened(file, async (source) => {
    const archive = await openArchive(source);
    const fresh: ArchivedFile[] = [];
    for (const each of archive.files) if (!(await isThere(archive, each, out))) fresh.push(each);
    for (const each of fresh) await writeAtomically(path.join(out, pathOf(each)), await archive.read(each));
    console.log(`${out}: ${fresh.length} files, ${archive.files.length - fresh.length} were there already`);
  });
}

/** Whether a file is there with the same content. Throws a UsageError where it is there with another one. */
async function isThere({ files }: OpenedArchive, file: ArchivedFile, out: string): Promise<boolean> {
  const target = path.join(out, pathOf(file));
  if (!(await exists(target))) return false;
  if (contentHash(await readFile(target)) === file.hash) return true;
  throw new UsageError(`${target}: is there with other content; none of the ${files.length} files was written`);
}

async function main(argv: string[]): Promise<void> {
  let parsed;
  try {
    const options = { pack: { type: 'boolean' }, unpack: { type: 'string' }, out: { type: 'string' } } as const;
    parsed = parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  const { out } = values;
  if (out === undefined) throw new UsageError('--out is missing');
  if (values.unpack !== undefined && !values.pack && positionals.length === 0) await unpack(values.unpack, out);
  else if (values.pack && values.unpack === undefined && positionals.length > 0) await pack(positionals, out);
  else throw new UsageError('either --pack DIR… or --unpack FILE.zip');
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof UsageError) console.error(USAGE);
  process.exitCode = 2;
}
