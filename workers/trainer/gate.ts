/** Pause, step and stop: a run asks here before each step. */

/** Whether the run may take a step. */
export class Gate {
  #steps = 0;
  #stopped = false;
  #change = (): void => undefined;

  /** For a new run. */
  start(steps: number): void {
    this.#stopped = false;
    this.#steps = steps;
  }

  /** Lets `steps` more steps through. */
  allow(steps: number): void {
    this.#steps = steps;
    this.#change();
  }

  /** Whether no step may be taken now: paused, or stopped. */
  get isClosed(): boolean {
    return this.#stopped || this.#steps <= 0;
  }

  /** Whether the run waits, and will go on. */
  get isPaused(): boolean {
    return !this.#stopped && this.#steps <= 0;
  }

  stop(): void {
    this.#stopped = true;
    this.#change();
  }

  took(): void {
    this.#steps -= 1;
  }

  /** Resolves to true when a step may be taken, to false when the run is to end. */
  async pass(): Promise<boolean> {
    while (this.#steps <= 0 && !this.#stopped) await new Promise<void>((resolve) => (this.#change = resolve));
    return !this.#stopped;
  }
}
