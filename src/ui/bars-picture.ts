/** Charts of bars, which are tables on the page, as a picture: one chart under another. */
import type { Bar } from './bars.ts';
import type { Picture } from './curve-image.ts';
import { colourOf } from './plot.ts';
import { imageOfSvg } from './svg-picture.ts';

export interface BarChart {
  title: string;
  bars: readonly Bar[];
  from?: number;
  to?: number;
  /** Where a line is drawn: a coin toss. */
  mark?: number;
}

/** Pixels of the page. */
const ROW = 24;
const TITLE = 32;
const LABEL = 190;
const NUMBER = 150;

/** `element`: whose colours and type are used. `scale`: device pixels a pixel of the page. */
export function pictureOfBars(charts: readonly BarChart[], element: HTMLElement, scale = 2): Picture {
  const height = charts.reduce((sum, { bars }) => sum + TITLE + ROW * bars.length, 0);
  return {
    height: height * scale,
    picture(width) {
      const page = width / scale;
      let top = 0;
      const parts = charts.map((chart) => {
        const part = `<g transform="translate(0 ${top})">${chartOf(chart, page, element)}</g>`;
        top += TITLE + ROW * chart.bars.length;
        return part;
      });
      const font = escaped(getComputedStyle(element).fontFamily);
      return imageOfSvg(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height * scale}" ` +
          `viewBox="0 0 ${page} ${height}" font-family="${font}" font-size="12">${parts.join('')}</svg>`,
      );
    },
  };
}

function chartOf({ title, bars, from = 0, to = 1, mark }: BarChart, page: number, element: HTMLElement): string {
  const colour = (name: string): string => escaped(colourOf(element, name));
  const room = page - LABEL - NUMBER;
  const place = (value: number): number => LABEL + (room * (Math.min(to, Math.max(from, value)) - from)) / (to - from);
  const block = (a: number, b: number, y: number, thick: number, fill: string): string => {
    const [left, right] = [Math.min(a, b), Math.max(a, b)];
    return `<rect x="${left}" y="${y}" width="${right - left}" height="${thick}" fill="${fill}"/>`;
  };
  const rows = bars.map(({ label, value, text, interval, second, colour: own }, i) => {
    const y = TITLE + ROW * i;
    const fill = colour(/^var\(--([\w-]+)\)$/.exec(own ?? '')?.[1] ?? 'accent');
    const thick = second === undefined ? 14 : 9;
    return [
      block(LABEL, LABEL + room, y + 2, 18, colour('sunken')),
      value === null ? '' : block(place(0), place(value), y + 4, thick, fill),
      typeof second === 'number' ? block(place(0), place(second), y + 15, 3, fill) : '',
      mark === undefined ? '' : block(place(mark), place(mark) + 1, y, 22, colour('line-strong')),
      interval ? block(place(interval.low), place(interval.high), y + 10, 2, colour('text')) : '',
      `<text x="0" y="${y + 15}" fill="${colour('text')}">${escaped(label)}</text>`,
      `<text x="${page}" y="${y + 15}" text-anchor="end" fill="${colour('text')}">${escaped(text)}</text>`,
    ].join('');
  });
  return `<text x="0" y="20" font-weight="600" fill="${colour('text')}">${escaped(title)}</text>${rows.join('')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
