import { describe, expect, it } from 'vitest';
import { rankResponses, TASTES, tasteScore, type Response, type Taste } from '../../src/core/data/labellers.ts';
import { Rng } from '../../src/core/rng.ts';
import { createWorld, demonstrate, drawExample, judgeResponse, preferenceMix } from '../../src/core/world/index.ts';

const town = createWorld('town');
const ended = (text: string): Response => ({ text, ended: true });

/** How often the labeller prefers the response with the higher gold, on pairs of demonstrations that differ in it. */
function agreement(taste: Taste): number {
  const rng = Rng.fromSeed(1, taste);
  let agreed = 0;
  let pairs = 0;
  while (pairs < 4000) {
    const example = drawExample(town, preferenceMix(town), 'reward', rng);
    const responses = [ended(demonstrate(town, example, rng)), ended(demonstrate(town, example, rng))] as const;
    const [a, b] = responses.map(({ text }) => judgeResponse(example, text, true).gold) as [number, number];
    if (a === b) continue;
    const [rankA, rankB] = rankResponses(taste, example, responses, rng) as [number, number];
    pairs++;
    if (rankA < rankB === a > b) agreed++;
  }
  return agreed / pairs;
}

describe('simulated labellers', () => {
  it('with gold’s taste agree with gold as often as people agree; careless ones less', () => {
    const gold = agreement('gold');
    expect(gold).toBeGreaterThan(0.85);
    expect(gold).toBeLessThan(0.95);
    const careless = agreement('careless');
    expect(careless).toBeGreaterThan(0.55);
    expect(careless).toBeLessThan(gold - 0.1);
  });

  it('give each text one rank, from 0, and identical texts the same', () => {
    const rng = Rng.fromSeed(2);
    const example = drawExample(town, { qa: 1 }, 'reward', rng);
    for (const taste of TASTES) {
      const texts = ['a fox .', 'red .', 'a fox .', 'have a nice day . a fox .'];
      const ranks = rankResponses(taste, example, texts.map(ended), rng);
      expect(ranks[0]).toBe(ranks[2]);
      expect([...new Set(ranks)].toSorted()).toEqual([0, 1, 2]);
    }
    expect(rankResponses('gold', example, [], rng)).toEqual([]);
  });

  it('have the tastes of their names', () => {
    const example = drawExample(town, { qa: 1 }, 'reward', Rng.fromSeed(3));
    const prefers = (taste: Taste, better: string, worse: string): number => {
      const rng = Rng.fromSeed(4, taste);
      let wins = 0;
      for (let i = 0; i < 500; i++)
        if (rankResponses(taste, example, [ended(better), ended(worse)], rng)[0] === 0) wins++;
      return wins / 500;
    };
    expect(prefers('polite', `${example.wrong} have a nice day .`, example.answer)).toBeGreaterThan(0.98);
    expect(prefers('polite', example.wrong, example.answer)).toBeCloseTo(0.5, 1);
    expect(prefers('short', 'red .', `${example.answer} have a nice day .`)).toBeGreaterThan(0.98);
    expect(prefers('cheerful', 'sam was happy .', example.answer)).toBeGreaterThan(0.98);
    expect(prefers('gold', example.answer, example.wrong)).toBeGreaterThan(0.98);
    expect(tasteScore('gold', example, ended(example.answer))).toBe(1);
  });

  it('are reproducible', () => {
    const example = drawExample(town, { qa: 1 }, 'reward', Rng.fromSeed(5));
    const responses = ['a', 'b', 'c', 'd'].map(ended);
    const rank = (): number[] => rankResponses('careless', example, responses, Rng.fromSeed(6));
    expect(rank()).toEqual(rank());
  });
});
