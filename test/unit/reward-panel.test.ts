/** What the reward model's panel computes: changes token by token, pairs by a labeller, charts of points. */
import { describe, expect, it } from 'vitest';
import type { JudgeableRanking } from '../../src/core/data/preferences.ts';
import { Rng } from '../../src/core/rng.ts';
import { wilson } from '../../src/core/stats.ts';
import { createWorld, drawExample, judgeResponse, preferenceMix } from '../../src/core/world/index.ts';
import { changesOf } from '../../src/stages/reward/changes.ts';
import { csvOfTable, placesOf } from '../../src/ui/point-chart.ts';
import { goldPairs, pairAccuracy, rankedPairs } from '../../workers/pipeline/reward-measures.ts';

describe('changesOf', () => {
  it('gives each token what it added; they sum to the reward less that of the prompt', () => {
    const scored = { before: 0.5, rewards: [1, 0.25, -2] };
    expect(changesOf(scored)).toEqual([0.5, -0.75, -2.25]);
    expect(changesOf(scored).reduce((a, b) => a + b, scored.before)).toBe(-2);
    expect(changesOf({ before: 1, rewards: [1] })).toEqual([0]);
  });
});

describe('pairs', () => {
  const world = createWorld('micro');
  const rng = Rng.fromSeed(3, 'pairs');
  const rankings: JudgeableRanking[] = Array.from({ length: 20 }, () => {
    const example = drawExample(world, preferenceMix(world), 'evaluation', rng);
    const texts = [example.answer, `shut up , idiot . ${example.answer}`, example.answer, 'i do not know .'];
    const responses = texts.map((text) => ({ text, ended: rng.chance(0.8) }));
    return { example, responses, ranks: texts.map(() => rng.int(3)) };
  });
  const scores = Float32Array.from({ length: 80 }, () => rng.normal());

  it('of the gold judge and of ranks are those found one by one', () => {
    let [clear, right, ranked] = [0, 0, 0];
    for (const [r, { example, responses, ranks }] of rankings.entries())
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 4; j++) {
          const [a, b] = [responses[i]!, responses[j]!];
          const gap = judgeResponse(example, a.text, a.ended).gold - judgeResponse(example, b.text, b.ended).gold;
          if (gap > 0.1) {
            clear += 1;
            if (scores[4 * r + i]! > scores[4 * r + j]!) right += 1;
          }
          if (ranks[i]! < ranks[j]!) ranked += 1;
        }
    const pairs = goldPairs(rankings);
    expect(pairs).toHaveLength(clear);
    expect(pairAccuracy(pairs, scores)).toEqual({ rate: right / clear, ...wilson(right, clear), n: clear });
    expect(rankedPairs(rankings)).toHaveLength(ranked);
    for (const { first, second, preferred } of rankedPairs(rankings)) {
      const { ranks } = rankings[Math.floor(first / 4)]!;
      expect(Math.floor(second / 4)).toBe(Math.floor(first / 4));
      expect(preferred).toBe(ranks[first % 4]! < ranks[second % 4]!);
    }
  });
});

describe('a chart of points', () => {
  it('places values evenly, or evenly by their logarithm', () => {
    const axis = { label: '', ticks: [], format: String };
    const linear = placesOf({ ...axis, from: 0, to: 1 }, 100, 0);
    expect([linear(0), linear(0.25), linear(1)]).toEqual([100, 75, 0]);
    const log = placesOf({ ...axis, from: 1, to: 1000, log: true }, 0, 300);
    expect([1, 10, 100, 1000].map((value) => Math.round(log(value)))).toEqual([0, 100, 200, 300]);
  });

  it('is written as CSV with whole numbers and nothing where there is none', () => {
    const columns = [
      { title: 'Labels', field: 'labels' },
      { title: 'Share', field: 'share' },
    ];
    const rows = [
      [
        { text: '1,000', value: 1000 },
        { text: '12 %', value: 0.123 },
      ],
      [
        { text: 'a', value: 'a, "b"' },
        { text: '–', value: null },
      ],
    ];
    expect(csvOfTable({ columns, rows })).toBe('labels,share\r\n1000,0.123\r\n"a, ""b""",\r\n');
  });
});
