/** One stage of the run that is shown: how far it is, what it drew, and what it reported. */
import { type Drawing, standingUpTo } from '../core/drawings.ts';
import type { Continuation, ProgressEvent, Sample, TokenLosses } from '../core/protocol.ts';
import type { StageName, StageReport } from '../core/reports.ts';
import { Curves } from './curves.svelte.ts';

/** 'stopped': began, and goes on at the next run. */
export type StageState = 'waiting' | 'running' | 'stopped' | 'done' | 'failed';

/** Speed is measured over the last seconds of computing. */
const WINDOW_SECONDS = 5;

export class StageProgress {
  readonly name: StageName;
  readonly curves = new Curves();
  state = $state<StageState>('waiting');
  progress = $state.raw<ProgressEvent | null>(null);
  samples = $state.raw<{ step: number; samples: readonly Sample[] } | null>(null);
  /** What the base model wrote while it was pretrained, oldest first. */
  continuations = $state.raw<readonly { step: number; continuations: readonly Continuation[] }[]>([]);
  /** What instruction tuning minimises, at the step that was shown last. */
  tokenLosses = $state.raw<{ step: number; rows: readonly TokenLosses[] } | null>(null);
  report = $state.raw<StageReport | null>(null);
  failure = $state.raw<{ step: number; message: string; keptStep: number | null } | null>(null);
  /** Tokens and steps a second; null until there is something to measure. */
  speed = $state.raw<{ tokens: number; steps: number } | null>(null);
  /** What the stage that was drawn last is made from. */
  #origin: number | undefined;
  #window: ProgressEvent[] = [];
  #stoppedAt = $state.raw<{ step: number; steps: number } | null>(null);

  constructor(name: StageName) {
    this.name = name;
  }

  /** Share done, 0 … 1; null where it is not known, as in a run that was cut off on an earlier visit. */
  get share(): number | null {
    if (this.state === 'done') return 1;
    const { step, steps } = this.progress ?? this.#stoppedAt ?? { step: 0, steps: 0 };
    return steps > 0 ? step / steps : null;
  }

  /** Shows what an earlier visit left unfinished. */
  stopAt(place: { step: number; steps: number }): void {
    this.state = 'stopped';
    this.#stoppedAt = place;
    this.report = null;
  }

  /** Seconds that the stage still computes, as far as one can tell. */
  get secondsLeft(): number | null {
    if (!this.progress || !this.speed || this.speed.steps === 0) return null;
    return (this.progress.steps - this.progress.step) / this.speed.steps;
  }

  /** The newest metrics, or those of the report. */
  get metrics(): Record<string, number> {
    return this.progress?.metrics ?? this.report?.metrics ?? {};
  }

  /** Goes on after `resumedAt` steps. Up to which step what was drawn stands. */
  start(resumedAt: number, origin?: number): number {
    const last = standingUpTo(resumedAt, this.#origin, origin);
    this.#origin = origin;
    if (last === 0) this.clear();
    this.report = null;
    this.state = 'running';
    this.failure = null;
    this.#window = [];
    return last;
  }

  /** Takes in what happened since the last batch. */
  advance(events: readonly ProgressEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.progress = last;
    this.curves.add(events);
    this.#window.push(...events);
    const first = this.#window.findIndex(({ seconds }) => last.seconds - seconds <= WINDOW_SECONDS);
    this.#window.splice(0, Math.max(0, first - 1));
    const oldest = this.#window[0];
    if (!oldest || last.seconds <= oldest.seconds) return;
    const seconds = last.seconds - oldest.seconds;
    this.speed = { tokens: (last.tokens - oldest.tokens) / seconds, steps: (last.step - oldest.step) / seconds };
  }

  /** Takes in what the base model wrote after `step`; a run that went on from a snapshot writes anew what it repeats. */
  wrote(step: number, continuations: readonly Continuation[]): void {
    this.continuations = [...this.continuations.filter((each) => each.step < step), { step, continuations }];
  }

  finish(report: StageReport): void {
    this.state = 'done';
    this.report = report;
    this.speed = null;
  }

  /** Draws what was drawn on an earlier visit, or in another tab. */
  restore({ origin, samples, continuations = [], tokenLosses = null, progress, ...curves }: Drawing): void {
    this.#origin = origin;
    this.curves.restore(curves);
    this.samples = samples;
    this.continuations = continuations;
    this.tokenLosses = tokenLosses;
    this.progress = progress;
  }

  clear(): void {
    this.state = 'waiting';
    this.progress = null;
    this.samples = null;
    this.continuations = [];
    this.tokenLosses = null;
    this.report = null;
    this.failure = null;
    this.speed = null;
    this.curves.clear();
    this.#window = [];
    this.#stoppedAt = null;
  }
}
