/** Many checkpoints under the gold judge as rows for CSV, names first. */
import type { Rate } from '../../core/stats.ts';
import type { Outcome } from '../../session/tournament.svelte.ts';

/** What a person said of a pair, by the places of the two. */
interface Judged {
  i: number;
  other: number;
  person: Rate;
}

export function standingRows({ contenders, standing, temperature }: Outcome, judged: readonly Judged[]) {
  const rows: (string | number | null)[][] = [
    ['figure', 'model', 'form', 'against', 'against_form', 'temperature', 'value', 'low', 'high', 'n'],
  ];
  const who = (i: number): [string, string] => {
    const { key, form } = contenders[i]!.party;
    return [key, form];
  };
  contenders.forEach((_, i) => {
    const strength = standing.strengths?.[i];
    if (strength) {
      const { points, low, high } = strength;
      rows.push(['bradley_terry_points', ...who(i), null, null, temperature, points, low, high, null]);
    }
    standing.rates[i]?.forEach((rate, j) => {
      if (rate) rows.push(['gold_win_rate', ...who(i), ...who(j), temperature, rate.rate, rate.low, rate.high, rate.n]);
    });
  });
  for (const { i, other, person } of judged)
    rows.push([
      ...['person_win_rate', ...who(i), ...who(other)],
      ...[temperature, person.rate, person.low, person.high, person.n],
    ]);
  return rows;
}
