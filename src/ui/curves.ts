/** What a chart of metrics is drawn from. */
import type { SourcePlace } from '../core/sources.ts';

/** What a curve can be drawn over; seconds are those of computing. */
export const X_AXES = ['step', 'tokens', 'seconds'] as const;
export type XAxis = (typeof X_AXES)[number];

/** Columns that grow in place; `version` tells when. All are of one length. */
export interface CurveSource {
  readonly version: number;
  /** Names of the columns. */
  readonly metrics: readonly string[];
  readonly steps: readonly number[];
  /** x of every point, rising; null where it was not kept, as in drawings of earlier versions. */
  axis(name: XAxis): readonly number[] | null;
  /** Null where a point has no value. */
  column(metric: string): readonly (number | null)[] | undefined;
}

interface CurveLine {
  /** The field's name of the metric. */
  metric: string;
  /** Beside the line's sample, where there are two. */
  label?: string;
}

export interface CurveChart {
  title: string;
  lines: readonly CurveLine[];
  /** Writes a value; default three digits. */
  format?: (value: number) => string;
  /** The formula that is drawn. */
  source?: SourcePlace;
}

/** The same stage of another run, drawn behind. */
export interface CurveOverlay {
  name: string;
  source: CurveSource;
}

/** The runs that can be laid over the curves of a stage. */
export interface CurveOverlays {
  /** The run and the stage that are drawn: "small-0", "sft". */
  readonly own: string;
  readonly stage: string;
  /** Names of the other runs that drew this stage; null until `look` has looked. */
  readonly available: readonly string[] | null;
  readonly shown: readonly CurveOverlay[];
  /** So many at once. */
  readonly most: number;
  look(): void;
  toggle(name: string): void;
}
