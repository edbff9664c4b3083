/** How the curves of a stage are looked at: remembered for as long as the page is open. */
import type { CurveSource, XAxis } from './curves.ts';

export class CurveView {
  /** What was chosen; a source that has not kept it is drawn over its steps. */
  wantedX = $state<XAxis>('step');
  /** Weight of the moving average, 0 … 0.99. */
  smoothing = $state(0);
  log = $state(false);
  /** The charts of all metrics are open. */
  all = $state(false);
  /** Index of the point that all charts mark. */
  cursor = $state<number | null>(null);

  xOf(source: CurveSource): XAxis {
    return source.version >= 0 && source.axis(this.wantedX) ? this.wantedX : 'step';
  }
}

const views = new WeakMap<CurveSource, CurveView>();

/** The one view of what is drawn from `source`. */
export function viewOf(source: CurveSource): CurveView {
  const found = views.get(source) ?? new CurveView();
  views.set(source, found);
  return found;
}
