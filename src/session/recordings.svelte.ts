/** The iterations of PPO that were recorded token by token, while they are shown; the worker stores them with the run. */
import type { IterationRecord } from '../core/microscope.ts';

export class Recordings {
  /** In order. */
  list = $state.raw<readonly IterationRecord[]>([]);

  /** Takes in an iteration. A run that went on from a snapshot records anew what it repeats. */
  add(record: IterationRecord): void {
    this.list = [...this.list.filter(({ iteration }) => iteration < record.iteration), record];
  }

  /** What was recorded up to `step` stands; what was recorded later is of no run any more. */
  restart(step: number): void {
    this.list = this.list.filter((record) => record.step <= step);
  }

  /** Shows another run, or none yet; what is stored stays. */
  clear(): void {
    this.list = [];
  }

  /** Shows what is stored. Rejects where the file is damaged. `isWanted`: whether the run is still the one that is shown. */
  async load(run: string, isWanted: () => boolean): Promise<void> {
    const { loadRecordings } = await import('../storage/microscope.ts');
    const list = await loadRecordings(run);
    if (isWanted()) this.list = list;
  }
}
