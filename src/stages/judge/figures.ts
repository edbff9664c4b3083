/** What the judge's report is shown and written down as: the points of the figure, and every number as rows for CSV. */
import { CHANGED, JUDGED, type JudgeReport, type JudgedModel } from '../../core/reports.ts';
import type { Rate } from '../../core/stats.ts';

export const HOW = ['sampled', 'greedy'] as const;
/** At the preset's temperature, or always with the most probable token. */
export type How = (typeof HOW)[number];

/** A model's place in the figure; null where it was not measured, or is SFT itself. */
export interface FigurePoint {
  model: JudgedModel;
  rates: Record<How, Rate | null>;
}

/** Win rates against SFT in the paper's order. A report of an earlier version has those of two models, at T = 1. */
export function figurePoints(report: JudgeReport): FigurePoint[] {
  const { ppo_over_sft, sft_over_base_prompted } = report.win_rate;
  const earlier: Partial<Record<JudgedModel, Rate>> = {
    base_prompted: mirrored(sft_over_base_prompted),
    ppo: ppo_over_sft,
  };
  const sampled: Partial<Record<JudgedModel, Rate>> = report.sampled?.against_sft ?? earlier;
  const greedy: Partial<Record<JudgedModel, Rate>> = report.greedy?.against_sft ?? {};
  return JUDGED.map((model) => ({
    model,
    rates: { sampled: sampled[model] ?? null, greedy: greedy[model] ?? null },
  }));
}

/** The rate of the other one. */
function mirrored({ rate, low, high, n }: Rate): Rate {
  return { rate: 1 - rate, low: 1 - high, high: 1 - low, n };
}

type Cell = string | number | null;

/** The figure's points as rows of a table, names first. */
export function figureRows(points: readonly FigurePoint[]): Cell[][] {
  const rows = points.flatMap(({ model, rates }) =>
    HOW.flatMap((how) => {
      const rate = rates[how];
      return rate ? [[model, how, rate.rate, rate.low, rate.high, rate.n]] : [];
    }),
  );
  return [['model', 'decoding', 'win_rate_against_sft', 'low', 'high', 'n'], ...rows];
}

/** Every number of the report, a row each, names first: what is measured, of whom, against whom, how, and its interval. */
export function reportRows(report: JudgeReport): Cell[][] {
  const { models, win_rate, sampled, greedy, perplexity, kl, prompts } = report;
  const rows: Cell[][] = [['figure', 'model', 'against', 'decoding', 'value', 'low', 'high', 'n']];
  const ofModels = (how: How, of: JudgeReport['models']): void => {
    for (const model of JUDGED)
      for (const [figure, value] of Object.entries(of[model]) as [string, number][])
        rows.push([figure, model, null, how, value, null, null, null]);
  };
  const rateRow = (model: string, against: string, how: How, { rate, low, high, n }: Rate): void => {
    rows.push(['win_rate', model, against, how, rate, low, high, n]);
  };
  ofModels('sampled', models);
  if (greedy) ofModels('greedy', greedy.models);
  if (!sampled) {
    rateRow('ppo', 'sft', 'sampled', win_rate.ppo_over_sft);
    rateRow('sft', 'base_prompted', 'sampled', win_rate.sft_over_base_prompted);
  }
  for (const [how, comparison] of [
    ['sampled', sampled],
    ['greedy', greedy],
  ] as const) {
    if (!comparison) continue;
    for (const model of JUDGED)
      for (const [against, rate] of Object.entries(comparison.wins[model])) rateRow(model, against, how, rate);
    for (const name of CHANGED) {
      const { change, low, high, n } = comparison.changes[name];
      rows.push([`change of ${name}`, 'ppo', 'sft', how, change, low, high, n]);
    }
  }
  rows.push(['kl', 'ppo', 'sft', 'sampled', kl, null, null, prompts.total]);
  if (perplexity) {
    const { factor, low, high, documents } = perplexity.change;
    for (const model of ['base', 'sft', 'ppo'] as const)
      rows.push(['corpus_perplexity', model, null, null, perplexity[model], null, null, documents]);
    rows.push(['factor of corpus_perplexity', 'ppo', 'sft', null, factor, low, high, documents]);
  }
  return rows;
}
