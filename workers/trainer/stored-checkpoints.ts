/** The checkpoints in the browser's storage: listed without their weights, and taken in from files. */
import type { CheckpointInfo, CheckpointList } from '../../src/core/protocol.ts';
import { STAGES } from '../../src/core/reports.ts';
import { DamagedFileError } from '../../src/core/storage-errors.ts';
import { runName } from '../../src/core/run-name.ts';
import { type FileRecord, StoredRun, amendFile, cardOf, listFiles } from '../../src/storage/index.ts';
import { parameterShapes } from '../model/gpt2.ts';
import { decodeCheckpoint } from '../pipeline/checkpoint.ts';
import { checkImport } from '../pipeline/import.ts';
import { readAs } from '../pipeline/store.ts';

/** The checkpoint in a stored file; null where it is none. Rejects with an error that names a damaged one. */
async function checkpointOf(file: FileRecord): Promise<CheckpointInfo | null> {
  const card = cardOf(file);
  if (!card) return null;
  const { run, name, bytes, saved, title = null, note = '', deleted = null } = file;
  const key = `${run}/${name}`;
  const parameters = parameterShapes(card.config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const hash = card.hash ?? (deleted === null ? await hashOf(run, name) : null);
  return { ...card, hash, key, parameters, bytes, shipped: false, saved, title, note, deleted };
}

/** Computed once, and kept in the file's record. */
async function hashOf(run: string, name: string): Promise<string | null> {
  const store = new StoredRun(run);
  const hash = await readAs(store, name, (bytes) => decodeCheckpoint(bytes, `${run}/${name}`).hash);
  if (hash !== null) await amendFile([run, name], { hash });
  return hash;
}

/** All that is stored; what is damaged is set aside. */
export async function storedCheckpoints(): Promise<Omit<CheckpointList, 'missing'>> {
  const { files, damaged } = await listFiles();
  const found: CheckpointInfo[] = [];
  for (const file of files) {
    try {
      const checkpoint = await checkpointOf(file);
      if (checkpoint) found.push(checkpoint);
    } catch (error) {
      // It has been set aside just now.
      if (error instanceof DamagedFileError) return storedCheckpoints();
      damaged.push({ run: file.run, name: file.name, message: (error as Error).message, aside: null });
    }
  }
  const order = ({ stage }: CheckpointInfo): number => STAGES.indexOf(stage);
  found.sort(
    (a, b) =>
      runName(a).localeCompare(runName(b), 'en', { numeric: true }) || order(a) - order(b) || a.saved! - b.saved!,
  );
  return {
    checkpoints: found.filter(({ deleted }) => deleted === null),
    deleted: found.filter(({ deleted }) => deleted !== null),
    damaged,
  };
}

/** Changes when the checkpoint of this key is written anew; shipped ones never are. */
export async function versionOf(key: string): Promise<string> {
  const [run = '', name] = key.split('/');
  const saved = name === undefined ? null : await new StoredRun(run).saved(name);
  return String(saved ?? 'shipped');
}

/**
 * Stores a file that came from elsewhere, beside what is there; one of `present` with the same content is found instead.
 * Rejects with a SafetensorsError that names the file, the tensor and the reason.
 */
export async function importCheckpoint(
  name: string,
  bytes: Uint8Array,
  present: readonly CheckpointInfo[],
): Promise<{ key: string; known: boolean }> {
  const { hash, card } = checkImport(bytes, name);
  const known = present.find((each) => each.hash === hash);
  if (known) return { key: known.key, known: true };
  const store = new StoredRun(`imported-${hash.slice(0, 8)}`);
  const usual = `${card.stage}.safetensors`;
  const free = (await store.keys()).includes(usual) ? `${card.stage}~${hash}.safetensors` : usual;
  await store.write(free, bytes);
  await amendFile([store.run, free], { hash });
  return { key: `${store.run}/${free}`, known: false };
}
