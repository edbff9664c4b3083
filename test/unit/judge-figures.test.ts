import { describe, expect, it } from 'vitest';
import type { Comparison, JudgeReport, JudgedModel, ModelFigures } from '../../src/core/reports.ts';
import { rate } from '../../src/core/stats.ts';
import { figurePoints, figureRows, reportRows } from '../../src/stages/judge/figures.ts';
import { csvOfRows } from '../../src/ui/curve-files.ts';

const figures: ModelFigures = {
  gold: 0.5,
  accuracy: 0.6,
  fabrication: 0.1,
  refusal_known: 0.2,
  rude: 0.01,
  verbose: 0.03,
  polite: 0.1,
  response_length: 4.5,
  eos_rate: 1,
};
const models = { base: figures, base_prompted: figures, sft: figures, ppo: figures };

/** As the first version wrote it. */
const earlier: JudgeReport = {
  models,
  win_rate: { ppo_over_sft: rate(70, 100), sft_over_base_prompted: rate(80, 100) },
  kl: 1.2,
  prompts: { total: 100, strangers: 30, known: 30 },
};
const change = { from: 0.5, to: 0.25, change: -0.25, low: -0.3, high: -0.2, n: 100 };
const comparison = (points: Record<Exclude<JudgedModel, 'sft'>, number>): Comparison => ({
  against_sft: {
    base: rate(points.base, 100),
    base_prompted: rate(points.base_prompted, 100),
    ppo: rate(points.ppo, 100),
  },
  wins: {
    base: { sft: rate(points.base, 100) },
    base_prompted: { sft: rate(points.base_prompted, 100) },
    sft: { ppo: rate(100 - points.ppo, 100) },
    ppo: { sft: rate(points.ppo, 100) },
  },
  changes: {
    rude: change,
    fabrication: change,
    refusal_known: change,
    accuracy: change,
    polite: change,
    verbose: change,
    response_length: change,
  },
});
const report: JudgeReport = {
  ...earlier,
  sampled: comparison({ base: 10, base_prompted: 20, ppo: 70 }),
  greedy: { models, ...comparison({ base: 5, base_prompted: 15, ppo: 60 }) },
  perplexity: {
    base: 2.3,
    sft: 2.2,
    ppo: 2.25,
    change: { from: 2.2, to: 2.25, factor: 2.25 / 2.2, low: 1.01, high: 1.04, documents: 100, tokens: 1800 },
  },
};

describe("InstructGPT's figure", () => {
  it('has the models in the order of the paper, SFT as the line that the others are measured by', () => {
    const points = figurePoints(report);
    expect(points.map(({ model }) => model)).toEqual(['base', 'base_prompted', 'sft', 'ppo']);
    expect(points.map(({ rates }) => rates.sampled?.rate ?? null)).toEqual([0.1, 0.2, null, 0.7]);
    expect(points.map(({ rates }) => rates.greedy?.rate ?? null)).toEqual([0.05, 0.15, null, 0.6]);
    expect(figureRows(points)).toHaveLength(7);
  });

  it('of an earlier report has what that measured: PPO, and the prompted base the other way round', () => {
    const points = figurePoints(earlier);
    expect(points.map(({ rates }) => rates.greedy)).toEqual([null, null, null, null]);
    const [base, prompted, , ppo] = points.map(({ rates }) => rates.sampled);
    expect(base).toBeNull();
    expect(ppo).toEqual(rate(70, 100));
    const expected = rate(20, 100);
    expect(prompted?.rate).toBeCloseTo(expected.rate, 12);
    expect(prompted?.low).toBeCloseTo(expected.low, 12);
    expect(prompted?.high).toBeCloseTo(expected.high, 12);
  });
});

describe("the judge's numbers as CSV", () => {
  it('are all there, a row each', () => {
    const [names, ...rows] = reportRows(report);
    expect(names).toEqual(['figure', 'model', 'against', 'decoding', 'value', 'low', 'high', 'n']);
    for (const row of rows) expect(row).toHaveLength(8);
    const ofModels = rows.filter(([figure]) => Object.keys(figures).includes(String(figure)));
    expect(ofModels).toHaveLength(9 * 4 * 2);
    expect(rows.filter(([figure]) => String(figure).startsWith('change of '))).toHaveLength(14);
    expect(rows).toContainEqual(['win_rate', 'ppo', 'sft', 'greedy', 0.6, rate(60, 100).low, rate(60, 100).high, 100]);
    expect(rows).toContainEqual(['corpus_perplexity', 'ppo', null, null, 2.25, null, null, 100]);
  });

  it('of an earlier report are those that it has', () => {
    const rows = reportRows(earlier);
    expect(rows).toHaveLength(1 + 9 * 4 + 2 + 1);
    expect(rows).toContainEqual(['win_rate', 'ppo', 'sft', 'sampled', 0.7, rate(70, 100).low, rate(70, 100).high, 100]);
  });

  it('are written after RFC 4180', () => {
    expect(
      csvOfRows([
        ['a', 'b,c'],
        ['say "hey"', null],
        [1.5, 'x\ny'],
      ]),
    ).toBe('a,"b,c"\r\n"say ""hey""",\r\n1.5,"x\ny"\r\n');
  });
});
