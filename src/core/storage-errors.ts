/** What can go wrong with stored files; the messages say what was done with them. */

/** What is stored cannot be used, or something could not be stored. */
export class StorageError extends Error {
  override name = 'StorageError';
}

/** A newer version of this page wrote it: not to be read, and not to be touched. */
export class NewerFileError extends StorageError {
  override name = 'NewerFileError';
}

/** A stored file was damaged; it has been set aside. */
export class DamagedFileError extends StorageError {
  override name = 'DamagedFileError';
  /** As it was called. */
  readonly file: string;

  constructor(run: string, file: string, what: string) {
    super(`stored file "${run}/${file}": ${what}`);
    this.file = file;
  }
}

/** There is no room. What was to be stored was not, and nothing that was there before has changed. */
export class StorageFullError extends StorageError {
  override name = 'StorageFullError';
  /** How much was to be stored. */
  readonly bytes: number;

  constructor(message: string, bytes: number, options?: ErrorOptions) {
    super(message, options);
    this.bytes = bytes;
  }
}
