/** Archives of what the browser stores: packed, compared with what is here, and taken in, a run at a time. */
import type {
  ArchiveProgress,
  ArchivedFile,
  Choice,
  LabelMerge,
  PackRequest,
  Packed,
  RunPlan,
  Taken,
} from '../core/archive-protocol.ts';
import { FILE_KINDS } from '../core/archive-protocol.ts';
import { asideName } from './aside.ts';
import { alone, freeName, replaceRun, runAside } from './archive-aside.ts';
import { mergerOf } from './archive-labels.ts';
import { kindOf } from './archive/kinds.ts';
import { type OpenedArchive, openArchive } from './archive/open.ts';
import { type SealedFile, archiveOf, contentHash, seal } from './archive/pack.ts';
import { type Database, type FileKey, StorageError, database } from './database.ts';
import { examine } from './damaged.ts';
import { aloneWithLines } from './line-lock.ts';
import { listFiles } from './records.ts';
import { type Content, StoredRun } from './runs.ts';

export { type OpenedArchive, openArchive };

type Hear = (progress: ArchiveProgress) => void;

/** Packs stored files, those of a run as they are at one moment. Those that cannot be read are left out, and named. */
export async function packStored({ keys, settings }: PackRequest, made: Date, onProgress: Hear): Promise<Packed> {
  const wanted = new Set(keys.map((key) => key.join('/')));
  const { files } = await listFiles();
  const of = files.reduce((sum, { run, name, bytes }) => sum + (wanted.has(`${run}/${name}`) ? bytes : 0), 0);
  const sealed: SealedFile[] = [];
  const left: Packed['left'][number][] = [];
  let done = 0;
  for (const run of new Set(keys.map(([run]) => run))) {
    const transaction = (await database()).transaction(['files', 'blobs']);
    for (const [, name] of keys.filter((key) => key[0] === run)) {
      const key: FileKey = [run, name];
      const [record, blob] = await Promise.all([
        transaction.objectStore('files').get(key),
        transaction.objectStore('blobs').get(key),
      ]);
      try {
        const found = examine(key, record, blob);
        if (found.fault !== null) throw new StorageError(`stored file "${key.join('/')}": ${found.fault}`);
        const { file, bytes } = found;
        onProgress({ file: key.join('/'), done, of });
        done += file.bytes;
        // At once, so that no more than one file is in memory, and the transaction goes on.
        sealed.push(seal(file, bytes));
      } catch (error) {
        left.push({ run, name, message: (error as Error).message });
      }
    }
  }
  const zip = new Blob(archiveOf(sealed, { made: made.toISOString(), settings }), { type: 'application/zip' });
  return { zip, files: sealed.length, left };
}

/** What is here under the name of a run: by file, a hash where it can be read. */
interface Here {
  live: Map<string, StoredContent>;
  deleted: StoredContent[];
}
interface StoredContent {
  key: FileKey;
  /** Null: damaged. */
  bytes: number | null;
}

async function storedRuns(): Promise<Map<string, Here>> {
  const { files, damaged } = await listFiles();
  const runs = new Map<string, Here>();
  const here = (run: string): Here => {
    let found = runs.get(run);
    if (!found) runs.set(run, (found = { live: new Map(), deleted: [] }));
    return found;
  };
  for (const { run, name, bytes, deleted } of files) {
    const content: StoredContent = { key: [run, name], bytes };
    if (deleted === undefined) here(run).live.set(name, content);
    else here(run).deleted.push(content);
  }
  // What is set aside is in nobody's way.
  for (const { run, name } of damaged.filter(({ aside }) => aside === null))
    here(run).live.set(name, { key: [run, name], bytes: null });
  return runs;
}

interface Comparison {
  same: ArchivedFile[];
  fresh: ArchivedFile[];
  differ: ArchivedFile[];
}

/** Files of an archive against those of a run that is here. */
async function compare(files: readonly ArchivedFile[], here: Here | undefined): Promise<Comparison> {
  const comparison: Comparison = { same: [], fresh: [], differ: [] };
  const db = await database();
  for (const file of files) {
    const named = here?.live.get(file.name);
    const candidates =
      file.deleted === undefined ? (named ? [named] : []) : [...(here?.live.values() ?? []), ...(here?.deleted ?? [])];
    if (await isAmong(db, file, candidates)) comparison.same.push(file);
    else comparison[file.deleted === undefined && named ? 'differ' : 'fresh'].push(file);
  }
  return comparison;
}

async function isAmong(db: Database, file: ArchivedFile, candidates: readonly StoredContent[]): Promise<boolean> {
  for (const { key, bytes } of candidates) {
    if (bytes !== file.bytes) continue;
    const blob = await db.get('blobs', key);
    if (blob instanceof Uint8Array && blob.length === bytes && contentHash(blob) === file.hash) return true;
  }
  return false;
}

/** Runs of an archive compared with what is stored. */
export async function planOf(archive: OpenedArchive): Promise<RunPlan[]> {
  const runs = await storedRuns();
  const plans: RunPlan[] = [];
  for (const [run, files] of byRun(archive.files)) plans.push((await compareRun(run, files, runs)).plan);
  return plans;
}

function byRun(files: readonly ArchivedFile[]): Map<string, ArchivedFile[]> {
  const runs = new Map<string, ArchivedFile[]>();
  for (const file of files) runs.set(file.run, [...(runs.get(file.run) ?? []), file]);
  return new Map([...runs].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

async function compareRun(
  run: string,
  files: readonly ArchivedFile[],
  runs: ReadonlyMap<string, Here>,
): Promise<{ plan: RunPlan; comparison: Comparison }> {
  let comparison = await compare(files, runs.get(run));
  // It may have been taken in before, beside the run of this name.
  for (const [other, here] of runs) {
    if (comparison.differ.length === 0) break;
    if (runAside(other) !== run) continue;
    const there = await compare(files, here);
    if (there.same.length === files.length) comparison = there;
  }
  const { same, fresh, differ } = comparison;
  const kinds = Object.fromEntries(FILE_KINDS.map((kind) => [kind, { files: 0, bytes: 0 }])) as RunPlan['kinds'];
  for (const file of files) {
    const sum: { files: number; bytes: number } = kinds[kindOf(file)];
    sum.files += 1;
    sum.bytes += file.bytes;
  }
  const plan = { run, kinds, same: same.length, fresh: fresh.length, differ: differ.map(({ name }) => name) };
  return { plan: { ...plan, choices: choicesOf(run, comparison) }, comparison };
}

function choicesOf(run: string, { fresh, differ }: Comparison): Choice[] {
  if (fresh.length === 0 && differ.length === 0) return [];
  const takes = differ.every(({ name }) => mergerOf(run, name) !== null);
  // Where people's demonstrations lie there is no run that they could stand beside.
  if (differ.length === 0 || !isRun(run)) return takes ? ['take', 'skip'] : ['skip'];
  if (takes) return ['take', 'beside', 'replace', 'skip'];
  const labels = [...fresh, ...differ].some((file) => kindOf(file) === 'label');
  return ['beside', 'replace', ...(labels ? ['labels' as const] : []), 'skip'];
}

const isRun = (name: string): boolean => name.includes('-');

/**
 * Takes runs of an archive in, as was chosen; without a choice a run is left out. Each run is written whole, in one
 * transaction, with its labels merged. Rejects with a StorageError, a StorageFullError among them, or an ArchiveError; the
 * runs before are stored then, and `onTaken` has heard of them.
 */
export async function takeIn(
  archive: OpenedArchive,
  choices: Readonly<Record<string, Choice>>,
  onProgress: Hear,
  onTaken: (taken: Taken) => unknown,
): Promise<void> {
  const wanted = new Map(Object.entries(choices));
  const chosen = [...byRun(archive.files)].filter(([run]) => (wanted.get(run) ?? 'skip') !== 'skip');
  const of = chosen.reduce((sum, [, files]) => sum + files.reduce((all, { bytes }) => all + bytes, 0), 0);
  let done = 0;
  for (const [run, files] of chosen) {
    onProgress({ file: run, done, of });
    // Whoever asked may end this worker with the last answer.
    await onTaken(await takeRun(archive, run, files, wanted.get(run) as Choice));
    done += files.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

const NO_LABELS: LabelMerge = { added: 0, conflicts: 0, left: 0 };

async function takeRun(
  archive: OpenedArchive,
  run: string,
  files: readonly ArchivedFile[],
  choice: Choice,
): Promise<Taken> {
  const runs = await storedRuns();
  const { plan, comparison } = await compareRun(run, files, runs);
  if (!plan.choices.includes(choice))
    throw new StorageError(`run "${run}" has changed since the archive was opened. Nothing of it was written.`);
  if (choice === 'beside' || choice === 'replace') {
    const contents = await contentsOf(archive, files, new Set());
    const taken = { run, files: files.length, labels: NO_LABELS };
    if (choice === 'replace') return { ...taken, to: run, aside: await replaceRun(run, contents) };
    const beside = freeName(run.startsWith('imported-') ? run : `imported-${run}`, runs);
    await new StoredRun(beside).writeAll(contents);
    return { ...taken, to: beside, aside: null };
  }
  const isWanted = (file: ArchivedFile): boolean => choice === 'take' || kindOf(file) === 'label';
  const fresh = comparison.fresh.filter(isWanted);
  const differ = comparison.differ.filter(isWanted);
  const add = async (): Promise<LabelMerge> => {
    const contents = await contentsOf(archive, fresh, new Set(runs.get(run)?.live.keys()));
    return addTo(run, contents, await textsOf(archive, differ));
  };
  const labels = fresh.some((file) => kindOf(file) !== 'label') ? await alone(run, add) : await add();
  return { run, to: run, aside: null, files: fresh.length, labels };
}

/** Adds files that are new here, and labels to the files of their names, `texts`: all of it or nothing. */
function addTo(run: string, fresh: readonly Content[], texts: ReadonlyMap<string, string>): Promise<LabelMerge> {
  const names = [...fresh.map(([name]) => name), ...texts.keys()];
  const lines = names.filter((name) => name.endsWith('.jsonl')).map((name): FileKey => [run, name]);
  // Nobody is in the middle of a label.
  return aloneWithLines(lines, async () => {
    const sum = { added: 0, conflicts: 0, left: 0 };
    const merged: Content[] = [];
    for (const [name, text] of texts) {
      const result = await mergerOf(run, name)?.(text);
      if (!result) continue;
      merged.push([name, result.bytes]);
      for (const count of ['added', 'conflicts', 'left'] as const) sum[count] += result.labels[count];
    }
    await new StoredRun(run).writeAll([...fresh, ...merged]);
    return sum;
  });
}

/** By name. */
async function textsOf(archive: OpenedArchive, files: readonly ArchivedFile[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file.name, new TextDecoder().decode(await archive.read(file)));
  return texts;
}

/** As they are to be stored: a deleted file steps aside for one of its name. */
async function contentsOf(
  archive: OpenedArchive,
  files: readonly ArchivedFile[],
  taken: ReadonlySet<string>,
): Promise<Content[]> {
  const names = new Set([...taken, ...files.filter(({ deleted }) => deleted === undefined).map(({ name }) => name)]);
  const contents: Content[] = [];
  for (const file of files) {
    const { name, saved, title, note, deleted } = file;
    const own = deleted !== undefined && names.has(name) ? asideName(name, 'deleted', deleted) : name;
    contents.push([own, await archive.read(file), { saved, title, note, deleted }]);
  }
  return contents;
}
