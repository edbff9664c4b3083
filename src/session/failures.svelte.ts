/** What went wrong, as a kind that the interface puts into words, with the message of whoever noticed. */
import { errorOf } from '../core/thrown.ts';

export type FailureKind =
  | 'device'
  | 'device_lost'
  | 'device_replaced'
  | 'memory'
  | 'storage'
  | 'quota'
  | 'download'
  | 'run'
  | 'crash'
  | 'elsewhere'
  | 'set_aside'
  | 'other_device'
  | 'address';

export interface Failure {
  kind: FailureKind;
  /** For those who look closer; English. */
  message: string;
}

const KINDS: Record<string, FailureKind> = {
  StorageError: 'storage',
  NewerFileError: 'storage',
  StorageFullError: 'quota',
  DamagedFileError: 'set_aside',
  DownloadError: 'download',
  BackendError: 'device',
  DeviceLostError: 'device_lost',
  OutOfMemoryError: 'memory',
  TrainedElsewhereError: 'elsewhere',
  BuildError: 'crash',
};

export class Failures {
  list = $state.raw<readonly Failure[]>([]);

  add(kind: FailureKind, message: string): void {
    // However often it was tried, there is one storage, and it is full.
    if (kind === 'quota') this.dismissKind('quota');
    if (!this.list.some((each) => each.kind === kind && each.message === message))
      this.list = [...this.list, { kind, message }];
  }

  /** An error that was thrown; `usual` is its kind where its name does not say. */
  caught(error: unknown, usual: FailureKind): void {
    const { name, message } = errorOf(error);
    // Errors of a worker come as name and message alone.
    const full = message.includes('QuotaExceededError');
    this.add(full ? 'quota' : (KINDS[name] ?? usual), message);
  }

  dismissKind(kind: FailureKind): void {
    if (this.list.some((each) => each.kind === kind)) this.list = this.list.filter((each) => each.kind !== kind);
  }

  dismiss(failure: Failure): void {
    this.list = this.list.filter((each) => each !== failure);
  }
}
