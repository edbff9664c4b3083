/** What a run drew and showed while it trained: the points of its curves, and what stood beside them. */
import type { Continuation, ProgressEvent, Sample, TokenLosses } from './protocol.ts';
import type { StageName } from './reports.ts';

/** The points of a stage's curves; all arrays are of one length. */
export interface StoredCurves {
  steps: number[];
  /** Tokens read and seconds computed up to each point; earlier versions of this page did not keep them. */
  tokens?: number[];
  seconds?: number[];
  columns: Record<string, (number | null)[]>;
}

/** Of one stage. */
export interface Drawing extends StoredCurves {
  /** What the stage was made from, see `standingUpTo`; earlier versions did not keep it. */
  origin?: number | undefined;
  samples: { step: number; samples: readonly Sample[] } | null;
  /** What the base model wrote while it was pretrained, oldest first; earlier versions did not keep it. */
  continuations?: readonly { step: number; continuations: readonly Continuation[] }[];
  /** What instruction tuning minimised at the step that was shown last; earlier versions did not keep it. */
  tokenLosses?: { step: number; rows: readonly TokenLosses[] } | null;
  /** How far the stage had got. */
  progress: ProgressEvent | null;
}

export type Drawings = Partial<Record<StageName, Drawing>>;

/**
 * Up to which step what was `drawn` of a stage, made from what that number stands for, stands when the stage goes on after
 * `step` from `origin`: of something else nothing does. What is not known counts as the same.
 */
export function standingUpTo(step: number, drawn: number | undefined, origin: number | undefined): number {
  return drawn === undefined || origin === undefined || drawn === origin ? step : 0;
}

/** The metrics of a stage over its steps, as columns. */
export class CurvePoints {
  protected readonly points: number[] = [];
  /** Null where the first points come from a drawing that did not keep them. */
  protected costs: { tokens: number[]; seconds: number[] } | null = { tokens: [], seconds: [] };
  protected readonly columns = new Map<string, (number | null)[]>();

  /** Adds points. Steps that repeat the last metrics (evaluation after training) draw nothing. */
  add(events: readonly ProgressEvent[]): void {
    for (const { step, tokens, seconds, metrics } of events) {
      const names = Object.keys(metrics);
      if (names.every((name) => this.columns.get(name)?.at(-1) === metrics[name])) continue;
      // A run that went on from a snapshot draws anew what it repeats.
      this.cut(step - 1);
      this.points.push(step);
      this.costs?.tokens.push(tokens);
      this.costs?.seconds.push(seconds);
      for (const name of names)
        if (!this.columns.has(name)) this.columns.set(name, new Array<null>(this.points.length - 1).fill(null));
      for (const [name, column] of this.columns) column.push(metrics[name] ?? null);
    }
  }

  /** Takes away the points after `step`. */
  cut(step: number): void {
    while (this.points.length > 0 && (this.points.at(-1) as number) > step) {
      this.points.pop();
      this.costs?.tokens.pop();
      this.costs?.seconds.pop();
      for (const column of this.columns.values()) column.pop();
    }
  }

  /** A copy to store. */
  toStored(): StoredCurves {
    const columns = [...this.columns].map(([name, column]): [string, (number | null)[]] => [name, [...column]]);
    return {
      steps: [...this.points],
      ...(this.costs ? { tokens: [...this.costs.tokens], seconds: [...this.costs.seconds] } : {}),
      columns: Object.fromEntries(columns),
    };
  }

  /** Draws what was stored. */
  restore({ steps, tokens, seconds, columns }: StoredCurves): void {
    this.clear();
    this.points.push(...steps);
    this.costs = tokens && seconds ? { tokens: [...tokens], seconds: [...seconds] } : null;
    for (const [name, column] of Object.entries(columns)) this.columns.set(name, [...column]);
  }

  clear(): void {
    this.points.length = 0;
    this.costs = { tokens: [], seconds: [] };
    this.columns.clear();
  }
}
