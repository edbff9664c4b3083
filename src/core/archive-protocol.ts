/** What the page and the worker that packs and unpacks archives say to each other. */

/** What stored files are to a person. Records: reports, curves, samples, recordings, predictions. */
export const FILE_KINDS = ['checkpoint', 'label', 'record', 'autosave', 'deleted'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** What an archive says of a file in it. */
export interface ArchivedFile {
  /** "small-0". */
  run: string;
  name: string;
  /** Length. */
  bytes: number;
  /** Of its bytes, see core/hash.ts. */
  hash: string;
  /** Milliseconds since 1970. */
  saved: number;
  /** What the person calls it, and wrote about it. */
  title?: string | undefined;
  note?: string | undefined;
  /** When it was deleted; it can be brought back. */
  deleted?: number | undefined;
}

/** What this browser remembers of a person's choices, by its key in localStorage. */
export type Settings = Readonly<Record<string, string>>;

export interface PackRequest {
  /** Run and name of every file that is to go in. */
  keys: readonly (readonly [run: string, name: string])[];
  settings: Settings;
}

export interface Packed {
  zip: Blob;
  files: number;
  /** Files that cannot be read, and were left out; `message` says why. */
  left: readonly { run: string; name: string; message: string }[];
}

/**
 * What becomes of a run of an archive. Take: files that are not here are added, people's labels that differ are merged.
 * Beside: under a name of its own. Replace: what is here moves aside, under a name of its own. Labels: only people's
 * labels, merged. Nothing is ever overwritten.
 */
export const CHOICES = ['take', 'beside', 'replace', 'labels', 'skip'] as const;
export type Choice = (typeof CHOICES)[number];

/** A run of an archive, compared with what is stored. */
export interface RunPlan {
  run: string;
  /** How many files of each kind, and their bytes. */
  kinds: Readonly<Record<FileKind, { files: number; bytes: number }>>;
  /** Files that are here already, bit for bit; that are not here; and names that are here with other content. */
  same: number;
  fresh: number;
  differ: readonly string[];
  /** What can be chosen, the usual choice first; nothing where all is here already. */
  choices: readonly Choice[];
}

export interface ArchivePlan {
  /** ISO 8601. */
  made: string;
  runs: readonly RunPlan[];
  settings: Settings;
}

/** What became of people's labels in an archive that differ from those here. */
export interface LabelMerge {
  /** New here. */
  added: number;
  /** Here with other content: both are kept. */
  conflicts: number;
  /** Lines that cannot be read, and those that there is no room for. */
  left: number;
}

/** What was done with a run. */
export interface Taken {
  run: string;
  /** Where its files are now. */
  to: string;
  /** Where what was here before is now; null where that did not move. */
  aside: string | null;
  files: number;
  labels: LabelMerge;
}

export interface ArchiveProgress {
  /** The file that is at work. */
  file: string;
  /** Bytes. */
  done: number;
  of: number;
}

type Hear = (progress: ArchiveProgress) => void;

export interface ArchiveApi {
  /** `onSetAside` hears of each stored file that is found damaged from now on, and was set aside; English. */
  hear(onSetAside: (message: string) => void): Promise<void>;
  /** Rejects with a StorageError or an ArchiveError. */
  pack(request: PackRequest, onProgress: Hear): Promise<Packed>;
  /** Checks all of a file, and stores nothing. Rejects with an ArchiveError that names the entry and what is wrong. */
  open(file: Blob, onProgress: Hear): Promise<ArchivePlan>;
  /**
   * Stores what was opened last, a run at a time, each whole with its labels merged; `onTaken` hears of each. Rejects with
   * a StorageError or an ArchiveError: then nothing of that run was stored.
   */
  take(choices: Readonly<Record<string, Choice>>, onProgress: Hear, onTaken: (taken: Taken) => void): Promise<void>;
}
