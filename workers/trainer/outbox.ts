/** What the page hears: all events, in order, a few batches a second. */

/** Batches of events are at least this far apart, so that the page draws at its ease. */
const MILLISECONDS_BETWEEN_BATCHES = 80;

/** Collects events and hands them over in batches. */
export class Outbox<Event> {
  readonly #send: (events: readonly Event[]) => unknown;
  #events: Event[] = [];
  #due = false;
  #taken: Promise<unknown> = Promise.resolve();

  /** `send` may return a promise, which resolves when the batch has been taken; batches are taken in their order. */
  constructor(send: (events: readonly Event[]) => unknown) {
    this.#send = send;
  }

  add(event: Event): void {
    this.#events.push(event);
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      void this.flush();
    }, MILLISECONDS_BETWEEN_BATCHES);
  }

  /** Sends what there is now. Resolves when that, and all before it, has been taken. */
  flush(): Promise<unknown> {
    if (this.#events.length > 0) {
      const events = this.#events;
      this.#events = [];
      this.#taken = Promise.resolve(this.#send(events));
    }
    return this.#taken;
  }
}
