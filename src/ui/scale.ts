/** Where a knob's slider runs: over what people usually choose and somewhat beyond, rates and sizes by their logarithm. */
import type { Knob } from '../core/knobs.ts';

/** Places of a logarithmic slider, and about as many of a linear one. */
const PLACES = 100;
/** Where the usual values span this much, the scale is logarithmic. */
const WIDE = 8;

export interface Scale {
  /** Of the slider; it moves by one. */
  least: number;
  most: number;
  /** The place of a value; at the end for one beyond it. */
  placeOf: (value: number) => number;
  /** The value at a place, in as few digits as tell it from its neighbours. */
  valueAt: (place: number) => number;
}

export function scaleOf({ kind, range: [least, most], usual: [low, high] }: Knob): Scale {
  return low > 0 && high / low >= WIDE
    ? logarithmic(kind, least, Math.max(least, low / 4), Math.min(most, high * 4))
    : linear(kind, Math.max(least, Math.min(low / 2, 2 * low - high)), Math.min(most, Math.max(2 * high - low, high)));
}

/** Where zero is allowed it has the first place of its own: to switch something off is worth trying. */
function logarithmic(kind: Knob['kind'], least: number, from: number, to: number): Scale {
  const zero = least === 0;
  const [first, span] = [zero ? 1 : 0, Math.log(to / from)];
  return {
    least: 0,
    most: PLACES,
    placeOf: (value) =>
      value <= 0 ? 0 : clamp(first + Math.round(((PLACES - first) * Math.log(value / from)) / span), first, PLACES),
    valueAt: (place) => {
      if (zero && place === 0) return 0;
      const value = from * Math.exp((span * (place - first)) / (PLACES - first));
      return kind === 'number' ? Number(value.toPrecision(2)) : Math.round(value);
    },
  };
}

function linear(kind: Knob['kind'], from: number, to: number): Scale {
  const fine = 10 ** Math.floor(Math.log10((to - from) / PLACES));
  const step =
    kind === 'number' ? fine * (to - from > 200 * fine ? 5 : 1) : Math.max(1, Math.round((to - from) / PLACES));
  const places = Math.round((to - from) / step);
  return {
    least: 0,
    most: places,
    placeOf: (value) => clamp(Math.round((value - from) / step), 0, places),
    valueAt: (place) => (place >= places ? to : Number((Math.ceil(from / step) * step + place * step).toPrecision(4))),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
