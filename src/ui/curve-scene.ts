/** Which lines a chart has, and how each of them looks. */
import { type Values, smooth } from './curve-series.ts';
import type { CurveChart, CurveOverlay, CurveSource, XAxis } from './curves.ts';
import type { PlotLine } from './plot.ts';

export interface LineLook {
  /** A colour of the page, without the dashes before its name. */
  colour: string;
  dash?: readonly number[];
}

/** The first line is the stage's, the second is dashed. */
export function lookOf(line: number): LineLook {
  return line === 0 ? { colour: 'accent' } : { colour: 'muted', dash: [5, 4] };
}

/** Each with a dash of its own, so that colour is never alone; Curve.svelte says what the colours are. */
const OVERLAY_DASHES = [
  [7, 2],
  [2, 2],
  [9, 3, 2, 3],
  [4, 4],
] as const satisfies readonly (readonly number[])[];

export function overlayLook(overlay: number): LineLook {
  const place = overlay % OVERLAY_DASHES.length;
  return { colour: `overlay-${place + 1}`, dash: OVERLAY_DASHES[place]! };
}

/** Values of a metric, null at every step where the source has none yet. */
export function valuesOf(source: CurveSource, metric: string): Values {
  return source.column(metric) ?? source.steps.map(() => null);
}

/** Overlays beneath, then what was measured, faint where it is smoothed, then the lines themselves. */
export function linesOf(
  { lines }: CurveChart,
  source: CurveSource,
  { x, smoothing }: { x: XAxis; smoothing: number },
  overlays: readonly CurveOverlay[],
): PlotLine[] {
  const own = source.axis(x) ?? source.steps;
  const behind = overlays.flatMap(({ source: other }, i) => {
    const xs = other.axis(x);
    if (!xs) return [];
    return lines.map(({ metric }, line) => ({
      x: xs,
      y: smooth(valuesOf(other, metric), smoothing),
      width: 1,
      // One run has one colour and one dash: its second line is the faint one, without points.
      ...(line > 0 ? { alpha: 0.6 } : {}),
      ...overlayLook(i),
    }));
  });
  const measured = lines.map(({ metric }, i) => ({ x: own, y: valuesOf(source, metric), ...lookOf(i) }));
  if (smoothing === 0) return [...behind, ...measured];
  const faint = measured.map((line) => ({ ...line, alpha: 0.3, width: 1 }));
  return [...behind, ...faint, ...measured.map((line) => ({ ...line, y: smooth(line.y, smoothing) }))];
}
