/**
 * How far people agree who put the same units into the same categories, beyond what chance alone would make alike.
 *
 * Cohen 1960, "A coefficient of agreement for nominal scales", for two people; Krippendorff 2004, "Content analysis",
 * chapter 11, for any number of people of whom each judged only some of the units.
 */
import { type Rate, rate } from './stats.ts';

/** What people said of one unit, by their names. */
export type Judged<Category> = ReadonlyMap<string, Category>;

export interface Kappa {
  /** 1: always the same; 0: as chance would have it. Null where there is no chance of differing, or no common unit. */
  kappa: number | null;
  /** Units that both judged. */
  n: number;
}

/** Cohen's κ = (p_o − p_e) / (1 − p_e) of two people, over the units that both judged. */
export function cohensKappa<C>(units: Iterable<Judged<C>>, one: string, other: string): Kappa {
  /** How often each of the two chose a category. */
  const [byOne, byOther] = [new Map<C, number>(), new Map<C, number>()];
  let n = 0;
  let same = 0;
  for (const unit of units) {
    const a = unit.get(one);
    const b = unit.get(other);
    if (a === undefined || b === undefined) continue;
    n += 1;
    if (a === b) same += 1;
    byOne.set(a, (byOne.get(a) ?? 0) + 1);
    byOther.set(b, (byOther.get(b) ?? 0) + 1);
  }
  // n² p_e. Whole numbers do not round, so that certain agreement is seen to be certain.
  let chance = 0;
  for (const [category, count] of byOne) chance += count * (byOther.get(category) ?? 0);
  return { kappa: chance === n * n ? null : (n * same - chance) / (n * n - chance), n };
}

/**
 * Krippendorff's α = 1 − D_o / D_e for categories without order. D_o: disagreement within units; D_e: of values drawn
 * from all units. Units with fewer than two judgements do not count. Null where all values are the same, or there are none:
 * there is nothing then that people could agree about.
 */
export function krippendorffsAlpha<C>(units: Iterable<Judged<C>>): number | null {
  const totals = new Map<C, number>();
  let n = 0;
  /** n D_o */
  let observed = 0;
  for (const unit of units) {
    if (unit.size < 2) continue;
    n += unit.size;
    observed += differingPairs(unit) / (unit.size - 1);
    for (const category of unit.values()) totals.set(category, (totals.get(category) ?? 0) + 1);
  }
  /** n (n − 1) D_e */
  let expected = n * n;
  for (const total of totals.values()) expected -= total * total;
  return expected === 0 ? null : 1 - ((n - 1) * observed) / expected;
}

/**
 * The share of pairs of people who say the same, averaged over the units that two people or more judged. Units are what
 * the interval counts: of the pairs of people within one, the last follow from the first.
 */
export function observedAgreement<C>(units: Iterable<Judged<C>>): Rate {
  let agreement = 0;
  let n = 0;
  for (const unit of units) {
    const pairs = unit.size * (unit.size - 1);
    if (pairs === 0) continue;
    n += 1;
    agreement += 1 - differingPairs(unit) / pairs;
  }
  return rate(agreement, n);
}

/** The share of the others who say the same as one person, averaged over the units that this person and others judged. */
export function agreementWithOthers<C>(units: Iterable<Judged<C>>, name: string): Rate {
  let agreement = 0;
  let n = 0;
  for (const unit of units) {
    const own = unit.get(name);
    if (own === undefined || unit.size < 2) continue;
    n += 1;
    agreement += ((countsOf(unit).get(own) as number) - 1) / (unit.size - 1);
  }
  return rate(agreement, n);
}

/** Those of `names` who judged most units, `most` of them, in the order of the names. */
export function whoJudgedMost<C>(
  units: Iterable<Judged<C>>,
  names: readonly string[],
  most: number,
): readonly string[] {
  if (names.length <= most) return names;
  const counts = new Map<string, number>();
  for (const unit of units) for (const name of unit.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const kept = new Set(names.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)).slice(0, most));
  return names.filter((name) => kept.has(name));
}

/** How many people chose each category. */
export function countsOf<C>(unit: Judged<C>): Map<C, number> {
  const counts = new Map<C, number>();
  for (const category of unit.values()) counts.set(category, (counts.get(category) ?? 0) + 1);
  return counts;
}

/** Ordered pairs of people who differ about a unit. */
function differingPairs<C>(unit: Judged<C>): number {
  let pairs = unit.size ** 2;
  for (const count of countsOf(unit).values()) pairs -= count ** 2;
  return pairs;
}
