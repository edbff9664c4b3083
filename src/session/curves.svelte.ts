/** The metrics of a stage over its steps, as columns that a chart draws. */
import { CurvePoints, type StoredCurves } from '../core/drawings.ts';
import type { ProgressEvent } from '../core/protocol.ts';
import type { CurveSource, XAxis } from '../ui/curves.ts';

export class Curves extends CurvePoints implements CurveSource {
  /** Raised with each batch of points: the columns themselves grow in place. */
  version = $state(0);

  get steps(): readonly number[] {
    return this.points;
  }

  get length(): number {
    return this.points.length;
  }

  get metrics(): readonly string[] {
    return [...this.columns.keys()];
  }

  axis(name: XAxis): readonly number[] | null {
    return name === 'step' ? this.points : (this.costs?.[name] ?? null);
  }

  column(metric: string): readonly (number | null)[] | undefined {
    return this.columns.get(metric);
  }

  /** The newest value of a metric, also of one that is measured now and then; null before the first. */
  latest(metric: string): number | null {
    const column = this.version >= 0 ? this.columns.get(metric) : undefined;
    return column?.findLast((value) => value !== null) ?? null;
  }

  override add(events: readonly ProgressEvent[]): void {
    super.add(events);
    this.version += 1;
  }

  override restore(stored: StoredCurves): void {
    super.restore(stored);
    this.version += 1;
  }

  override clear(): void {
    super.clear();
    this.version += 1;
  }
}
