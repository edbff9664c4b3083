/** The growth curves as one SVG: a column an axis, a row a quantity, light and dark. No fonts or scripts from elsewhere. */
import type { Axis, GrowthPoint, LeftOut } from './growth.ts';

export interface Series {
  name: string;
  points: readonly GrowthPoint[];
  left_out?: readonly LeftOut[];
}

const COLUMNS: readonly { axis: Axis; title: string }[] = [
  { axis: 'layers', title: 'layers' },
  { axis: 'width', title: 'width d' },
  { axis: 'time', title: 'tokens a row T' },
  { axis: 'batch', title: 'rows a batch B' },
  { axis: 'vocabulary', title: 'vocabulary V' },
];

interface Row {
  title: string;
  scale: 'log' | 'linear';
  of: (point: GrowthPoint) => number;
}

const ROWS: readonly Row[] = [
  { title: 'time a step, ms', scale: 'log', of: ({ ms }) => ms },
  { title: 'dispatches a step', scale: 'linear', of: ({ dispatches }) => dispatches },
  { title: 'GPU memory, MB', scale: 'log', of: ({ bytes }) => bytes / 1e6 },
];

const PANEL = { width: 148, height: 112, gap: 20 };
const MARGIN = { left: 64, top: 56, right: 16, bottom: 44 };
const LINE = 16;

/** Okabe and Ito's colours that stand out on white and on black. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];
const DARK_COLOURS = ['#56b4e9', '#e69f00', '#2ec4a0', '#e8a5c9'];

/** A standalone SVG. All series share the scales; throws a RangeError when there is nothing to draw. */
export function growthChart(series: readonly Series[], adapter: string): string {
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) throw new RangeError('growth chart: no points');
  const width = MARGIN.left + COLUMNS.length * (PANEL.width + PANEL.gap) - PANEL.gap + MARGIN.right;
  const foot = MARGIN.top + ROWS.length * (PANEL.height + PANEL.gap) - PANEL.gap + MARGIN.bottom;
  const notes = series.flatMap(({ left_out = [] }) =>
    left_out.map(({ size, reason }) => `left out: ${size}: ${reason}`),
  );
  const height = foot + notes.length * LINE + (notes.length > 0 ? 4 : 0);
  const title = `How a training step grows, on ${adapter}`;
  const panels = ROWS.flatMap((row, r) => {
    const y = scaleOf(points.map(row.of), row.scale, [PANEL.height, 0]);
    return COLUMNS.map(({ axis, title }, c) => {
      const left = MARGIN.left + c * (PANEL.width + PANEL.gap);
      const top = MARGIN.top + r * (PANEL.height + PANEL.gap);
      const content = panel(series, axis, row, y, { labelled: c === 0, xTitle: r === ROWS.length - 1 ? title : null });
      return `<g transform="translate(${left} ${top})">${content}</g>`;
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escape(title)}</title>
<style>
${style()}
</style>
<rect class="paper" width="${width}" height="${height}"/>
<text class="title" x="${MARGIN.left}" y="20">${escape(title)}</text>
${legend(series)}
${panels.join('\n')}
${notes.map((note, i) => `<text x="${MARGIN.left}" y="${foot + i * LINE + 8}">${escape(note)}</text>`).join('\n')}
</svg>
`;
}

function style(): string {
  const rules = (ink: string, faint: string, paper: string, colours: readonly string[]): string =>
    [
      `.paper{fill:${paper}}text{fill:${ink}}.grid{stroke:${faint}}`,
      ...colours.map((colour, i) => `.s${i}{stroke:${colour}}.d${i}{fill:${colour}}`),
    ].join('');
  return `text{font:11px system-ui,sans-serif}.title{font-size:14px;font-weight:600}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.grid{stroke-width:1;fill:none}
${rules('#24292f', '#d0d7de', '#ffffff', COLOURS)}
@media (prefers-color-scheme:dark){${rules('#e6edf3', '#3d444d', '#0d1117', DARK_COLOURS)}}`;
}

/** The names of several series, and for one what the others are. */
function legend(series: readonly Series[]): string {
  const note = 'one size varies, the others stay at 4L d128 H4 T64 B16 V512';
  if (series.length === 1) return `<text x="${MARGIN.left}" y="40">${note}</text>`;
  const entries = series.map(
    ({ name }, i) =>
      `<circle class="d${i}" cx="${MARGIN.left + 4 + i * 110}" cy="36" r="4"/><text x="${MARGIN.left + 14 + i * 110}" y="40">${escape(name)}</text>`,
  );
  return `${entries.join('')}<text x="${MARGIN.left + series.length * 110 + 14}" y="40">${note}</text>`;
}

interface Scale {
  (value: number): number;
  ticks: readonly number[];
}

function panel(
  series: readonly Series[],
  axis: Axis,
  row: Row,
  y: Scale,
  { labelled, xTitle }: { labelled: boolean; xTitle: string | null },
): string {
  const here = series.map(({ points }) => points.filter((point) => point.axis === axis));
  const values = [...new Set(here.flat().map(({ value }) => value))].sort((a, b) => a - b);
  if (values.length === 0) return '';
  const x = scaleOf(values, 'log', [10, PANEL.width - 10], false);
  const parts = y.ticks.map((tick) => `<path class="grid" d="M0 ${at(y(tick))}H${PANEL.width}"/>`);
  if (labelled) {
    parts.push(...y.ticks.map((tick) => `<text x="-6" y="${at(y(tick) + 4)}" text-anchor="end">${short(tick)}</text>`));
    parts.push(
      `<text transform="translate(-46 ${PANEL.height / 2}) rotate(-90)" text-anchor="middle">${escape(row.title)}</text>`,
    );
  }
  if (xTitle !== null) {
    const tick = (value: number): string =>
      `<text x="${at(x(value))}" y="${PANEL.height + 15}" text-anchor="middle">${short(value)}</text>`;
    parts.push(...values.map(tick));
    parts.push(`<text x="${PANEL.width / 2}" y="${PANEL.height + 33}" text-anchor="middle">${escape(xTitle)}</text>`);
  }
  here.forEach((points, i) => {
    const sorted = [...points].sort((a, b) => a.value - b.value);
    const places = sorted.map((point) => `${at(x(point.value))} ${at(y(row.of(point)))}`);
    if (places.length > 1) parts.push(`<path class="line s${i}" d="M${places.join('L')}"/>`);
    parts.push(
      ...sorted.map(
        (point, k) =>
          `<circle class="d${i}" cx="${places[k]!.split(' ')[0]!}" cy="${places[k]!.split(' ')[1]!}" r="3"><title>${escape(`${series[i]!.name}, ${point.size}: ${short(row.of(point))} (${row.title})`)}</title></circle>`,
      ),
    );
  });
  return parts.join('');
}

/** Values to the range; from 0 where linear, and padded to ticks where `padded`. */
function scaleOf(values: readonly number[], kind: Row['scale'], [from, to]: [number, number], padded = true): Scale {
  const most = Math.max(...values);
  const least = Math.min(...values);
  if (kind === 'log' && !(least > 0)) throw new RangeError(`growth chart: ${least} on a logarithmic scale`);
  let ticks: number[];
  if (kind === 'linear') ticks = linearTicks(most);
  else if (padded) ticks = logTicks(least, most);
  else ticks = [least, most];
  const transform = kind === 'log' ? Math.log : (value: number): number => value;
  const [low, high] = [transform(ticks[0]!), transform(ticks.at(-1)!)];
  const place = (value: number): number =>
    high === low ? (from + to) / 2 : from + ((to - from) * (transform(value) - low)) / (high - low);
  return Object.assign(place, { ticks });
}

/** 0 and four steps or so of 1, 2 or 5 times a power of ten, up to `most` at least. */
function linearTicks(most: number): number[] {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((candidate) => candidate >= rough)!;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => i * step);
}

/** Around `least` to `most`: powers of ten, with 2 and 5 times them between where there are less than two decades. */
function logTicks(least: number, most: number): number[] {
  const multiples = most / least < 100 ? [1, 2, 5] : [1];
  const all: number[] = [];
  for (let e = Math.floor(Math.log10(least)); e <= Math.ceil(Math.log10(most)); e++)
    all.push(...multiples.map((m) => Number(`${m}e${e}`)));
  const first = all.findLastIndex((tick) => tick <= least);
  const last = all.findIndex((tick) => tick >= most);
  return all.slice(Math.max(0, first), (last < 0 ? all.length - 1 : last) + 1);
}

const at = (x: number): string => x.toFixed(1);

/** 512, 2k, 50k, 0.5 */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1000) return `${Number((value / 1000).toPrecision(2))}k`;
  return String(Number(value.toPrecision(3)));
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
