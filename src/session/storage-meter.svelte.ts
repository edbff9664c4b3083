/** What is stored, how much of what, and how much there may be. */
import { type FileRecord, listFiles } from '../storage/index.ts';
import { type Allowance, allowance, keep } from '../storage/persist.ts';

/** Above this share of the quota the page warns; from the second on hardly anything can be stored. */
const WARN = 0.8;
const FULL = 0.98;

export const PARTS = ['checkpoints', 'deleted', 'snapshots', 'damaged', 'others'] as const;
/** Others: curves, samples, reports, a person's choices. */
export type Part = (typeof PARTS)[number];

export class StorageMeter {
  /** Records of all files, deleted ones among them, as they were counted last. */
  files = $state.raw<readonly FileRecord[]>([]);
  /** Bytes of what this page stored, by kind; null before they were counted. */
  parts = $state.raw<Readonly<Record<Part, number>> | null>(null);
  #allowance = $state.raw<Allowance | null>(null);
  /** The browser was asked to keep what is stored, and refused. */
  refused = $state(false);

  /** Bytes of all files; null before they were counted. */
  get stored(): number | null {
    return this.parts && PARTS.reduce((sum, part) => sum + (this.parts?.[part] ?? 0), 0);
  }

  /** Bytes that this origin takes, as the browser reckons: more than the files, or less, where it compresses them. */
  get used(): number | null {
    return this.#allowance?.used ?? null;
  }

  get quota(): number | null {
    return this.#allowance?.quota ?? null;
  }

  get kept(): boolean {
    return this.#allowance?.kept ?? false;
  }

  get state(): 'usual' | 'warning' | 'full' {
    const { used, quota } = this;
    if (used === null || quota === null) return 'usual';
    if (used >= FULL * quota) return 'full';
    return used >= WARN * quota ? 'warning' : 'usual';
  }

  /** Rejects with a StorageError where the records cannot be read. */
  async measure(): Promise<void> {
    const [{ files, damaged }, granted] = await Promise.all([listFiles(), allowance()]);
    const parts: Record<Part, number> = { checkpoints: 0, deleted: 0, snapshots: 0, damaged: 0, others: 0 };
    for (const { aside } of damaged) parts.damaged += aside?.bytes ?? 0;
    for (const { bytes, notes, deleted } of files) {
      const kind = notes['kind'];
      if (deleted !== undefined) parts.deleted += bytes;
      else if (kind === 'checkpoint') parts.checkpoints += bytes;
      else if (kind === 'snapshot') parts.snapshots += bytes;
      else parts.others += bytes;
    }
    this.files = files;
    this.parts = parts;
    this.#allowance = granted;
  }

  /** Asks the browser to keep what is stored also when space runs short. */
  async keep(): Promise<void> {
    this.refused = !(await keep());
    this.#allowance = await allowance();
  }
}
