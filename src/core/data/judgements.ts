/** What people said of the same pairs of answers: the units whose judgements are compared, and who said how much. */
import { countsOf } from '../agreement.ts';
import { hash32 } from '../rng.ts';
import type { Preference } from './preferences.ts';

/** Ties, and pairs of which neither is any good, are both 'neither'. */
export type Judgement = 'first' | 'second' | 'neither';

/** One prompt with two answers to it. */
export interface Unit {
  prompt: string;
  /** Different ones, in an order of their own, on whichever side they were shown; see `inOrder`. */
  responses: readonly [first: string, second: string];
  /** What each person said last, by name. */
  said: ReadonlyMap<string, Judgement>;
}

/** Every pair that somebody judged; a ranking judges all of its pairs. */
export function unitsOf(preferences: readonly Preference[]): Unit[] {
  const units = new Map<string, Unit & { said: Map<string, Judgement> }>();
  for (const preference of inTime(preferences)) {
    const { prompt } = preference.example;
    for (const { key, responses, judgement } of judgementsIn(preference)) {
      let unit = units.get(key);
      if (!unit) units.set(key, (unit = { prompt, responses, said: new Map() }));
      unit.said.set(preference.by, judgement);
    }
  }
  return [...units.values()];
}

/** Oldest first; those of which the time is not known before all others, those of the same time as they stand. */
function inTime(preferences: readonly Preference[]): Preference[] {
  const key = (preference: Preference): number => timeOf(preference) ?? -Infinity;
  return preferences
    .map((each) => [key(each), each] as const)
    .sort(([a], [b]) => (a === b ? 0 : a - b))
    .map(([, each]) => each);
}

interface JudgedPair {
  /** Of the unit. */
  key: string;
  responses: readonly [string, string];
  judgement: Judgement;
}

const judgements = new WeakMap<Preference, readonly JudgedPair[]>();

/** A record never changes, so that a long list is not read anew for each that is added. */
function judgementsIn(preference: Preference): readonly JudgedPair[] {
  let pairs = judgements.get(preference);
  if (!pairs) judgements.set(preference, (pairs = readJudgements(preference)));
  return pairs;
}

/** Where a text stands at several places, and they do not say the same of it, it is neither better nor worse. */
function readJudgements({ example, responses, ranks }: Preference): readonly JudgedPair[] {
  const pairs = new Map<string, JudgedPair>();
  responses.forEach(({ text: a }, i) =>
    responses.slice(0, i).forEach(({ text: b }, j) => {
      if (a === b) return;
      const alphabetic = a < b ? ([a, b] as const) : ([b, a] as const);
      const key = JSON.stringify([example.prompt, ...alphabetic]);
      const ordered = inOrder(key, alphabetic);
      const gap = ((ranks[i] as number) - (ranks[j] as number)) * (ordered[0] === a ? 1 : -1);
      const judgement = gap === 0 ? 'neither' : gap < 0 ? 'first' : 'second';
      const before = pairs.get(key)?.judgement ?? judgement;
      pairs.set(key, { key, responses: ordered, judgement: before === judgement ? judgement : 'neither' });
    }),
  );
  return [...pairs.values()];
}

/**
 * Two answers in an order that depends on nothing but their unit, and on what they say as little as a toss of a coin. In
 * the order of the alphabet most polite answers ("sure , …") would be the second ones: people who all like politeness
 * would all say "second", and that would look like chance.
 */
function inOrder(key: string, [low, high]: JudgedPair['responses']): JudgedPair['responses'] {
  return hash32(key) < 2 ** 31 ? [low, high] : [high, low];
}

/** In milliseconds since 1970; null where it is not known. */
function timeOf({ at }: Preference): number | null {
  const time = Date.parse(at ?? '');
  return Number.isNaN(time) ? null : time;
}

/** Units that people judged differently, most split first: those with most people in the minority, and of those the closest. */
export function differencesOf(units: readonly Unit[]): Unit[] {
  return units
    .map((unit) => {
      const minority = unit.said.size - Math.max(...countsOf(unit.said).values());
      return { unit, minority, share: minority / unit.said.size };
    })
    .filter(({ minority }) => minority > 0)
    .sort((a, b) => b.minority - a.minority || b.share - a.share || (keyOf(a.unit) < keyOf(b.unit) ? -1 : 1))
    .map(({ unit }) => unit);
}

function keyOf({ prompt, responses }: Unit): string {
  return [prompt, ...responses].join('\n');
}

export type Kind = 'pair' | 'ranking' | 'tie' | 'both_bad';

/** What somebody said with one record. A ranking is of more than two answers. */
function kindOf({ responses, ranks, both_bad }: Preference): Kind {
  if (both_bad) return 'both_bad';
  if (responses.length > 2) return 'ranking';
  return ranks[0] === ranks[1] ? 'tie' : 'pair';
}

/** How much somebody said. */
export interface Share {
  name: string;
  count: number;
  kinds: Readonly<Record<Kind, number>>;
  /** In milliseconds since 1970; null where no record says when. */
  first: number | null;
  last: number | null;
}

/** Of everybody, by name. */
export function sharesOf(preferences: readonly Preference[]): Share[] {
  const shares = new Map<string, Share & { kinds: Record<Kind, number> }>();
  for (const preference of preferences) {
    const { by: name } = preference;
    let share = shares.get(name);
    if (!share) {
      const kinds = { pair: 0, ranking: 0, tie: 0, both_bad: 0 };
      shares.set(name, (share = { name, count: 0, kinds, first: null, last: null }));
    }
    share.count += 1;
    share.kinds[kindOf(preference)] += 1;
    const time = timeOf(preference);
    if (time === null) continue;
    share.first = Math.min(share.first ?? time, time);
    share.last = Math.max(share.last ?? time, time);
  }
  return [...shares.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
