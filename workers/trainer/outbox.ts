/** What the page hears: all events, in order, a few batches a second. */

/** Batches of events are at least this far apart, so that the page draws at its ease. */
const MILLISECONDS_BETWEEN_BATCHES = 80;

/** Collects events and hands them over in batches. */
export class Outbox<Event> {
  readonly #send: (events: readonly Event[]) => void;
  #events: Event[] = [];
  #due = false;

  constructor(send: (events: readonly Event[]) => void) {
    this.#send = send;
  }

  add(event: Event): void {
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
