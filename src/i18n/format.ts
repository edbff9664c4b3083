/** Numbers in the current language. */
import { language, t } from './language.svelte.ts';

const formats = new Map<string, Intl.NumberFormat>();

function format(value: number, key: string, options: Intl.NumberFormatOptions): string {
  const name = `${language()} ${key}`;
  let found = formats.get(name);
  if (!found) formats.set(name, (found = new Intl.NumberFormat(language(), options)));
  return found.format(value);
}

/** With a fixed number of digits after the point, so that a changing number does not jump. */
export function fixed(value: number, digits: number): string {
  return format(value, `fixed${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** "1,234". */
export function whole(value: number): string {
  return format(value, 'whole', { maximumFractionDigits: 0 });
}

/** "42 %", from a share. */
export function percent(share: number): string {
  return `${format(share * 100, 'whole', { maximumFractionDigits: 0 })} %`;
}

/** "1.2M", "3.4만": large counts, short. */
export function short(value: number): string {
  if (value < 10_000) return whole(value < 1000 ? value : 10 * Math.round(value / 10));
  return format(value, 'short', { notation: 'compact', minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
}

/** "5.2×", "5.2배": how many times as much. */
export function times(value: number): string {
  return t().units.times(fixed(value, value >= 99.95 ? 0 : 1));
}

/** "2.4e12": numbers of operations. */
export function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(1).replace('e+', 'e');
}

/** "0.5 kB", "820 kB", "5.2 MB", "57 MB", "4.0 GB". */
export function bytes(count: number): string {
  // What would round up to 1000 of a unit is 1.0 of the next.
  if (count < 999.5e3) return `${fixed(count / 1e3, count > 0 && count < 9.95e3 ? 1 : 0)} kB`;
  if (count < 999.5e6) return `${fixed(count / 1e6, count < 9.95e6 ? 1 : 0)} MB`;
  return `${fixed(count / 1e9, 1)} GB`;
}

/** "4.2 s", "42 s", "3 min 05 s". */
export function duration(seconds: number): string {
  if (!Number.isInteger(seconds) && seconds < 9.95) return t().units.seconds(fixed(seconds, 1));
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) return t().units.seconds(String(total));
  return t().units.minutes(String(Math.floor(total / 60)), String(total % 60).padStart(2, '0'));
}

/** "31 Jan 2026, 14:05", in the order of the language. */
export function dateTime(time: Date | number): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

/** "31 Jan 2026". */
export function date(time: Date | number): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(time);
}

/** As short as it can be said: for the marks of an axis. */
export function mark(value: number): string {
  return format(value, 'mark', { maximumSignificantDigits: 4, useGrouping: false });
}

/** A metric of unknown size in about three digits. */
export function metric(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return scientific(value);
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
