/** What storage has to say that no caller waits for: each is told once, to whoever listens in this window or worker. */
import type { StorageError } from '../core/storage-errors.ts';

let listener: (trouble: StorageError) => void = () => undefined;

/** `hear` gets what is told from now on, in place of whoever listened before. */
export function onTrouble(hear: (trouble: StorageError) => void): void {
  listener = hear;
}

export function tell(trouble: StorageError): void {
  listener(trouble);
}
