/** The names that files have in an archive: safe on every file system, and so few that nothing else passes for one. */
import type { ArchivedFile } from '../../core/archive-protocol.ts';
import { ArchiveError, MOST_NAME } from './limits.ts';

/** What is in the archive; its first entry. */
export const LIST_NAME = 'playground.json';

const FOLDERS = ['runs', 'deleted'] as const;
const RUN = /^[a-z0-9](?:[a-z0-9_~-]|\.(?!\.))*$/;
const FILE = /^[a-z0-9](?:[a-z0-9_~-]|\.(?!\.))*\.(?:safetensors|json|jsonl)$/;
/** Names of devices on Windows, whatever follows after a dot. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Deleted files lie apart, so that a run that is unzipped by hand is the run as it was. */
export function pathOf({ run, name, deleted }: Pick<ArchivedFile, 'run' | 'name' | 'deleted'>): string {
  return `${deleted === undefined ? 'runs' : 'deleted'}/${run}/${name}`;
}

/** What is wrong with the path of an entry; null: nothing. */
export function faultOf(path: string): string | null {
  if (path === LIST_NAME) return null;
  if (path === '') return 'an entry has no name';
  if (path.length > 2 * MOST_NAME + 10) return `its name has ${path.length} characters`;
  if (/[\0-\x1f\x7f]/.test(path)) return 'its name has control characters';
  if (path.includes('\\')) return 'its name has a backslash';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'its name is an absolute path';
  const parts = path.split('/');
  if (parts.some((part) => part === '..' || part === '.')) return 'its name leads out of its folder';
  if (path !== path.toLowerCase()) return 'its name has capital letters; names here are small';
  const [folder, run = '', name = ''] = parts;
  if (parts.length !== 3 || !FOLDERS.some((each) => each === folder))
    return `is no file of a run (expected ${LIST_NAME}, runs/<run>/<file> or deleted/<run>/<file>)`;
  if ([run, name].some((part) => RESERVED.test(part))) return 'its name is reserved on some systems';
  if (run.length > MOST_NAME || name.length > MOST_NAME) return `its name is too long (${MOST_NAME} characters a part)`;
  if (!RUN.test(run) || run.endsWith('.')) return 'its folder is no name of a run';
  if (!FILE.test(name)) return 'is no .safetensors, .json or .jsonl file of a run';
  return null;
}

/** Throws an ArchiveError that names the path and what is wrong with it. */
export function checkPath(path: string): void {
  const fault = faultOf(path);
  if (fault !== null) throw new ArchiveError(path, fault);
}
