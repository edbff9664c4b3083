/** What the stages report at their end: the figures of the command line's JSON, the page's rail, and checkpoints' cards. */
import type { Calibration } from './calibration.ts';
import type { Taste } from './data/labellers.ts';
import type { Change, PerplexityChange } from './paired.ts';
import type { PresetName } from './presets.ts';
import type { Mean, Rate } from './stats.ts';
import type { TaskName } from './world/index.ts';

export const STAGES = ['base', 'sft', 'reward', 'ppo', 'judge'] as const;
export type StageName = (typeof STAGES)[number];

/** Costs of a stage. */
export interface StageReport {
  name: StageName;
  /** Seconds of computing, pauses not included. */
  seconds: number;
  /** Tokens through the model, padding included. */
  tokens: number;
  /** 6·N a trained token, 2·N a token that is only read or generated. */
  flop: number;
  /** The stage's last metrics, by the field's names. */
  metrics: Record<string, number>;
}

/** Greedy exact match, style phrases stripped; every mean is a macro mean over tasks. */
export interface ExactMatch {
  /** Trained tasks, trained templates, new prompts. */
  mean: number;
  /** Trained tasks, templates never seen. */
  unseen_templates: number;
  /** Unseen tasks of trained clusters, and whole unseen clusters; null where the world has none. */
  unseen_tasks: number | null;
  unseen_clusters: number | null;
  by_task: Partial<Record<TaskName, number>>;
  by_task_unseen_templates: Partial<Record<TaskName, number>>;
}

/** The base model's mean exact match over the trained tasks, by way of prompting. */
export interface BasePrompting {
  /** As the tuned model is prompted. */
  plain: number;
  /** In the corpus's own form: "tom asked : … anna answered :". */
  wrapper: number;
  /** The same after three examples. */
  few_shot: number;
}

export interface SftReport {
  exact_match: ExactMatch;
  base_prompting: BasePrompting;
}

/** Share of probes whose better answer scores higher. */
export interface RewardProbes {
  clean_over_rude: Rate;
  /** "i do not know" over a made-up fact about a stranger. */
  refusal_over_made_up: Rate;
  /** The right fact over "i do not know" about a citizen. */
  right_over_refusal: Rate;
  polite_over_plain: Rate;
  plain_over_verbose: Rate;
  /** The right fact about a citizen over a wrong one. Older records lack this one and the next. */
  right_over_wrong?: Rate;
  /** The right answer said once over the same said twice: longer, and nothing else. */
  once_over_twice?: Rate;
}

export type ProbeName = keyof RewardProbes;

/** Scores of many answers. */
export interface ScoreDistribution {
  mean: number;
  std: number;
  /** Equally far apart, from the least to the greatest. */
  quantiles: number[];
}

/** How sure the model is, against how often it is right. */
export interface RewardCalibration {
  /** Against the gold judge's order, where that is clear. */
  gold: Calibration;
  /** Against fresh labels of the simulated labeller that it learnt from; null where people taught it. */
  labels: (Calibration & { taste: Taste }) | null;
}

/** Fields that may be missing are missing in older records. */
export interface RewardReport {
  /** Pairs of held-out samples that the gold judge tells apart by more than .1. */
  accuracy: { familiar: Rate; new_names: Rate };
  probes: RewardProbes;
  /** Mean score of the first less that of the second over the pairs of each probe. */
  differences?: Partial<Record<ProbeName, Mean>>;
  calibration?: RewardCalibration;
  /** Of the SFT model's own answers to held-out prompts. */
  sft_scores?: ScoreDistribution;
}

/** One model under the gold judge at one temperature. All are shares, except gold (points) and length (words). */
export interface ModelFigures {
  gold: number;
  /** Right answers among prompts that have one. */
  accuracy: number;
  /** Made-up answers about strangers. */
  fabrication: number;
  /** "i do not know" about citizens' facts. */
  refusal_known: number;
  rude: number;
  verbose: number;
  polite: number;
  response_length: number;
  eos_rate: number;
}

export const JUDGED = ['base', 'base_prompted', 'sft', 'ppo'] as const;
export type JudgedModel = (typeof JUDGED)[number];

/** Figures whose change from SFT to PPO is reported: what alignment wants, and what it may cost. */
export const CHANGED = [
  'rude',
  'fabrication',
  'refusal_known',
  'accuracy',
  'polite',
  'verbose',
  'response_length',
] as const satisfies readonly (keyof ModelFigures)[];

/** The four models against one another at one temperature, on the same prompts. */
export interface Comparison {
  /** Win rates against the SFT model, as in figure 1 of InstructGPT. */
  against_sft: Record<Exclude<JudgedModel, 'sft'>, Rate>;
  /** Win rate of each model over each of the others. */
  wins: Record<JudgedModel, Partial<Record<JudgedModel, Rate>>>;
  /** From SFT to PPO, paired over the same prompts. */
  changes: Record<(typeof CHANGED)[number], Change>;
}

/** On corpus documents from a stream of their own: e^(mean token loss). */
export interface CorpusPerplexity {
  base: number;
  sft: number;
  ppo: number;
  /** From SFT to PPO, paired over the same documents. */
  change: PerplexityChange;
}

/** At the preset's temperature, where it does not say greedy. */
export interface JudgeReport {
  models: Record<JudgedModel, ModelFigures>;
  win_rate: { ppo_over_sft: Rate; sft_over_base_prompted: Rate };
  /** Mean over responses of Σ log π − log π_SFT, in nats. */
  kl: number;
  prompts: { total: number; strangers: number; known: number };
  /** Earlier versions reported nothing of what follows. */
  sampled?: Comparison;
  /** The same prompts, always with the most probable token. */
  greedy?: Comparison & { models: Record<JudgedModel, ModelFigures> };
  perplexity?: CorpusPerplexity;
}

/** A whole run; the parts of stages that did not run are missing. */
export interface RunReport {
  preset: PresetName;
  seed: number;
  /** Where the base model came from. */
  base: 'shipped' | 'train';
  backend: string;
  adapter: string;
  stages: StageReport[];
  sft?: SftReport;
  reward?: RewardReport;
  judge?: JudgeReport;
}
