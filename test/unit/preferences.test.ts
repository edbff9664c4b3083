import { describe, expect, it } from 'vitest';
import { formatJsonLines } from '../../src/core/data/json-lines.ts';
import {
  type Preference,
  choiceIn,
  mergePreferences,
  pairsOf,
  personSource,
  ranksOf,
  readPreferenceLines,
  teaches,
  trainingRankings,
} from '../../src/core/data/preferences.ts';
import { choosePair, distinctResponses } from '../../src/core/data/pair-choice.ts';
import { Rng } from '../../src/core/rng.ts';
import { createWorld, makeExample } from '../../src/core/world/index.ts';

const world = createWorld('micro');
const example = makeExample(world, 'qa', 'reward', Rng.fromSeed(1));
const said = (...texts: string[]): Preference['responses'] => texts.map((text) => ({ text, ended: true }));

function preference(changes: Partial<Preference> = {}): Preference {
  return {
    version: 2,
    id: 'a1',
    example,
    responses: said('a fox .', 'sure , my friend . a fox .'),
    ranks: [1, 0],
    by: '가영',
    at: '2026-03-02T09:30:00.000Z',
    both_bad: false,
    repeats: null,
    model: 'abc',
    ...changes,
  };
}

const read = (file: string): (Preference | string)[] =>
  Array.from(readPreferenceLines(file), ({ record, problem }) => record ?? problem);

describe('preferences', () => {
  it('come back as they were written, a record a line', () => {
    const list = [
      preference(),
      preference({ id: 'a2', ranks: [0, 0], both_bad: true, example: { prompt: 'say yes' } }),
    ];
    expect(read(formatJsonLines(list))).toEqual(list);
  });

  it('of the first version open, each with an id of its own that stays the same', () => {
    const old = JSON.stringify({ version: 1, example, responses: said('a', 'b'), ranks: [0, 1], by: 'person' });
    const [first, second] = read(`${old}\n${old}\n`) as Preference[];
    expect(first).toMatchObject({ version: 2, by: 'person', at: null, ranks: [0, 1], both_bad: false });
    expect(first?.id).not.toBe(second?.id);
    expect(read(`${old}\n${old}\n`)).toEqual([first, second]);
  });

  it.each([
    ['version', { version: 3 }],
    ['responses', { responses: said('alone'), ranks: [0] }],
    ['ranks.1', { ranks: [0, -1] }],
    ['record: as many', { ranks: [0] }],
    ['record: both_bad', { both_bad: true }],
    ['by', { by: '' }],
    ['at', { at: 'yesterday' }],
    ['example', { example: { prompt: ' ' } }],
  ])('say what is wrong: %s', (field, wrong) => {
    const [problem] = read(JSON.stringify({ ...preference(), ...wrong }));
    expect(problem).toEqual(expect.stringMatching(new RegExp(`^${field}`)));
  });

  it('say the choice that they were made from', () => {
    for (const choice of ['first', 'second', 'tie', 'both_bad'] as const)
      expect(choiceIn({ ranks: ranksOf(choice), both_bad: choice === 'both_bad' })).toBe(choice);
    const four = { ranks: [2, 0, 1, 1], both_bad: false };
    expect([choiceIn(four, 0, 1), choiceIn(four, 1, 2), choiceIn(four, 2, 3)]).toEqual(['second', 'first', 'tie']);
  });

  it('teach by the pairs of different texts that they tell apart', () => {
    const four = { responses: said('a', 'b', 'a', 'c'), ranks: [0, 1, 1, 1] };
    expect(pairsOf(four).map(({ chosen, rejected }) => chosen.text + rejected.text)).toEqual(['ab', 'ac']);
    expect(teaches({ responses: said('a', 'a'), ranks: [0, 1] })).toBe(false);
    expect(teaches(preference({ ranks: [0, 0] }))).toBe(false);
  });

  it('are merged without loss: known ones once, two versions of one beside each other', () => {
    const own = [preference()];
    const others = [preference({ at: null }), preference({ ranks: [0, 1] }), preference({ id: 'b1', by: 'tom' })];
    const { merged, added, known, conflicts } = mergePreferences(own, others);
    expect([merged.length, added, known, conflicts.length]).toEqual([3, 1, 1, 1]);
    expect(mergePreferences(merged, others)).toMatchObject({ added: 0, known: 3, conflicts: [] });
  });

  it('reach the reward model in one order, whoever said them first, and are named by what they say', () => {
    const list = [
      preference(),
      preference({ id: 'b', by: 'tom', ranks: [0, 1] }),
      preference({ id: 'tie', ranks: [0, 0] }),
    ];
    const rankings = trainingRankings(list);
    expect(rankings).toHaveLength(2);
    expect(trainingRankings(list.toReversed())).toEqual(rankings);
    expect(trainingRankings(list, ['tom']).map(({ id }) => id)).toEqual(['b']);
    expect(personSource(rankings)).toMatch(/^person:2:\w+$/);
    expect(personSource(rankings)).toBe(personSource(rankings.map((each) => ({ ...each, by: 'x', id: 'y' }))));
    expect(personSource(rankings)).not.toBe(personSource(rankings.slice(1)));
  });
});

describe('the pair that is shown', () => {
  const responses = distinctResponses(said('a fox .', 'a fox .', 'sure , my friend . a fox .', 'a cat .'));

  it('differs most, while there is no reward model', () => {
    expect(responses).toHaveLength(3);
    for (let seed = 0; seed < 8; seed++) {
      const texts = choosePair(responses, Rng.fromSeed(seed))?.map(({ text }) => text);
      expect(texts).toContain('sure , my friend . a fox .');
      expect(texts).toContain('a cat .');
    }
    expect(choosePair(said('a fox .'), Rng.fromSeed(1))).toBeNull();
  });

  it('is the one that a reward model is least sure of; sides are shuffled', () => {
    const firsts = new Set<string>();
    for (let seed = 0; seed < 16; seed++) {
      const pair = choosePair(responses, Rng.fromSeed(seed), [0, 3, 0.1]);
      expect(pair?.map(({ text }) => text).sort()).toEqual(['a cat .', 'a fox .']);
      firsts.add(pair?.[0].text ?? '');
    }
    expect(firsts.size).toBe(2);
  });
});
