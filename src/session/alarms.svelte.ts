/** The alarms of the run that is shown: looked for anew as the curves of a stage grow, and as it reports. */
import { type Alarm, WATCHED, type Watched, alarmsOf } from '../core/alarms.ts';
import { presetFor } from '../core/knobs.ts';
import type { StageName } from '../core/reports.ts';
import type { Run } from './run.svelte.ts';
import type { Page } from './session.svelte.ts';
import type { Settings } from './settings.svelte.ts';

/** Always the same one, so that nothing is drawn again for it. */
const NONE: readonly Alarm[] = [];

class StageAlarms {
  readonly list: readonly Alarm[] = $derived.by(() => this.#look());
  readonly #stage: Watched;
  readonly #run: Run;
  readonly #settings: Settings;

  constructor(stage: Watched, run: Run, settings: Settings) {
    this.#stage = stage;
    this.#run = run;
    this.#settings = settings;
  }

  #look(): readonly Alarm[] {
    const { curves, failure } = this.#run.stages[this.#stage];
    if (curves.version === 0 || (curves.length === 0 && !failure)) return NONE;
    // As it was run, not as the knobs are set by now.
    const labels = this.#run.learntFrom;
    const who = labels.startsWith('person') ? 'person' : 'simulated';
    const alarms = alarmsOf({
      stage: this.#stage,
      history: { steps: curves.steps, column: (metric) => curves.column(metric) },
      preset: presetFor(this.#settings.preset, who, this.#run.applied),
      labels,
      report: this.#run.report?.reward ?? null,
      failure,
    });
    return alarms.length > 0 ? alarms : NONE;
  }
}

export class Alarms {
  readonly #stages: Readonly<Record<Watched, StageAlarms>>;

  constructor({ run, settings }: Page) {
    const stages = WATCHED.map((stage) => [stage, new StageAlarms(stage, run, settings)]);
    this.#stages = Object.fromEntries(stages) as Record<Watched, StageAlarms>;
  }

  /** The gravest first; none of a stage that is not watched. */
  of(stage: StageName | 'data'): readonly Alarm[] {
    const found = WATCHED.find((each) => each === stage);
    return found ? this.#stages[found].list : NONE;
  }

  /** The one that was raised last, in the last stage that has any. */
  get newest(): Alarm | null {
    const list = WATCHED.map((stage) => this.of(stage)).findLast(({ length }) => length > 0) ?? NONE;
    return list.toSorted((a, b) => a.since - b.since).at(-1) ?? null;
  }
}
