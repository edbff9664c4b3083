/** A run's report as a table for people. */
import { JUDGED, type ModelFigures, type RunReport } from '../src/core/reports.ts';
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
  if (judge)
    parts.push(
      columns([
        ['judge', ...FIGURES],
        ...JUDGED.map((name) => [name, ...FIGURES.map((key) => figure(judge.models[name][key]))]),
      ]),
      `PPO over SFT ${interval(judge.win_rate.ppo_over_sft)}; KL ${figure(judge.kl)} nats a response`,
    );
  return parts.join('\n\n');
}

function templateScore(scores: Readonly<Record<string, number>>, task: string): number | null {
  return scores[task] ?? null;
}
