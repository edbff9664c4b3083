/** The metrics of a stage over its steps, as columns that a chart draws. */
import type { ProgressEvent } from '../core/protocol.ts';

export class Curves {
  /** Raised with each batch of points: the columns themselves grow in place. */
  version = $state(0);
  readonly #steps: number[] = [];
  readonly #columns = new Map<string, (number | null)[]>();
  #last: Record<string, number> | null = null;

  get steps(): readonly number[] {
    return this.#steps;
  }

  get length(): number {
    return this.#steps.length;
  }

  column(metric: string): readonly (number | null)[] | undefined {
    return this.#columns.get(metric);
  }

  /** Adds points. Steps that repeat the last metrics (evaluation after training) draw nothing. */
  add(events: readonly ProgressEvent[]): void {
    for (const { step, metrics } of events) {
      const names = Object.keys(metrics);
      if (names.length === 0 || (this.#last && names.every((name) => metrics[name] === this.#last?.[name]))) continue;
      // A run that went on from a snapshot draws anew what it repeats.
      while (this.#steps.length > 0 && (this.#steps.at(-1) as number) >= step) this.#pop();
      this.#steps.push(step);
      for (const name of names)
        if (!this.#columns.has(name)) this.#columns.set(name, new Array<null>(this.#steps.length - 1).fill(null));
      for (const [name, column] of this.#columns) column.push(metrics[name] ?? null);
      this.#last = metrics;
    }
    this.version += 1;
  }

  /** A copy to store. */
  toStored(): { steps: number[]; columns: Record<string, (number | null)[]> } {
    const columns = [...this.#columns].map(([name, column]): [string, (number | null)[]] => [name, [...column]]);
    return { steps: [...this.#steps], columns: Object.fromEntries(columns) };
  }

  /** Draws what was stored. */
  restore(steps: readonly number[], columns: Readonly<Record<string, readonly (number | null)[]>>): void {
    this.clear();
    this.#steps.push(...steps);
    for (const [name, column] of Object.entries(columns)) this.#columns.set(name, [...column]);
  }

  clear(): void {
    this.#steps.length = 0;
    this.#columns.clear();
    this.#last = null;
    this.version += 1;
  }

  #pop(): void {
    this.#steps.pop();
    for (const column of this.#columns.values()) column.pop();
  }
}
