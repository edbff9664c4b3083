import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Judged,
  agreementWithOthers,
  cohensKappa,
  krippendorffsAlpha,
  observedAgreement,
  whoJudgedMost,
} from '../../src/core/agreement.ts';
import { type Unit, differencesOf, sharesOf, unitsOf } from '../../src/core/data/judgements.ts';
import type { Preference } from '../../src/core/data/preferences.ts';
import { wilson } from '../../src/core/stats.ts';

/** The units of a table with a row a person, a column a unit; "." where somebody did not judge. */
function table(rows: Record<string, string>): Map<string, string>[] {
  const entries = Object.entries(rows).map(([name, row]) => [name, row.split(' ')] as const);
  const count = entries[0]?.[1].length ?? 0;
  return Array.from(
    { length: count },
    (_, unit) =>
      new Map(entries.flatMap(([name, row]) => (row[unit] === '.' ? [] : [[name, row[unit] as string] as const]))),
  );
}

/** The units of a contingency table: rows the one person, columns the other. */
function contingency(counts: readonly (readonly number[])[]): Map<string, number>[] {
  return counts.flatMap((row, a) =>
    row.flatMap((n, b) =>
      Array.from(
        { length: n },
        () =>
          new Map([
            ['one', a],
            ['other', b],
          ]),
      ),
    ),
  );
}

/** Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C: four observers, twelve units. */
const KRIPPENDORFF = table({
  A: '1 2 3 3 2 1 4 1 2 . . .',
  B: '1 2 3 3 2 2 4 1 2 5 . 3',
  C: '. 3 3 3 2 3 4 2 2 5 1 .',
  D: '1 2 3 3 2 4 4 1 2 5 1 .',
});

/** By the matrix of coincidences, step by step as Krippendorff 2011 writes it. */
function alphaByCoincidences(units: readonly Judged<string>[]): number | null {
  const categories = [...new Set(units.flatMap((unit) => [...unit.values()]))];
  const coincidences = categories.map(() => categories.map(() => 0));
  for (const unit of units) {
    const people = [...unit.keys()];
    for (const one of people)
      for (const other of people) {
        if (one === other) continue;
        const [a, b] = [one, other].map((name) => categories.indexOf(unit.get(name) as string)) as [number, number];
        (coincidences[a] as number[])[b]! += 1 / (unit.size - 1);
      }
  }
  const totals = coincidences.map((row) => row.reduce((sum, value) => sum + value, 0));
  const n = totals.reduce((sum, value) => sum + value, 0);
  let [observed, expected] = [0, 0];
  for (const [a, row] of coincidences.entries())
    for (const [b, value] of row.entries()) {
      if (a === b) continue;
      observed += value / n;
      expected += ((totals[a] as number) * (totals[b] as number)) / (n * (n - 1));
    }
  return n === 0 || expected === 0 ? null : 1 - observed / expected;
}

/** From the proportions, as Cohen 1960 writes it. */
function kappaByProportions(units: readonly Judged<string>[], one: string, other: string): number | null {
  const common = units.filter((unit) => unit.has(one) && unit.has(other));
  const share = (test: (unit: Judged<string>) => boolean): number => common.filter(test).length / common.length;
  const observed = share((unit) => unit.get(one) === unit.get(other));
  let chance = 0;
  for (const category of ['first', 'second', 'neither'])
    chance += share((unit) => unit.get(one) === category) * share((unit) => unit.get(other) === category);
  return common.length === 0 || chance > 1 - 1e-12 ? null : (observed - chance) / (1 - chance);
}

const NAMES = ['ann', 'bob', 'cho', 'dae', 'eun'];
const manyUnits = fc.array(
  fc
    .dictionary(fc.constantFrom(...NAMES), fc.constantFrom('first', 'second', 'neither'), { maxKeys: NAMES.length })
    .map((said) => new Map(Object.entries(said))),
  { maxLength: 40 },
);

describe('Cohen’s κ', () => {
  it('is that of published tables', () => {
    // Cohen 1960, table 1, as counts of 200: p_o = .70, p_e = .41.
    const cohen = contingency([
      [88, 14, 18],
      [10, 40, 10],
      [2, 6, 12],
    ]);
    expect(cohensKappa(cohen, 'one', 'other')).toEqual({ kappa: expect.closeTo(0.29 / 0.59, 12) as number, n: 200 });
    // Fifty proposals that two readers accept or not: p_o = .7, p_e = .5.
    expect(
      cohensKappa(
        contingency([
          [20, 5],
          [10, 15],
        ]),
        'one',
        'other',
      ).kappa,
    ).toBeCloseTo(0.4, 12);
  });

  it('is 1 for the same judgements, below 0 for opposite ones, and nothing without variation or common units', () => {
    const kappa = (a: string, b: string) => cohensKappa(table({ a, b }), 'a', 'b');
    expect(kappa('x y y', 'x y y')).toEqual({ kappa: 1, n: 3 });
    expect(kappa('x y x y', 'y x y x')).toEqual({ kappa: -1, n: 4 });
    expect(kappa('x x x', 'x x x')).toEqual({ kappa: null, n: 3 });
    // One who always says the same tells nothing of the other.
    expect(kappa('x x x', 'x y x')).toEqual({ kappa: 0, n: 3 });
    expect(kappa('x . .', '. y .')).toEqual({ kappa: null, n: 0 });
    expect(cohensKappa([], 'a', 'b')).toEqual({ kappa: null, n: 0 });
  });

  it('is what the proportions give, and the same either way round', () => {
    fc.assert(
      fc.property(manyUnits, (units) => {
        const { kappa } = cohensKappa(units, 'ann', 'bob');
        const expected = kappaByProportions(units, 'ann', 'bob');
        expect(cohensKappa(units, 'bob', 'ann').kappa).toBe(kappa);
        if (expected === null) expect(kappa).toBeNull();
        else expect(kappa).toBeCloseTo(expected, 10);
      }),
    );
  });
});

describe('Krippendorff’s α', () => {
  it('is that of his own example', () => {
    expect(krippendorffsAlpha(KRIPPENDORFF)).toBeCloseTo(0.743, 3);
    expect(alphaByCoincidences(KRIPPENDORFF)).toBeCloseTo(0.743, 3);
    // Section A of the same paper: two observers, ten units, two categories.
    const binary = table({ meg: '0 1 0 0 0 0 0 0 1 0', owen: '1 1 1 0 0 1 0 0 0 0' });
    expect(krippendorffsAlpha(binary)).toBeCloseTo(0.095, 3);
  });

  it('is what the matrix of coincidences gives', () => {
    fc.assert(
      fc.property(manyUnits, (units) => {
        const alpha = krippendorffsAlpha(units);
        const expected = alphaByCoincidences(units);
        if (expected === null) expect(alpha).toBeNull();
        else expect(alpha).toBeCloseTo(expected, 10);
      }),
    );
  });

  it('does not know names: neither of people nor of categories, nor the order of anything', () => {
    fc.assert(
      fc.property(manyUnits, (units) => {
        const renamed = units
          .toReversed()
          .map(
            (unit) =>
              new Map(
                [...unit]
                  .reverse()
                  .map(([name, said]) => [
                    `${NAMES[4 - NAMES.indexOf(name)]}!`,
                    said === 'first' ? 'second' : said === 'second' ? 'first' : said,
                  ]),
              ),
          );
        const alpha = krippendorffsAlpha(units);
        if (alpha === null) expect(krippendorffsAlpha(renamed)).toBeNull();
        else expect(krippendorffsAlpha(renamed)).toBeCloseTo(alpha, 10);
        expect(observedAgreement(renamed).rate).toBeCloseTo(observedAgreement(units).rate, 10);
      }),
    );
  });

  it('is nothing for one person, for units apart, and where all values are the same', () => {
    expect(krippendorffsAlpha([])).toBeNull();
    expect(krippendorffsAlpha(table({ a: 'x y x' }))).toBeNull();
    expect(krippendorffsAlpha(table({ a: 'x y . .', b: '. . x y' }))).toBeNull();
    expect(krippendorffsAlpha(table({ a: 'x x x', b: 'x x x', c: 'x x .' }))).toBeNull();
    expect(krippendorffsAlpha(table({ a: 'x y z', b: 'x y z', c: 'x y .' }))).toBe(1);
    expect(krippendorffsAlpha(table({ a: 'x y x y', b: 'y x y x' }))).toBeLessThan(0);
  });
});

describe('the share of the same judgements', () => {
  it('is averaged over units, which its interval counts', () => {
    const units = table({ a: 'x x x .', b: 'x y x x', c: 'x y . .' });
    // All three; one pair of three; both; nobody else.
    const sum = 1 + 1 / 3 + 1;
    const observed = observedAgreement(units);
    expect(observed.n).toBe(3);
    expect(observed.rate).toBeCloseTo(sum / 3, 12);
    const { low, high } = wilson(sum, 3);
    expect(observed.low).toBeCloseTo(low, 12);
    expect(observed.high).toBeCloseTo(high, 12);
    expect(observedAgreement([])).toMatchObject({ rate: 0, n: 0 });
  });

  it('of one person is with everybody else', () => {
    const units = table({ a: 'x x x x', b: 'x y x .', c: 'x y . .' });
    expect(agreementWithOthers(units, 'a')).toMatchObject({ rate: 2 / 3, n: 3 });
    expect(agreementWithOthers(units, 'b').rate).toBeCloseTo((1 + 1 / 2 + 1) / 3, 12);
    expect(agreementWithOthers(units, 'nobody')).toMatchObject({ rate: 0, n: 0 });
  });
});

const said = (by: string, texts: string, ranks: number[], changes: Partial<Preference> = {}): Preference => ({
  version: 2,
  id: `${by} ${texts} ${ranks.join()}`,
  example: { prompt: 'say something' },
  responses: texts.split(' ').map((text) => ({ text, ended: true })),
  ranks,
  by,
  at: '2026-03-02T09:30:00.000Z',
  both_bad: false,
  repeats: null,
  model: null,
  ...changes,
});
/** Each unit with its answers in the order of the alphabet, and who called which of them the better one. */
const plain = (units: readonly Unit[]) =>
  units.map(({ prompt, responses, said: all }) => ({
    prompt,
    pair: responses.toSorted().join(' '),
    said: Object.fromEntries(
      [...all].map(([name, judgement]) => [
        name,
        { first: responses[0], second: responses[1], neither: '' }[judgement],
      ]),
    ),
  }));

describe('the units', () => {
  it('are the same on whichever side an answer stood, and rankings are all of their pairs', () => {
    const units = unitsOf([
      said('ann', 'yes no', [0, 1]),
      said('bob', 'no yes', [0, 1]),
      said('cho', 'no oh yes', [1, 0, 1]),
    ]);
    expect(plain(units)).toEqual([
      { prompt: 'say something', pair: 'no yes', said: { ann: 'yes', bob: 'no', cho: '' } },
      { prompt: 'say something', pair: 'no oh', said: { cho: 'oh' } },
      { prompt: 'say something', pair: 'oh yes', said: { cho: 'oh' } },
    ]);
  });

  it('differ by prompt, and equal texts are none', () => {
    const units = unitsOf([
      said('ann', 'yes no', [0, 1]),
      said('ann', 'yes no', [0, 1], { example: { prompt: 'say more' } }),
      said('ann', 'yes yes', [0, 1]),
    ]);
    expect(units.map(({ prompt }) => prompt)).toEqual(['say something', 'say more']);
  });

  it('keep the newest judgement, by time and not by place; without a time it is the oldest', () => {
    const at = (day: string) => ({ at: `2026-03-${day}T09:30:00.000Z` });
    const newest = said('ann', 'yes no', [0, 0], { both_bad: true, ...at('03') });
    const list = [newest, said('ann', 'yes no', [1, 0], at('02')), said('ann', 'yes no', [0, 1], { at: null })];
    expect(plain(unitsOf(list))).toMatchObject([{ said: { ann: '' } }]);
    expect(plain(unitsOf(list.slice(1)))).toMatchObject([{ said: { ann: 'no' } }]);
    expect(plain(unitsOf(list.slice(2)))).toMatchObject([{ said: { ann: 'yes' } }]);
    // Noon in Seoul is before nine in London.
    const seoul = said('ann', 'yes no', [0, 1], { at: '2026-03-03T12:00:00+09:00' });
    expect(plain(unitsOf([newest, seoul]))).toMatchObject([{ said: { ann: '' } }]);
  });

  it('contradict nobody where a text stands at two places of a ranking', () => {
    expect(plain(unitsOf([said('ann', 'yes no yes', [0, 1, 2])]))).toMatchObject([{ said: { ann: '' } }]);
  });

  it('call no kind of answer the first: people who all like one kind agree, and more than by chance', () => {
    const prompts = Array.from({ length: 200 }, (_, i) => ({ example: { prompt: `question ${i}` } }));
    const units = unitsOf(
      prompts.flatMap((prompt) => ['ann', 'bob'].map((by) => said(by, 'sure plain', [0, 1], prompt))),
    );
    const firsts = units.filter(({ responses }) => responses[0] === 'sure').length;
    expect(Math.abs(firsts - 100)).toBeLessThan(30);
    expect(krippendorffsAlpha(units.map((unit) => unit.said))).toBe(1);
  });

  it('that people differ about come most split first', () => {
    const say = (prompt: string, ...ranks: (0 | 1)[]) =>
      ranks.map((rank, i) => said(NAMES[i] as string, 'no yes', [rank, 1 - rank], { example: { prompt } }));
    const units = unitsOf([
      ...say('three to one', 0, 0, 0, 1),
      ...say('all alike', 0, 0, 0),
      ...say('one to one', 0, 1),
      ...say('two to three', 1, 0, 1, 0, 1),
      ...say('alone', 0),
    ]);
    expect(differencesOf(units).map(({ prompt }) => prompt)).toEqual(['two to three', 'one to one', 'three to one']);
  });
});

describe('who said how much', () => {
  it('is counted by kind, with first and last time', () => {
    const list = [
      said('bob', 'yes no', [0, 1], { at: null }),
      said('ann', 'yes no', [0, 1]),
      said('ann', 'yes no', [0, 0], { at: '2026-03-01T09:30:00.000Z' }),
      said('ann', 'yes no', [0, 0], { both_bad: true, at: '2026-03-04T09:30:00.000Z' }),
      said('ann', 'a b c d', [0, 1, 2, 2]),
    ];
    expect(sharesOf(list)).toEqual([
      {
        name: 'ann',
        count: 4,
        kinds: { pair: 1, ranking: 1, tie: 1, both_bad: 1 },
        first: Date.UTC(2026, 2, 1, 9, 30),
        last: Date.UTC(2026, 2, 4, 9, 30),
      },
      { name: 'bob', count: 1, kinds: { pair: 1, ranking: 0, tie: 0, both_bad: 0 }, first: null, last: null },
    ]);
  });
});

it('of thousands of people those are shown who judged most, in the order of the names', () => {
  const units = [
    new Map([['zoe', 1]]),
    new Map([['ann', 1]]),
    new Map([
      ['zoe', 1],
      ['bo', 1],
    ]),
    new Map([['bo', 2]]),
  ];
  expect(whoJudgedMost(units, ['ann', 'bo', 'zoe'], 2)).toEqual(['bo', 'zoe']);
  expect(whoJudgedMost(units, ['ann', 'bo', 'zoe'], 3)).toEqual(['ann', 'bo', 'zoe']);
});
