/** Which stage is looked at: the one that runs, until somebody looks elsewhere. */
import { STAGES, type StageName } from '../core/reports.ts';
import type { Run } from '../session/run.svelte.ts';

export class View {
  #chosen = $state<StageName | null>(null);
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  get stage(): StageName {
    return this.#chosen ?? this.#run.current ?? this.#furthest;
  }

  /** Looking at the stage that runs means to follow the run. */
  choose(stage: StageName): void {
    this.#chosen = stage === this.#run.current ? null : stage;
  }

  /** Where a run that is shown has got to; the judge only once it has judged. */
  get #furthest(): StageName {
    return STAGES.findLast((name) => this.#run.stages[name].state !== 'waiting') ?? 'base';
  }
}
