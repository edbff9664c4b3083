/** What went wrong, as a kind that the interface puts into words, with the message of whoever noticed. */

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
  | 'address';

export interface Failure {
  kind: FailureKind;
  /** For those who look closer; English. */
  message: string;
}

const KINDS: Record<string, FailureKind> = {
  StorageError: 'storage',
  DownloadError: 'download',
  BackendError: 'device',
  DeviceLostError: 'device_lost',
  OutOfMemoryError: 'memory',
};

export class Failures {
  list = $state.raw<readonly Failure[]>([]);

  add(kind: FailureKind, message: string): void {
    if (!this.list.some((each) => each.kind === kind && each.message === message))
      this.list = [...this.list, { kind, message }];
  }

  /** An error that was thrown; `usual` is its kind where its name does not say. */
  caught(error: unknown, usual: FailureKind): void {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    // Errors of a worker come as name and message alone.
    const full = message.includes('QuotaExceededError');
    this.add(full ? 'quota' : (KINDS[name] ?? usual), message);
  }

  dismiss(failure: Failure): void {
    this.list = this.list.filter((each) => each !== failure);
  }
}
