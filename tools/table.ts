/** A run's report as a table for people. */
import type { Change } from '../src/core/paired.ts';
import {
  CHANGED,
  JUDGED,
  type Comparison,
  type JudgeReport,
  type ModelFigures,
  type RunReport,
} from '../src/core/reports.ts';
import type { Rate } from '../src/core/stats.ts';

const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3).replace(/^(-?)0\./, '$1.'));
const interval = ({ rate, low, high, n }: Rate): string =>
  `${figure(rate)} [${figure(low)}, ${figure(high)}], n = ${n}`;

/** Columns padded to their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const FIGURES: readonly (keyof ModelFigures)[] = [
  'gold',
  'accuracy',
  'fabrication',
  'refusal_known',
  'rude',
  'verbose',
  'polite',
  'response_length',
  'eos_rate',
];

export function reportTable({ stages, sft, reward, judge }: RunReport): string {
  const parts = [
    columns([
      ['stage', 'seconds', 'tokens', 'FLOP'],
      ...stages.map(({ name, seconds, tokens, flop }) => [
        name,
        seconds.toFixed(1),
        `${tokens}`,
        flop.toExponential(2),
      ]),
    ]),
  ];
  if (sft) {
    const { exact_match: m, base_prompting: b } = sft;
    parts.push(
      columns([
        ['exact match', 'trained', 'unseen templates', 'unseen tasks', 'unseen clusters'],
        ['sft', ...[m.mean, m.unseen_templates, m.unseen_tasks, m.unseen_clusters].map(figure)],
      ]),
      `base, prompted: plain ${figure(b.plain)}, wrapper ${figure(b.wrapper)}, few-shot ${figure(b.few_shot)}`,
      columns([
        ['task', ...Object.keys(m.by_task)],
        ['trained templates', ...Object.values(m.by_task).map(figure)],
        [
          'unseen templates',
          ...Object.keys(m.by_task).map((task) => figure(templateScore(m.by_task_unseen_templates, task))),
        ],
      ]),
    );
  }
  if (reward) {
    const { accuracy, probes } = reward;
    const rates = { 'familiar names': accuracy.familiar, 'new names': accuracy.new_names, ...probes };
    parts.push(columns([['reward model', ''], ...Object.entries(rates).map(([name, each]) => [name, interval(each)])]));
  }
  if (judge) parts.push(...judgeTables(judge));
  return parts.join('\n\n');
}

/** Reports of earlier versions have the first table and the line under it alone. */
function judgeTables({ models, win_rate, kl, sampled, greedy, perplexity }: JudgeReport): string[] {
  const figures = (name: string, of: JudgeReport['models']): string =>
    columns([[name, ...FIGURES], ...JUDGED.map((model) => [model, ...FIGURES.map((key) => figure(of[model][key]))])]);
  const parts = [
    figures('judge', models),
    `PPO over SFT ${interval(win_rate.ppo_over_sft)}; KL ${figure(kl)} nats a response`,
  ];
  if (greedy) parts.push(figures('judge, greedy', greedy.models));
  if (sampled && greedy) {
    const models = Object.keys(sampled.against_sft) as (keyof Comparison['against_sft'])[];
    const wins = ({ wins }: Comparison, name: string): string =>
      columns([
        [name, ...JUDGED],
        ...JUDGED.map((row) => [row, ...JUDGED.map((column) => figure(wins[row][column]?.rate ?? null))]),
      ]);
    parts.push(
      columns([
        ['win rate against sft', 'sampled', 'greedy'],
        ...models.map((name) => [name, interval(sampled.against_sft[name]), interval(greedy.against_sft[name])]),
      ]),
      wins(sampled, 'row over column'),
      wins(greedy, 'row over column, greedy'),
      columns([
        ['sft → ppo, paired', 'sampled', 'greedy'],
        ...CHANGED.map((name) => [name, change(sampled.changes[name]), change(greedy.changes[name])]),
      ]),
    );
  }
  if (perplexity) {
    const { base, sft, ppo, change: paired } = perplexity;
    const { factor, low, high, documents } = paired;
    parts.push(
      `corpus perplexity on ${documents} documents: base ${figure(base)}, sft ${figure(sft)}, ppo ${figure(ppo)}; ` +
        `ppo / sft ${figure(factor)} [${figure(low)}, ${figure(high)}]`,
    );
  }
  return parts;
}

const change = ({ from, to, change: by, low, high, n }: Change): string =>
  `${figure(from)} → ${figure(to)}, ${by < 0 ? '' : '+'}${figure(by)} [${figure(low)}, ${figure(high)}], n = ${n}`;

function templateScore(scores: Readonly<Record<string, number>>, task: string): number | null {
  return scores[task] ?? null;
}
