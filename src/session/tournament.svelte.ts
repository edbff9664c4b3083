/** The gold judge over many checkpoints: all answer the same prompts, every two are compared, and all get a strength. */
import type { CheckpointInfo } from '../core/protocol.ts';
import { type Party } from '../core/data/blind.ts';
import { Rng } from '../core/rng.ts';
import { slices } from '../core/slices.ts';
import { messageOf } from '../core/thrown.ts';
import { type Standing, standingOf } from '../core/tournament.ts';
import { type Example, judgeResponse } from '../core/world/index.ts';
import { type BaseForm, answersOf, contendersOf, judgedExamples, partyOf } from './contenders.ts';
import type { Page } from './session.svelte.ts';
import { worldOf } from './worlds.ts';

export const MOST_CONTENDERS = 8;
export const PROMPT_COUNTS = [100, 200, 500, 1000] as const;
export type PromptCount = (typeof PROMPT_COUNTS)[number];
/** Prompts a call of the worker. */
const BATCH = 64;

/** What came of it; of this visit. */
export interface Outcome {
  contenders: readonly { checkpoint: CheckpointInfo; party: Party }[];
  prompts: number;
  temperature: 0 | 1;
  standing: Standing;
}

export class Tournament {
  temperature = $state<0 | 1>(1);
  baseForm = $state<BaseForm>('wrapper');
  prompts = $state<PromptCount>(200);
  /** Share of the answers that are there; null while none are being written. */
  progress = $state<number | null>(null);
  outcome = $state.raw<Outcome | null>(null);
  error = $state.raw<string | null>(null);
  /** By key; null: the usual ones. */
  #chosen = $state.raw<readonly string[] | null>(null);
  #cancelled = false;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Who can take part. */
  get available(): readonly CheckpointInfo[] {
    return contendersOf(this.#page.checkpoints.answering, this.#page.settings.preset);
  }

  /** Who takes part: by default the answering models of this run and the shipped ones, as many as may. */
  get chosen(): readonly CheckpointInfo[] {
    const { preset, seed } = this.#page.settings;
    const keys = this.#chosen;
    if (keys) return this.available.filter(({ key }) => keys.includes(key));
    const own = (each: CheckpointInfo): boolean => !each.shipped && each.preset === preset && each.seed === seed;
    return this.available.filter((each) => each.shipped || own(each)).slice(0, MOST_CONTENDERS);
  }

  choose(key: string, takesPart: boolean): void {
    const others = this.chosen.map((each) => each.key).filter((each) => each !== key);
    this.#chosen = takesPart ? [...others, key] : others;
  }

  get ready(): boolean {
    return this.progress === null && this.chosen.length >= 2 && this.chosen.length <= MOST_CONTENDERS;
  }

  /** Ends after the answers that are being written; what was shown before stays. */
  cancel(): void {
    this.#cancelled = true;
  }

  async start(): Promise<void> {
    if (!this.ready) return;
    this.progress = 0;
    this.error = null;
    this.#cancelled = false;
    try {
      this.outcome = (await this.#play()) ?? this.outcome;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.progress = null;
    }
  }

  /** Null when it was cancelled. */
  async #play(): Promise<Outcome | null> {
    const { prompts, temperature, baseForm } = this;
    const contenders = this.chosen.map((checkpoint) => ({ checkpoint, party: partyOf(checkpoint, baseForm) }));
    const world = worldOf(this.#page.settings.preset);
    const breathe = slices();
    const batches: { first: number; examples: Example[] }[] = [];
    for (let first = 0; first < prompts; first += BATCH) {
      await breathe();
      batches.push({ first, examples: judgedExamples(world, first, Math.min(BATCH, prompts - first)) });
    }
    const scores: number[][] = [];
    let written = 0;
    for (const { party } of contenders) {
      const gold: number[] = [];
      for (const { first, examples } of batches) {
        if (this.#cancelled) return null;
        const answers = await answersOf(this.#page.trainer, world, party, { first, examples, temperature });
        gold.push(...answers.map(({ text, ended }, i) => judgeResponse(examples[i]!, text, ended).gold));
        written += examples.length;
        this.progress = written / (contenders.length * prompts);
      }
      scores.push(gold);
    }
    const steps = standingOf(scores, Rng.fromSeed(0, 'page', 'tournament'));
    for (;;) {
      const { done, value } = steps.next();
      if (done) return { contenders, prompts, temperature, standing: value };
      await breathe();
    }
  }
}
