/** Columns that grow in place; `version` tells when. */
export interface CurveSource {
  readonly version: number;
  readonly steps: readonly number[];
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
  /** Writes the present value; default three digits. */
  format?: (value: number) => string;
}
