/** uPlot, wrapped once: a line chart in the page's colours, redrawn a few times a second at most. */
import uPlot from 'uplot';

export interface Line {
  /** Null where a step has no value. */
  values: readonly (number | null)[];
  dashed?: boolean;
}

export interface PlotStyle {
  accent: string;
  muted: string;
  line: string;
}

const HEIGHT = 150;
/** Steps are whole numbers, and so are the marks of their axis. */
const WHOLE = [1, 10, 100, 1000, 10_000].flatMap((unit) => [unit, 2 * unit, 5 * unit]);
const FEW = 40;
/** Redraws cost a few milliseconds each; the eye needs no more. */
const MILLISECONDS_BETWEEN_DRAWS = 250;

/** The page's colours as they compute inside `element`, in its present theme. */
function styleOf(element: HTMLElement): PlotStyle {
  const probe = document.createElement('i');
  element.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const style = { accent: colour('accent'), muted: colour('muted'), line: colour('line') };
  probe.remove();
  return style;
}

export class Plot {
  readonly #element: HTMLElement;
  readonly #format: (value: number) => string;
  readonly #observer: ResizeObserver;
  #style: PlotStyle;
  #plot: uPlot | null = null;
  #data: uPlot.AlignedData = [[]];
  #dashes: readonly boolean[] = [];
  #drawn = 0;
  #due: ReturnType<typeof setTimeout> | null = null;

  /** `format` writes the numbers of the y axis. */
  constructor(element: HTMLElement, format: (value: number) => string) {
    this.#element = element;
    this.#format = format;
    this.#style = styleOf(element);
    this.#observer = new ResizeObserver(() => {
      const width = Math.floor(element.clientWidth);
      if (width > 0 && width !== this.#plot?.width) this.#plot?.setSize({ width, height: HEIGHT });
    });
    this.#observer.observe(element);
  }

  set(steps: readonly number[], lines: readonly Line[]): void {
    this.#data = [[...steps], ...lines.map(({ values }) => [...values])];
    const dashes = lines.map(({ dashed = false }) => dashed);
    if (dashes.join() !== this.#dashes.join()) {
      this.#dashes = dashes;
      this.#plot?.destroy();
      this.#plot = null;
    }
    if (this.#due !== null) return;
    const wait = Math.max(0, this.#drawn + MILLISECONDS_BETWEEN_DRAWS - performance.now());
    this.#due = setTimeout(() => this.#draw(), wait);
  }

  /** Draws anew in the theme's colours. */
  restyle(): void {
    this.#style = styleOf(this.#element);
    this.#plot?.redraw(false, true);
  }

  destroy(): void {
    if (this.#due !== null) clearTimeout(this.#due);
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  #draw(): void {
    this.#due = null;
    this.#drawn = performance.now();
    if (this.#plot) this.#plot.setData(this.#data);
    else this.#plot = new uPlot(this.#options(), this.#data, this.#element);
  }

  #options(): uPlot.Options {
    const axis: uPlot.Axis = {
      stroke: () => this.#style.muted,
      font: '11px system-ui, sans-serif',
      grid: { stroke: () => this.#style.line, width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(80, Math.floor(this.#element.clientWidth)),
      height: HEIGHT,
      padding: [8, 14, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false } },
      axes: [
        { ...axis, size: 22, gap: 4, grid: { show: false }, space: 60, incrs: WHOLE },
        { ...axis, size: 40, gap: 4, space: 32, values: (_, splits) => splits.map(this.#format) },
      ],
      series: [
        {},
        ...this.#dashes.map((dashed): uPlot.Series => ({
          stroke: () => (dashed ? this.#style.muted : this.#style.accent),
          width: 1.5,
          dash: dashed ? [5, 4] : undefined,
          spanGaps: true,
          // Few points are worth seeing one by one; a single one would draw no line.
          points: { show: (plot) => plot.data[0].length <= FEW, size: 5 },
        })),
      ],
    };
  }
}
