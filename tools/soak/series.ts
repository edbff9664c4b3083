/** What a soak measured, and what is to be said of it. */
import { columns } from '../table.ts';
import { trendOf } from './trend.ts';

/** Measured after one run after another, at rest. */
export interface Series {
  name: string;
  /** Counts are to be the same to the one; sizes may breathe around a level; what V8 does with code is only told. */
  judged: 'exact' | 'trend' | 'no';
  values: number[];
}

export const series = (name: string, judged: Series['judged']): Series => ({ name, judged, values: [] });

const SAYS: Readonly<Record<Series['judged'], string>> = { exact: 'constant', trend: 'within noise', no: '' };

const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** Whether it grows. Throws a RangeError for fewer than three samples. */
export function grows({ judged, values }: Series): boolean {
  if (judged === 'no') return false;
  return judged === 'exact' ? values.some((value) => value !== values[0]) : !trendOf(values).steady;
}

export function tableOf(all: readonly Series[]): string {
  const rows = all.map((each) => {
    const { mean, growth, margin } = trendOf(each.values);
    const says = grows(each) ? 'GROWS' : SAYS[each.judged];
    return [each.name, `${each.values.length}`, whole(mean), `${whole(growth)} ± ${whole(margin)}`, says];
  });
  return columns([['', 'samples', 'mean', 'growth, 95 %', ''], ...rows]);
}
