/** A chart as a picture for a report: title, curves or bars, axes and legend on paper. */
import { colourOf } from './plot.ts';

/** What is drawn beneath the title: a plot, or an SVG. */
export interface Picture {
  /** In device pixels; as high as a curve's without. */
  height?: number;
  /** On so many device pixels, transparent; `scale` of them are one pixel of the page. */
  picture(width: number, height: number, scale: number): Promise<CanvasImageSource>;
}

export interface LegendEntry {
  text: string;
  /** As of a line of the plot. */
  colour: string;
  dash?: readonly number[];
}

export interface Captions {
  title: string;
  /** What the x axis counts. */
  x: string;
  legend: readonly LegendEntry[];
}

/** Device pixels; `SCALE` of them are one pixel of the page. */
const WIDTH = 1280;
const PLOT_HEIGHT = 620;
const SCALE = 2;
const MARGIN = 16 * SCALE;
const LINE = 20 * SCALE;
const SAMPLE = 24 * SCALE;

/** PNG. `element`: whose colours and type are used. Rejects where the browser makes none. */
export async function imageOf(plot: Picture, element: HTMLElement, { title, x, legend }: Captions): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gave no canvas to draw on');
  const { fontFamily } = getComputedStyle(element);
  const type = (size: number, weight = 400): string => `${weight} ${size * SCALE}px ${fontFamily}`;
  const small = type(12);
  const { height = PLOT_HEIGHT } = plot;

  context.font = small;
  const rows = rowsOf(legend, (text) => SAMPLE + MARGIN / 4 + context.measureText(text).width + MARGIN);
  const top = MARGIN + LINE + rows.length * LINE + MARGIN / 2;
  canvas.width = WIDTH;
  canvas.height = top + height + LINE + MARGIN / 2;
  const colour = (name: string): string => colourOf(element, name);

  context.fillStyle = colour('surface');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = 'middle';
  context.fillStyle = colour('text');
  context.font = type(15, 600);
  context.fillText(title, MARGIN, MARGIN + LINE / 2, WIDTH - 2 * MARGIN);
  context.font = small;
  for (const [row, entries] of rows.entries())
    for (const { entry, left } of entries) {
      const middle = MARGIN + LINE * (row + 1.5);
      context.strokeStyle = colour(entry.colour);
      context.lineWidth = 2 * SCALE;
      context.setLineDash((entry.dash ?? []).map((length) => length * SCALE));
      context.beginPath();
      context.moveTo(MARGIN + left, middle);
      context.lineTo(MARGIN + left + SAMPLE, middle);
      context.stroke();
      context.fillText(entry.text, MARGIN + left + SAMPLE + MARGIN / 4, middle);
    }
  context.drawImage(await plot.picture(WIDTH - MARGIN, height, SCALE), MARGIN / 2, top);
  context.textAlign = 'right';
  context.fillStyle = colour('muted');
  context.fillText(x, WIDTH - MARGIN, top + height + LINE / 2);

  return new Promise((done, fail) => {
    canvas.toBlob((blob) => {
      if (blob) done(blob);
      else fail(new Error('the browser made no PNG'));
    }, 'image/png');
  });
}

/** The entries in rows as wide as the picture, each with its distance from the left. */
function rowsOf(
  legend: readonly LegendEntry[],
  widthOf: (text: string) => number,
): { entry: LegendEntry; left: number }[][] {
  const rows: { entry: LegendEntry; left: number }[][] = [];
  let left = Infinity;
  for (const entry of legend) {
    const width = widthOf(entry.text);
    if (left + width > WIDTH - 2 * MARGIN) {
      rows.push([]);
      left = 0;
    }
    rows.at(-1)?.push({ entry, left });
    left += width;
  }
  return rows;
}
