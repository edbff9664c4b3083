/**
 * The report of a run as it is read from its record: what the page shows of it must be there. Fields of a later version
 * stay as they are.
 */
import * as v from 'valibot';
import { TASTES } from '../../src/core/data/labellers.ts';
import { figures, finite, natural, words } from '../../src/core/outside.ts';
import { PRESET_NAMES } from '../../src/core/presets.ts';
import {
  CHANGED,
  JUDGED,
  type ModelFigures,
  type ProbeName,
  type RunReport,
  STAGES,
  type StageReport,
} from '../../src/core/reports.ts';

const each = <Name extends string, S extends v.GenericSchema>(names: readonly Name[], schema: S) =>
  v.looseObject(Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, S>);
const some = <Name extends string, S extends v.GenericSchema>(names: readonly Name[], schema: S) =>
  v.looseObject(
    Object.fromEntries(names.map((name) => [name, v.optional(schema)])) as Record<Name, v.OptionalSchema<S, undefined>>,
  );

const rate = v.looseObject({ rate: finite, low: finite, high: finite, n: natural });
const change = v.looseObject({ from: finite, to: finite, change: finite, low: finite, high: finite, n: natural });
const byTask = figures(finite);

const stage = v.looseObject({
  name: v.picklist(STAGES),
  seconds: finite,
  tokens: finite,
  flop: finite,
  // A figure that was no number is null in JSON.
  metrics: figures(v.nullable(finite)),
});

const sft = v.looseObject({
  exact_match: v.looseObject({
    mean: finite,
    unseen_templates: finite,
    unseen_tasks: v.nullable(finite),
    unseen_clusters: v.nullable(finite),
    by_task: byTask,
    by_task_unseen_templates: byTask,
  }),
  base_prompting: each(['plain', 'wrapper', 'few_shot'], finite),
});

const PROBES = [
  'clean_over_rude',
  'refusal_over_made_up',
  'right_over_refusal',
  'polite_over_plain',
  'plain_over_verbose',
] as const;
const LATER_PROBES = ['right_over_wrong', 'once_over_twice'] as const;
const calibration = {
  bins: v.pipe(v.array(v.looseObject({ predicted: finite, preferred: rate })), v.maxLength(100)),
  error: finite,
};
const mean = v.looseObject({ mean: finite, low: finite, high: finite, n: natural });

const reward = v.looseObject({
  accuracy: each(['familiar', 'new_names'], rate),
  probes: v.looseObject({ ...each(PROBES, rate).entries, ...some(LATER_PROBES, rate).entries }),
  differences: v.optional(some([...PROBES, ...LATER_PROBES] satisfies ProbeName[], mean)),
  calibration: v.optional(
    v.looseObject({
      gold: v.looseObject(calibration),
      labels: v.nullable(v.looseObject({ ...calibration, taste: v.picklist(TASTES) })),
    }),
  ),
  sft_scores: v.optional(
    v.looseObject({ mean: finite, std: finite, quantiles: v.pipe(v.array(finite), v.maxLength(1000)) }),
  ),
});

const FIGURES = [
  'gold',
  'accuracy',
  'fabrication',
  'refusal_known',
  'rude',
  'verbose',
  'polite',
  'response_length',
  'eos_rate',
] as const satisfies readonly (keyof ModelFigures)[];
const models = each(JUDGED, each(FIGURES, finite));
const comparison = {
  against_sft: each(['base', 'base_prompted', 'ppo'], rate),
  wins: each(JUDGED, some(JUDGED, rate)),
  changes: each(CHANGED, change),
};
const perplexityChange = v.looseObject({
  from: finite,
  to: finite,
  factor: finite,
  low: finite,
  high: finite,
  documents: natural,
  tokens: natural,
});

const judge = v.looseObject({
  models,
  win_rate: each(['ppo_over_sft', 'sft_over_base_prompted'], rate),
  kl: finite,
  prompts: each(['total', 'strangers', 'known'], natural),
  sampled: v.optional(v.looseObject(comparison)),
  greedy: v.optional(v.looseObject({ ...comparison, models })),
  perplexity: v.optional(v.looseObject({ base: finite, sft: finite, ppo: finite, change: perplexityChange })),
});

/** A report as it is read: metrics that were no numbers are null. */
type ReadReport = Omit<RunReport, 'stages'> & {
  stages: (Omit<StageReport, 'metrics'> & { metrics: Record<string, number | null> })[];
};

export const reportSchema: v.GenericSchema<unknown, ReadReport> = v.looseObject({
  preset: v.picklist(PRESET_NAMES),
  seed: natural,
  base: v.picklist(['shipped', 'train']),
  backend: words(100),
  adapter: words(1000),
  stages: v.pipe(v.array(stage), v.maxLength(STAGES.length)),
  sft: v.optional(sft),
  reward: v.optional(reward),
  judge: v.optional(judge),
});
