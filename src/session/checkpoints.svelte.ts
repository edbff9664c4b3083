/** The checkpoints there are: made here, and shipped with the page. */
import type { CheckpointInfo } from '../core/protocol.ts';
import type { StageName } from '../core/reports.ts';
import type { Failures } from './failures.svelte.ts';
import type { Trainer } from './worker.ts';

export class Checkpoints {
  list = $state.raw<readonly CheckpointInfo[]>([]);
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
      this.list = await this.#trainer.checkpoints();
    } catch (error) {
      this.#failures.caught(error, 'storage');
    }
  }
}
