/** Where one is: where one chose to be, else where the run is. */
import { STAGES } from '../core/reports.ts';
import { type Place, STOPS } from '../core/places.ts';
import type { Session } from '../session/session.svelte.ts';

export class View {
  /** Large type, and nothing that is not shown to a room. */
  presenting = $state(false);
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  get place(): Place {
    return this.#session.settings.place ?? this.#session.run.current ?? this.#furthest;
  }

  /** Looking at the stage that runs means to follow the run. */
  go(place: Place): void {
    this.#session.settings.go(place === this.#session.run.current ? null : place);
  }

  /** The stop `by` further along the rail; the first or last one stays where it is. */
  step(by: 1 | -1): void {
    const at = STOPS.findIndex((stop) => stop === this.place);
    const next = STOPS[at < 0 ? 0 : at + by];
    if (next) this.go(next);
  }

  /** Shows the stages to a room, or to one person again. */
  present(presenting: boolean): void {
    this.#session.welcomed();
    this.presenting = presenting;
    document.documentElement.toggleAttribute('data-presenting', presenting);
  }

  /** Where a run that is shown has got to: where it goes on, or the last stage that is done. */
  get #furthest(): Place {
    const { stages } = this.#session.run;
    const left = STAGES.find((name) => stages[name].state === 'stopped' || stages[name].state === 'failed');
    return left ?? STAGES.findLast((name) => stages[name].state === 'done') ?? 'base';
  }
}
