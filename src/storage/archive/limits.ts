/** How large archives may be, and how they are refused. */

/** All files together: beyond it an archive is saved in parts. Far below the 4 GB that a zip's 32 bits can name. */
export const MOST_BYTES = 2 ** 31;
/** One file: an array of bytes that every browser can hold. */
export const MOST_FILE_BYTES = 2 ** 30;
/** One file of text, which is read as a whole, and walked through: as much as a stored one may have (json.ts). */
const MOST_TEXT_BYTES = 2 ** 27;
/** A hundred runs with a hundred files; a zip's 16 bits can count to 65,535. */
export const MOST_FILES = 10_000;
/** The list of 10,000 files, each with a note of full length in three bytes a letter. */
export const MOST_LIST_BYTES = 2 ** 26;
/** Only texts up to this are deflated: a few kilobytes must not unfold into gigabytes. */
export const MOST_DEFLATED_BYTES = 2 ** 26;
/** Of a run's name and of a file's: file systems take 255 bytes. */
export const MOST_NAME = 120;

/** An archive cannot be used; the message names the entry, or the archive, and says what is wrong. Nothing was stored. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';

  /** `entry`: its path as it stands in the archive; null: the archive as a whole. */
  constructor(entry: string | null, problem: string) {
    super(`${entry === null ? 'archive' : quoted(entry)}: ${problem}`);
  }
}

/** A name from outside as it can be shown: no control characters, no end of its own, not endless. */
export function quoted(name: string): string {
  const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
  // What JSON leaves as it is: further controls, and marks that turn the direction of writing.
  return shown.replaceAll(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Throws an ArchiveError for more bytes than a file of this name may have. */
export function checkSize(path: string, bytes: number): void {
  const most = path.endsWith('.safetensors') ? MOST_FILE_BYTES : MOST_TEXT_BYTES;
  if (bytes > most) throw new ArchiveError(path, `has ${bytes} bytes; ${most} are the most`);
}
