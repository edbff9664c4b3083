/** A run as it is shown: how far its stages are, what they reported and drew, and what they were made from. */
import type { Drawings } from '../core/drawings.ts';
import type { Ingredients } from '../core/fingerprints.ts';
import type { Changes } from '../core/knobs.ts';
import type { Autosaved, RunState, TrainerEvent } from '../core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../core/reports.ts';
import { Recordings } from './recordings.svelte.ts';
import { StageProgress } from './stage.svelte.ts';
import { Staleness } from './staleness.svelte.ts';

/** The stages of which a run's report holds figures. */
const FIGURES = ['sft', 'reward', 'judge'] as const;

/** What just happened, for those who do not see it. */
export type News =
  { kind: 'started' | 'done' | 'failed'; stage: StageName } | { kind: RunState | 'finished' | 'stopped' };

export class ShownRun {
  /** What this tab does with it. */
  state = $state<RunState>('idle');
  current = $state<StageName | null>(null);
  /** The tab that trained it died, or was closed. */
  cutOff = $state(false);
  /** The storage is full, and the run waits, paused, to store so many bytes; null: it does not wait. */
  waitsFor = $state<number | null>(null);
  report = $state.raw<RunReport | null>(null);
  news = $state.raw<News | null>(null);
  /** Knobs that differ from the preset in the run that was asked for last, or in the stored one. */
  applied = $state.raw<Changes>({});
  /** What its reward model learnt from, or learns from. */
  learntFrom = $state('simulated:gold');
  readonly stages: Readonly<Record<StageName, StageProgress>>;
  readonly recordings = new Recordings();
  protected readonly staleness: Staleness;

  /** `today`: what a run would be made from now. */
  constructor(today: () => Ingredients) {
    this.stages = Object.fromEntries(STAGES.map((name) => [name, new StageProgress(name)])) as ShownRun['stages'];
    this.staleness = new Staleness(this.stages, today);
  }

  get list(): readonly StageProgress[] {
    return STAGES.map((name) => this.stages[name]);
  }

  get begun(): boolean {
    return this.list.some(({ state }) => state !== 'waiting');
  }

  /** Shows what is stored of a run, or what it has come to. */
  show(report: RunReport | null): void {
    this.report = report;
    for (const stage of report?.stages ?? []) this.stages[stage.name].finish(stage);
  }

  /** Draws what the stages drew on an earlier visit, or in another tab. */
  draw(drawings: Drawings): void {
    for (const stage of this.list) {
      const drawing = drawings[stage.name];
      if (drawing && stage.state !== 'waiting') stage.restore(drawing);
    }
  }

  /** A stage begins after `resumedAt` steps, from what `origin` stands for. */
  begin(stage: StageName, resumedAt: number, origin?: number): void {
    this.current = stage;
    const last = this.stages[stage].start(resumedAt, origin);
    if (stage === 'ppo') this.recordings.restart(last);
    this.#forget(stage);
    this.news = { kind: 'started', stage };
  }

  /** Shows what an earlier visit left unfinished of a stage; it may have been done before. */
  protected stopAt({ stage, step, steps }: Autosaved): void {
    this.stages[stage].stopAt({ step, steps });
    this.#forget(stage);
  }

  /** What the stage reported before is no figure of what it does now. */
  #forget(stage: StageName): void {
    const figure = FIGURES.find((each) => each === stage);
    if (this.report && figure) this.report = { ...this.report, [figure]: undefined };
  }

  /** A stage is done. */
  finish({ stage, report, run, fingerprints }: Extract<TrainerEvent, { kind: 'stage_done' }>): void {
    this.stages[stage].finish(report);
    this.report = { ...this.#staleFigures, ...run };
    this.staleness.made = { base: run.base, labels: this.learntFrom, fingerprints };
    this.news = { kind: 'done', stage };
  }

  /** Another run is shown from now on, of which nothing is known yet. */
  protected clear(): void {
    for (const stage of this.list) stage.clear();
    this.recordings.clear();
    this.report = null;
    this.applied = {};
    this.learntFrom = 'simulated:gold';
    this.current = null;
    this.cutOff = false;
    this.staleness.made = null;
  }

  /** What stages reported that are no part of the run any more, and are shown until they are run again. */
  get #staleFigures(): Pick<RunReport, (typeof FIGURES)[number]> {
    const kept = FIGURES.filter((stage) => this.stages[stage].state === 'done');
    return Object.fromEntries(kept.map((stage) => [stage, this.report?.[stage]]));
  }
}
