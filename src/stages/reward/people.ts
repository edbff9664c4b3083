/** How people and what they said are written. */
import { ANONYMOUS } from '../../session/labels.svelte.ts';
import type { Preference } from '../../core/data/preferences.ts';
import { isolated, percent, t, whole } from '../../i18n/index.ts';
import type { Rate } from '../../core/stats.ts';

/** As it is shown; in records it stays the same in every language. */
export function nameOf(name: string): string {
  return name === ANONYMOUS ? t().people.anonymous : isolated(name);
}

/** "mia, tom". */
export function namesOf(names: readonly string[]): string {
  return names.map(nameOf).join(', ');
}

/** "58 % – 83 %, n = 31". */
export function intervalOf({ low, high, n }: Rate): string {
  return t().people.interval(percent(low), percent(high), whole(n));
}

/** A record in one line: "say yes → [1] no . [0] yes .", each response with its rank, 0 the best. */
export function summaryOf({ example, responses, ranks }: Preference): string {
  const ranked = responses.map(({ text }, i) => `[${ranks[i]}] ${text || t().samples.empty}`);
  return `${example.prompt} → ${ranked.join(' ')}`;
}
