import { describe, expect, it } from 'vitest';
import {
  type BlindJudgement,
  blindResult,
  goldPoints,
  isSame,
  judgementsOf,
  matchKey,
  readBlindLines,
  withoutLast,
} from '../../src/core/data/blind.ts';
import { formatJsonLines } from '../../src/core/data/json-lines.ts';
import { Rng } from '../../src/core/rng.ts';
import { wilson } from '../../src/core/stats.ts';
import { createWorld, makeExample } from '../../src/core/world/index.ts';

const world = createWorld('micro');
const ppo = { key: 'micro-0/ppo.safetensors', hash: 'aaaa', form: 'instruction' } as const;
const sft = { key: 'micro.sft.safetensors', hash: 'bbbb', form: 'instruction' } as const;
const match = { a: ppo, b: sft, temperature: 1 };

function judgement(
  number: number,
  choice: BlindJudgement['choice'],
  own: Partial<BlindJudgement> = {},
): BlindJudgement {
  const example = makeExample(world, 'qa', 'evaluation', Rng.fromSeed(number));
  const answers = [
    { text: example.answer, ended: true },
    { text: example.wrong, ended: true },
  ] as const;
  const said = { version: 1, id: `id-${number}`, by: 'mia', at: '2026-01-01T00:00:00.000Z' } as const;
  return { ...said, ...match, number, example, answers, swapped: number % 2 === 0, choice, ...own };
}
const same = (number: number): BlindJudgement => {
  const { answers } = judgement(number, 'tie');
  return judgement(number, 'tie', { answers: [answers[0], answers[0]] });
};

describe('blind judgements', () => {
  it('survive the file, and a damaged line says what is wrong', () => {
    const list = [judgement(0, 'a'), judgement(3, 'both_bad')];
    const read = [...readBlindLines(formatJsonLines(list))];
    expect(read.map(({ record }) => record)).toEqual(list);
    const bad = [...readBlindLines(`${JSON.stringify({ ...list[0], choice: 'first' })}\n{"version":2}\n`)];
    expect(bad.map(({ record }) => record)).toEqual([null, null]);
    expect(bad[0]!.problem).toContain('choice');
    expect(bad[1]!.problem).toContain('version');
  });

  it('belong to two sets of weights and a temperature, whoever is called A', () => {
    expect(matchKey(match)).toBe(matchKey({ a: sft, b: ppo, temperature: 1 }));
    expect(matchKey(match)).not.toBe(matchKey({ ...match, temperature: 0 }));
    expect(matchKey(match)).not.toBe(matchKey({ ...match, a: { ...ppo, hash: 'cccc' } }));
    expect(matchKey({ ...match, a: { ...ppo, form: 'plain' } })).not.toBe(matchKey(match));
  });

  it('are turned round where the other one is called A', () => {
    const all = [judgement(2, 'a'), judgement(0, 'both_bad'), judgement(1, 'b', { temperature: 0 })];
    expect(judgementsOf(match, all).map(({ number }) => number)).toEqual([0, 2]);
    const turned = judgementsOf({ a: sft, b: ppo, temperature: 1 }, all);
    expect(turned.map(({ choice }) => choice)).toEqual(['both_bad', 'b']);
    expect(turned[1]!.answers).toEqual([all[0]!.answers[1], all[0]!.answers[0]]);
    expect(turned[1]!.swapped).toBe(!all[0]!.swapped);
    expect(blindResult(turned).person.rate).toBeCloseTo(1 - blindResult(judgementsOf(match, all)).person.rate, 12);
  });

  it('make a win rate with ties counted half, beside gold on the same answers', () => {
    // Gold prefers A throughout, but for the one pair of equal answers.
    const list = [
      judgement(0, 'a'),
      judgement(1, 'b'),
      judgement(2, 'tie'),
      same(3),
      judgement(4, 'both_bad'),
      judgement(5, 'a'),
    ];
    const { shown, same: equal, person, gold, agreement } = blindResult(list);
    expect([shown, equal]).toEqual([5, 1]);
    expect(person).toEqual({ rate: 3.5 / 6, ...wilson(3.5, 6), n: 6 });
    expect(gold).toEqual({ rate: 5.5 / 6, ...wilson(5.5, 6), n: 6 });
    expect(agreement).toEqual({ rate: 2 / 5, ...wilson(2, 5), n: 5 });
    expect(goldPoints(list[3]!)).toBe(0.5);
    expect(isSame(list[3]!)).toBe(true);
    expect(blindResult([])).toMatchObject({ shown: 0, same: 0, person: { rate: 0, low: 0, high: 1, n: 0 } });
  });

  it('are taken back one shown pair at a time, with what was passed over on the way to it', () => {
    const list = [judgement(0, 'a'), same(1), same(2), judgement(3, 'b')];
    expect(withoutLast(list).map(({ number }) => number)).toEqual([0]);
    expect(withoutLast(withoutLast(list))).toEqual([]);
    expect(withoutLast([])).toEqual([]);
  });
});
