/** The arena's arithmetic: repeats, consistency, agreement with labellers, and the rule that explains a person best. */
import { describe, expect, it } from 'vitest';
import { consistency, dueRepeat, swapped } from '../../src/core/data/consistency.ts';
import { type Response, TASTES, rankAtRandom, rankResponses, tasteScore } from '../../src/core/data/labellers.ts';
import { type Choice, type Preference, ranksOf, trainingRankings } from '../../src/core/data/preferences.ts';
import {
  RULES,
  agreementWithGold,
  agreementWithLabeller,
  likeliestRule,
  resemblance,
  ruleFigure,
  shareUnderRule,
} from '../../src/core/data/rules.ts';
import { Rng } from '../../src/core/rng.ts';
import { wilson } from '../../src/core/stats.ts';
import { type Example, createWorld, demonstrate, drawExample, preferenceMix } from '../../src/core/world/index.ts';

const world = createWorld('micro');
const ended = (text: string): Response => ({ text, ended: true });

/** Different answers of the noisy crowd to one prompt. */
function drawn(rng: Rng, count: number): { example: Example; responses: Response[] } {
  for (;;) {
    const example = drawExample(world, preferenceMix(world), 'reward', rng);
    const texts = new Set(Array.from({ length: 12 }, () => demonstrate(world, example, rng)));
    if (texts.size >= count) return { example, responses: [...texts].slice(0, count).map(ended) };
  }
}

let ids = 0;
function said(changes: Partial<Preference> & Pick<Preference, 'example' | 'responses' | 'ranks'>): Preference {
  const rest = { by: 'me', at: null, both_bad: false, repeats: null, model: null } as const;
  return { version: 2, id: `p${ids++}`, ...rest, ...changes };
}

/** What somebody says who follows a rule to the letter. */
function byRule(rule: (typeof RULES)[number], count: number, size = 2): Preference[] {
  const rng = Rng.fromSeed(7, rule);
  return Array.from({ length: count }, (_, i) => {
    const { example, responses } = drawn(rng, size);
    // Nobody in the crowd is cheerful without being polite.
    if (i % 3 === 0) responses[0] = ended('sam was happy .');
    const scores = responses.map((each) => tasteScore(rule, example, each).toFixed(6));
    const order = [...new Set(scores)].sort((a, b) => Number(b) - Number(a));
    return said({ example, responses, ranks: scores.map((score) => order.indexOf(score)) });
  });
}

describe('repeats', () => {
  const rng = Rng.fromSeed(3);
  const pair = (): Preference => said({ ...drawn(rng, 2), ranks: [0, 1] });
  const four = (): Preference => said({ ...drawn(rng, 4), ranks: [0, 1, 2, 3] });
  const again = (first: Preference, choice: Choice): Preference =>
    said({ ...first, id: `again-${first.id}`, responses: swapped(first), ranks: ranksOf(choice), repeats: first.id });

  it('come after every eighth label, of pairs at least five labels old', () => {
    const own: Preference[] = [];
    const gaps: number[] = [];
    for (let i = 0; i < 60; i++) {
      const first = dueRepeat(own);
      if (first) {
        expect(own.length - own.indexOf(first)).toBeGreaterThan(5);
        expect(first.repeats).toBeNull();
        gaps.push(i);
        own.push(again(first, 'second'));
      } else own.push(pair());
    }
    expect(gaps).toEqual([8, 17, 26, 35, 44, 53]);
    const repeated = own.flatMap(({ repeats }) => repeats ?? []);
    expect(new Set(repeated).size).toBe(repeated.length);
  });

  it('follow from what was said: taken back and said again, the same pair comes', () => {
    const own = Array.from({ length: 8 }, pair);
    const first = dueRepeat(own);
    expect(first).not.toBeNull();
    expect(dueRepeat(own.slice(0, 7))).toBeNull();
    expect(dueRepeat([...own])).toBe(first);
    expect(dueRepeat([...own, again(first!, 'tie')])).toBeNull();
  });

  it('are never of rankings', () => {
    expect(dueRepeat(Array.from({ length: 12 }, four))).toBeNull();
    const own = [pair(), ...Array.from({ length: 9 }, four)];
    expect(dueRepeat(own)).toBe(own[0]);
  });

  it('count as consistent where the same text is better, or neither', () => {
    const [a, b, c, d] = [pair(), pair(), said({ ...drawn(rng, 2), ranks: [0, 0] }), pair()];
    const own = [a, b, c, d, again(a, 'second'), again(b, 'first'), again(c, 'both_bad'), again(pair(), 'first')];
    expect(consistency(own)).toEqual({ rate: 2 / 3, n: 3, ...wilson(2, 3) });
    expect(consistency([]).n).toBe(0);
  });

  it('teach nothing a second time', () => {
    const first = pair();
    expect(trainingRankings([first, again(first, 'second')])).toEqual([first]);
  });
});

describe('agreement', () => {
  it('with gold is 1 for who judges as it does, 0 for who always says the opposite, a half for who never decides', () => {
    const own = byRule('gold', 60);
    const opposite = own.map((each) => ({ ...each, ranks: each.ranks.map((rank) => 1 - rank) }));
    const undecided = own.map((each) => ({ ...each, ranks: [0, 0] }));
    expect(agreementWithGold(own)).toMatchObject({ rate: 1 });
    expect(agreementWithGold(own).n).toBeGreaterThan(40);
    expect(agreementWithGold(opposite.filter(({ ranks }) => ranks.includes(1))).rate).toBe(0);
    expect(agreementWithGold(undecided).rate).toBe(0.5);
  });

  it.each(TASTES)('with the labeller "%s" is what its rankings come to', (taste) => {
    const own = byRule('gold', 25, 4);
    const rng = Rng.fromSeed(11, taste);
    const draws = 400;
    let agreed = 0;
    let pairs = 0;
    for (const { example, responses, ranks } of own as (Preference & { example: Example })[])
      for (let draw = 0; draw < draws; draw++) {
        const other = rankResponses(taste, example, responses, rng);
        for (let i = 0; i < 4; i++)
          for (let j = i + 1; j < 4; j++) {
            const [a, b] = [responses[i]!, responses[j]!];
            if (Math.abs(tasteScore(taste, example, a) - tasteScore(taste, example, b)) < 1e-9) continue;
            pairs++;
            if (ranks[i] === ranks[j]) agreed += 0.5;
            else if (ranks[i]! < ranks[j]! === other[i]! < other[j]!) agreed++;
          }
      }
    const agreement = agreementWithLabeller(taste, own);
    expect(agreement.n).toBe(pairs / draws);
    expect(agreement.rate).toBeCloseTo(agreed / pairs, 2);
  });

  it('leaves out repeats and prompts whose answers nobody knows', () => {
    const own = byRule('gold', 5);
    const n = agreementWithGold(own).n;
    const more = [...own, { ...own[0]!, repeats: own[0]!.id }, { ...own[0]!, example: { prompt: 'hello' } }];
    expect(agreementWithGold(more).n).toBe(n);
  });
});

describe('rules', () => {
  it.each(RULES)('"%s" is found in what its follower says', (rule) => {
    const own = byRule(rule, 40);
    expect(likeliestRule(own)?.rule).toBe(rule);
    expect(resemblance(rule, own)).toMatchObject({ rate: 1, n: 40 });
  });

  it('are none where nothing was said', () => {
    expect(likeliestRule([])).toBeNull();
  });

  it('prefer what they like, tie at a half', () => {
    const rng = Rng.fromSeed(5);
    const examples = Array.from({ length: 4 }, () => drawn(rng, 2).example);
    const plain = examples.map(() => ended('red .'));
    const polite = plain.map(({ text }) => ended(`${text} have a nice day .`));
    expect(shareUnderRule('polite', examples, polite, plain)).toEqual({ rate: 1, n: 4, ...wilson(4, 4) });
    expect(shareUnderRule('short', examples, polite, plain).rate).toBe(0);
    expect(shareUnderRule('long', examples, polite, plain).rate).toBe(1);
    expect(shareUnderRule('short', examples, plain, plain).rate).toBe(0.5);
    const mixed = [polite[0]!, ...plain.slice(1)];
    expect(shareUnderRule('cheerful', examples, mixed, plain).rate).toBe((1 + 3 / 2) / 4);
    expect(ruleFigure('polite', examples, mixed)).toBe(0.25);
    expect(ruleFigure('long', examples, mixed)).toBe((7 + 2 + 2 + 2) / 4);
  });
});

describe('noise', () => {
  it('draws every order equally often, one rank a text', () => {
    const rng = Rng.fromSeed(9);
    const responses = ['a', 'b', 'a', 'c'].map(ended);
    const orders = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const ranks = rankAtRandom(responses, rng);
      expect(ranks[0]).toBe(ranks[2]);
      orders.set(ranks.join(''), (orders.get(ranks.join('')) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
