/** What the page hears: all events, in order, a few batches a second. */
import type { TrainerEvent } from '../../src/core/protocol.ts';

/** Batches of events are at least this far apart, so that the page draws at its ease. */
const MILLISECONDS_BETWEEN_BATCHES = 80;

/** Collects events and hands them over in batches. */
export class Outbox {
  readonly #send: (events: readonly TrainerEvent[]) => void;
  #events: TrainerEvent[] = [];
  #due = false;

  constructor(send: (events: readonly TrainerEvent[]) => void) {
    this.#send = send;
  }

  add(event: TrainerEvent): void {
    this.#events.push(event);
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      this.flush();
    }, MILLISECONDS_BETWEEN_BATCHES);
  }

  flush(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#send(events);
  }
}
