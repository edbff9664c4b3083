/** The metrics of a stage over its steps, as columns that a chart draws. */
import type { ProgressEvent } from '../core/protocol.ts';
import type { StoredCurves } from '../storage/index.ts';
import type { CurveSource, XAxis } from '../ui/curves.ts';

export class Curves implements CurveSource {
  /** Raised with each batch of points: the columns themselves grow in place. */
  version = $state(0);
  readonly #steps: number[] = [];
  /** Null where the first points come from a drawing that did not keep them. */
  #costs: { tokens: number[]; seconds: number[] } | null = { tokens: [], seconds: [] };
  readonly #columns = new Map<string, (number | null)[]>();
  #last: Record<string, number> | null = null;

  get steps(): readonly number[] {
    return this.#steps;
  }

  get length(): number {
    return this.#steps.length;
  }

  get metrics(): readonly string[] {
    return [...this.#columns.keys()];
  }

  axis(name: XAxis): readonly number[] | null {
    return name === 'step' ? this.#steps : (this.#costs?.[name] ?? null);
  }

  column(metric: string): readonly (number | null)[] | undefined {
    return this.#columns.get(metric);
  }

  /** The newest value of a metric, also of one that is measured now and then; null before the first. */
  latest(metric: string): number | null {
    const column = this.version >= 0 ? this.#columns.get(metric) : undefined;
    return column?.findLast((value) => value !== null) ?? null;
  }

  /** Adds points. Steps that repeat the last metrics (evaluation after training) draw nothing. */
  add(events: readonly ProgressEvent[]): void {
    for (const { step, tokens, seconds, metrics } of events) {
      const names = Object.keys(metrics);
      if (names.length === 0 || (this.#last && names.every((name) => metrics[name] === this.#last?.[name]))) continue;
      // A run that went on from a snapshot draws anew what it repeats.
      while (this.#steps.length > 0 && (this.#steps.at(-1) as number) >= step) this.#pop();
      this.#steps.push(step);
      this.#costs?.tokens.push(tokens);
      this.#costs?.seconds.push(seconds);
      for (const name of names)
        if (!this.#columns.has(name)) this.#columns.set(name, new Array<null>(this.#steps.length - 1).fill(null));
      for (const [name, column] of this.#columns) column.push(metrics[name] ?? null);
      this.#last = metrics;
    }
    this.version += 1;
  }

  /** A copy to store. */
  toStored(): StoredCurves {
    const columns = [...this.#columns].map(([name, column]): [string, (number | null)[]] => [name, [...column]]);
    return {
      steps: [...this.#steps],
      ...(this.#costs ? { tokens: [...this.#costs.tokens], seconds: [...this.#costs.seconds] } : {}),
      columns: Object.fromEntries(columns),
    };
  }

  /** Draws what was stored. */
  restore({ steps, tokens, seconds, columns }: StoredCurves): void {
    this.clear();
    this.#steps.push(...steps);
    this.#costs = tokens && seconds ? { tokens: [...tokens], seconds: [...seconds] } : null;
    for (const [name, column] of Object.entries(columns)) this.#columns.set(name, [...column]);
    this.version += 1;
  }

  clear(): void {
    this.#steps.length = 0;
    this.#costs = { tokens: [], seconds: [] };
    this.#columns.clear();
    this.#last = null;
    this.version += 1;
  }

  #pop(): void {
    this.#steps.pop();
    this.#costs?.tokens.pop();
    this.#costs?.seconds.pop();
    for (const column of this.#columns.values()) column.pop();
  }
}
