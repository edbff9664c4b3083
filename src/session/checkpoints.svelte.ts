/** The checkpoints there are: made here, and shipped with the page. */
import type { CheckpointInfo, CheckpointList } from '../core/protocol.ts';
import type { StageName } from '../core/reports.ts';
import type { Failures } from './failures.svelte.ts';
import type { Trainer } from './worker.ts';

export class Checkpoints {
  list = $state.raw<readonly CheckpointInfo[]>([]);
  /** Can be brought back; nothing else uses them. */
  deleted = $state.raw<readonly CheckpointInfo[]>([]);
  damaged = $state.raw<CheckpointList['damaged']>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  /** Called whenever the list has been read anew. */
  onload: () => void = () => undefined;
  readonly #trainer: Trainer;
  readonly #failures: Failures;

  constructor(trainer: Trainer, failures: Failures) {
    this.#trainer = trainer;
    this.#failures = failures;
  }

  /** Those that answer: a reward model gives scores. */
  get answering(): readonly CheckpointInfo[] {
    return this.list.filter(({ stage }) => stage !== 'reward');
  }

  hasShipped(stage: StageName, preset: string): boolean {
    return this.list.some((each) => each.shipped && each.stage === stage && each.preset === preset);
  }

  async load(): Promise<void> {
    try {
      const { checkpoints, deleted, damaged, missing } = await this.#trainer.checkpoints();
      this.list = checkpoints;
      this.deleted = deleted;
      this.damaged = damaged;
      this.state = 'ready';
      if (missing !== null) this.#failures.add('download', missing);
      this.onload();
    } catch (error) {
      this.state = 'failed';
      this.#failures.caught(error, 'storage');
    }
  }
}
