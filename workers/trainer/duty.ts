/** Rests between steps, so that a computer stays usable, and cool, while it trains. */
import { LEAST_DUTY } from '../../src/core/duty.ts';

/** Shorter rests are saved up: a timer of a millisecond or two is never exact. */
const SHORTEST_MS = 20;
/** A longer rest is taken in pieces, so that pausing, stopping and another share are heard in between. */
const PIECE_MS = 200;

export class Duty {
  #share = 1;
  /** Milliseconds of rest that the steps so far still ask for. */
  #owed = 0;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(sleep: (milliseconds: number) => Promise<void> = sleepFor) {
    this.#sleep = sleep;
  }

  /** Throws a RangeError unless `share` is LEAST_DUTY … 1. What was owed before is forgotten. */
  set(share: number): void {
    if (!(share >= LEAST_DUTY && share <= 1)) throw new RangeError(`duty ${share}: expected ${LEAST_DUTY} … 1`);
    this.#share = share;
    this.#owed = 0;
  }

  /** After `worked` milliseconds of computing: rests, so that work is `share` of the time, unless `isOver` says to go. */
  async rest(worked: number, isOver: () => boolean): Promise<void> {
    this.#owed += worked * (1 / this.#share - 1);
    if (this.#owed < SHORTEST_MS) return;
    while (this.#owed > 0 && !isOver()) {
      const piece = Math.min(this.#owed, PIECE_MS);
      this.#owed -= piece;
      await this.#sleep(piece);
    }
  }
}

function sleepFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
