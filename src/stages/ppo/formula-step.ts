/** A step of a computation as it is shown. Its formulas are written as `parseMaths` takes them. */
import type { SourcePlace } from '../../core/sources.ts';

export interface FormulaStep {
  name: string;
  /** "ρ = exp ( … )", without numbers. */
  formula: string;
  /** The same with them; undefined where they would say no more, or are not known. */
  numbers?: string | undefined;
  result?: string | undefined;
  /** What the letters stand for. */
  note?: string | undefined;
  /** The source that computes it. */
  place: SourcePlace;
}
