/** uPlot, wrapped once: a line chart in the page's colours, redrawn a few times a second at most. */
import uPlot from 'uplot';
import { type Points, align, logMarks, positive } from './curve-series.ts';

export interface PlotLine extends Points {
  /** A colour of the page, without the dashes before its name. */
  colour: string;
  /** Lengths drawn and left out, in pixels; solid without. */
  dash?: readonly number[];
  width?: number;
  /** 0 … 1; lines less than 1 show no single points. */
  alpha?: number;
}

/** What is drawn: the last line on top. */
export interface Scene {
  lines: readonly PlotLine[];
  /** Values that have no logarithm are left out. */
  log: boolean;
  /** Of the x axis; whole numbers alone for steps. */
  whole: boolean;
  formatX: (value: number) => string;
  formatY: (value: number) => string;
}

const HEIGHT = 150;
/** Steps are whole numbers, and so are the marks of their axis. */
const WHOLE = [1, 10, 100, 1000, 10_000, 100_000].flatMap((unit) => [unit, 2 * unit, 5 * unit]);
const FEW = 40;
/** uPlot's enumeration is there for the compiler alone, and cannot be named. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const LOGARITHMIC = 3 as uPlot.Scale.Distr;
/** Redraws cost a few milliseconds each; the eye needs no more. */
const MILLISECONDS_BETWEEN_DRAWS = 250;
const FONT = 'system-ui, sans-serif';

/** A colour of the page by its name, as it computes inside `element` in its present theme. */
export function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export class Plot {
  readonly #element: HTMLElement;
  readonly #scene: () => Scene;
  readonly #onDraw: () => void;
  readonly #observer: ResizeObserver;
  readonly #colours = new Map<string, string>();
  #plot: uPlot | null = null;
  /** What the plot was made for; another shape needs another one. */
  #shape = '';
  #drawn = 0;
  #due: ReturnType<typeof setTimeout> | null = null;

  /** `scene` is asked at each drawing, `onDraw` told of it: then places on the plot are new. */
  constructor(element: HTMLElement, scene: () => Scene, onDraw: () => void) {
    this.#element = element;
    this.#scene = scene;
    this.#onDraw = onDraw;
    this.#observer = new ResizeObserver(() => {
      if (this.#plot && this.#width !== this.#plot.width) this.changed();
    });
    this.#observer.observe(element);
  }

  /** The scene is another one: draws it, at once or when it is time again. */
  changed(): void {
    if (this.#due !== null) return;
    const wait = Math.max(0, this.#drawn + MILLISECONDS_BETWEEN_DRAWS - performance.now());
    this.#due = setTimeout(() => this.#draw(), wait);
  }

  /** Draws anew in the theme's colours. */
  restyle(): void {
    this.#colours.clear();
    this.#plot?.redraw(false, true);
  }

  /** x at a place of the window, from its left; null before the first drawing. */
  xAt(clientX: number): number | null {
    const { over } = this.#plot ?? {};
    return over ? this.#plot!.posToVal(clientX - over.getBoundingClientRect().left, 'x') : null;
  }

  /** Pixels from the left of the element to `x`; null before the first drawing. */
  leftOf(x: number): number | null {
    return this.#plot ? this.#plot.over.offsetLeft + this.#plot.valToPos(x, 'x') : null;
  }

  /** The scene on a canvas of its own, transparent, of so many device pixels; `scale` enlarges type and lines. */
  async picture(width: number, height: number, scale: number): Promise<HTMLCanvasElement> {
    const scene = this.#scene();
    const ratio = uPlot.pxRatio;
    const size = { width: width / ratio, height: height / ratio };
    const plot = await new Promise<uPlot>((done) => {
      const options = this.#options(scene, size, scale / ratio);
      const data = dataOf(scene, size.width);
      const made = new uPlot({ ...options, hooks: { draw: [() => done(made)] } }, data, document.createElement('div'));
    });
    const { canvas } = plot.ctx;
    plot.destroy();
    return canvas;
  }

  destroy(): void {
    if (this.#due !== null) clearTimeout(this.#due);
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  get #width(): number {
    return Math.max(80, Math.floor(this.#element.clientWidth));
  }

  #draw(): void {
    this.#due = null;
    this.#drawn = performance.now();
    const scene = this.#scene();
    const size = { width: this.#width, height: HEIGHT };
    const data = dataOf(scene, size.width);
    const looks = scene.lines.map(({ colour, dash, width, alpha }) => [colour, dash, width, alpha]);
    const shape = JSON.stringify([looks, scene.log, scene.whole]);
    if (this.#plot && shape === this.#shape) {
      if (size.width !== this.#plot.width) this.#plot.setSize(size);
      this.#plot.setData(data);
    } else {
      this.#shape = shape;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#options(scene, size, 1), data, this.#element);
    }
    // uPlot lays out in a microtask that it queued before this one.
    queueMicrotask(this.#onDraw);
  }

  #colour(name: string): string {
    let colour = this.#colours.get(name);
    if (colour === undefined) this.#colours.set(name, (colour = colourOf(this.#element, name)));
    return colour;
  }

  #options({ lines, log, whole }: Scene, size: { width: number; height: number }, scale: number): uPlot.Options {
    // The words may change their language under the same plot: formats are asked for at each drawing.
    const format = (name: 'formatX' | 'formatY', splits: readonly (number | null)[]): (string | null)[] => {
      const write = this.#scene()[name];
      return splits.map((split) => (split === null ? null : write(split)));
    };
    const axis: uPlot.Axis = {
      stroke: () => this.#colour('muted'),
      font: `${Math.round(11 * scale)}px ${FONT}`,
      gap: 4 * scale,
      grid: { stroke: () => this.#colour('line'), width: scale },
      ticks: { show: false },
    };
    return {
      ...size,
      padding: [8 * scale, 14 * scale, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: (_, low, high) => xRange(low, high) },
        y: log
          ? { distr: LOGARITHMIC, range: (_, low, high) => logRange(low, high) }
          : { range: (_, low, high) => linearRange(low, high) },
      },
      axes: [
        {
          ...axis,
          size: 22 * scale,
          grid: { show: false },
          space: 60 * scale,
          ...(whole ? { incrs: WHOLE } : {}),
          values: (_, splits) => format('formatX', splits),
        },
        {
          ...axis,
          size: 46 * scale,
          space: 32 * scale,
          values: (_, splits) => format('formatY', splits),
          ...(log ? { splits: (_: uPlot, __: number, low: number, high: number) => logMarks(low, high) } : {}),
          // uPlot's own would leave out what begins with another digit than 1, 2 and 5.
          filter: (_, splits) => splits,
        },
      ],
      series: [
        {},
        ...lines.map(({ colour, dash, width = 1.5, alpha = 1 }): uPlot.Series => ({
          stroke: () => this.#colour(colour),
          width: width * scale,
          alpha,
          dash: dash?.map((length) => length * scale),
          spanGaps: true,
          // Few points are worth seeing one by one; a single one would draw no line.
          points: { show: (plot, i) => alpha === 1 && isFew(plot.data[i]), size: 5 * scale },
        })),
      ],
    };
  }
}

/** The lines with two points a pixel at most. */
function dataOf({ lines, log }: Scene, pixels: number): uPlot.AlignedData {
  const drawn = log ? lines.map(({ x, y }) => ({ x, y: positive(y) })) : lines;
  const { x, ys } = align(drawn, 2 * Math.floor(pixels));
  return [x, ...ys];
}

function isFew(values: uPlot.AlignedData[number] | undefined): boolean {
  let count = 0;
  for (const value of values ?? []) if (typeof value === 'number') count += 1;
  return count <= FEW;
}

/** All there is. Where that is next to nothing beside its own size, marks would be sought for ever: then there is more. */
function xRange(low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [null, null];
  const thin = high - low < 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  return thin && low !== high ? uPlot.rangeNum(low, high, 0.1, true) : [low, high];
}

/** As uPlot has it, but where all is 0: there it would draw up to 100, which no share can reach. */
function linearRange(low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [null, null];
  return low === 0 && high === 0 ? [0, 1] : uPlot.rangeNum(low, high, 0.1, true);
}

/** A little more than there is; one decade where there is nothing. */
function logRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || low <= 0) return [1, 10];
  const air = low === high ? 2 : (high / low) ** 0.05;
  return [Math.max(Number.MIN_VALUE, low / air), Math.min(Number.MAX_VALUE, high * air)];
}
