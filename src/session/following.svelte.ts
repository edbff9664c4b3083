/** Follows the run that is shown while another tab trains it. */
import type { TrainerEvent } from '../core/protocol.ts';
import type { Failures } from './failures.svelte.ts';
import type { ShownRun } from './shown-run.svelte.ts';

export type FollowingEvent = Extract<TrainerEvent, { kind: 'elsewhere' | 'followed' | 'caught_up' }>;

interface Hooks {
  /** Whether the run of that name is shown, and is not trained here. */
  isShown: (run: string) => boolean;
  /** Takes in what the other tab's worker told. */
  hear: (events: readonly TrainerEvent[]) => void;
  /** Nobody trains it any more: what is stored is what it goes on from. */
  onceased: () => void;
}

export class Following {
  /** What the other tab does; null: none trains the run. */
  state = $state<'running' | 'paused' | null>(null);
  readonly #run: ShownRun;
  readonly #failures: Failures;
  readonly #hooks: Hooks;

  constructor(run: ShownRun, failures: Failures, hooks: Hooks) {
    this.#run = run;
    this.#failures = failures;
    this.#hooks = hooks;
  }

  /** What happens in another tab, unless this one shows something else by now. */
  happened(event: FollowingEvent): void {
    if (!this.#hooks.isShown(event.run)) return;
    switch (event.kind) {
      case 'elsewhere':
        this.state = event.state;
        this.#run.cutOff = false;
        if (event.state === null) {
          this.#failures.dismissKind('elsewhere');
          this.#hooks.onceased();
        }
        break;
      case 'followed':
        // The other tab's device is not this one's.
        this.#hooks.hear(event.events.filter(({ kind }) => kind !== 'device_replaced'));
        break;
      case 'caught_up':
        this.#run.draw(event.drawings);
        this.#run.recordings.list = event.iterations;
    }
  }
}
