/** Whether a person says the same twice: which pair is shown again, and how often the second answer is the first one's. */
import { Rng } from '../rng.ts';
import { type Rate, rate } from '../stats.ts';
import type { Response } from './labellers.ts';
import { type Preference, choiceIn } from './preferences.ts';

/** Labels between one repeat and the next. */
const REPEAT_EVERY = 8;
/** Other labels at least between a pair and its repeat, so that it is judged again and not remembered. */
const REPEAT_AFTER = 5;

/**
 * The earlier preference whose pair comes next, with its sides swapped; null where a new pair is due. It follows from
 * what the person has said so far, `own`, oldest first: whoever takes something back and says it again sees the same
 * pairs. No pair comes a third time, and no ranking of more than two a second.
 */
export function dueRepeat(own: readonly Preference[]): Preference | null {
  const sinceLast = own.length - 1 - own.findLastIndex(({ repeats }) => repeats !== null);
  if (sinceLast < REPEAT_EVERY) return null;
  const repeated = new Set(own.map(({ repeats }) => repeats));
  const candidates = own
    .slice(0, -REPEAT_AFTER)
    .filter(({ id, repeats, responses }) => repeats === null && responses.length === 2 && !repeated.has(id));
  return candidates.length === 0 ? null : Rng.fromSeed(0, 'arena/repeat', own.length).choice(candidates);
}

/** A pair's responses with their sides swapped. */
export const swapped = ({ responses }: Pick<Preference, 'responses'>): Response[] => [...responses].reverse();

/** Which text was said to be better; null: neither. "Both bad" and "no difference" teach the same. */
function better(preference: Preference): string | null {
  const choice = choiceIn(preference);
  if (choice === 'tie' || choice === 'both_bad') return null;
  return preference.responses[choice === 'first' ? 0 : 1]?.text ?? null;
}

/** The share of repeated pairs that were answered the same way both times. Repeats of what is gone do not count. */
export function consistency(own: readonly Preference[]): Rate {
  const byId = new Map(own.map((each) => [each.id, each]));
  const twice = own.flatMap((again) => {
    const first = again.repeats === null ? undefined : byId.get(again.repeats);
    return first ? [better(first) === better(again)] : [];
  });
  return rate(twice.filter(Boolean).length, twice.length);
}
