/** Which finished stages of the shown run would come out otherwise today, or stand on one that would. */
import { type Ingredients, type Made, firstStale } from '../core/fingerprints.ts';
import { STAGES, type StageName } from '../core/reports.ts';
import type { StageProgress } from './stage.svelte.ts';

export class Staleness {
  /** What the finished stages were made from; null before there are any. */
  made = $state.raw<Made | null>(null);
  /** The first stale stage; null: none. */
  readonly from: StageName | null = $derived(this.#first());
  readonly #stages: Readonly<Record<StageName, Pick<StageProgress, 'state'>>>;
  readonly #today: () => Ingredients;

  /** `today`: what a run would be made from now. */
  constructor(stages: Readonly<Record<StageName, Pick<StageProgress, 'state'>>>, today: () => Ingredients) {
    this.#stages = stages;
    this.#today = today;
  }

  /** A stage that is being run anew is not stale: what it leaves behind will be of today. */
  has(stage: StageName): boolean {
    const { from } = this;
    return from !== null && this.#isDone(stage) && STAGES.indexOf(stage) >= STAGES.indexOf(from);
  }

  #isDone(stage: StageName): boolean {
    return this.#stages[stage].state === 'done';
  }

  #first(): StageName | null {
    const { made } = this;
    if (!made) return null;
    const stale = firstStale(made, this.#today());
    // What was made from a stage that has been run anew since is no part of the run any more.
    const left = (stage: StageName): boolean => this.#isDone(stage) && made.fingerprints[stage] === undefined;
    return STAGES.find((stage) => stage === stale || left(stage)) ?? null;
  }
}
