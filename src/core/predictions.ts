/**
 * Questions that a student answers before a stage runs, and what a run's report says to them. What is asked fits the
 * preset: a world without unseen tasks is not asked about them.
 */
import * as v from 'valibot';
import { countsOf } from './costs.ts';
import { time, words } from './outside.ts';
import type { Preset } from './presets.ts';
import type { RunReport, StageName } from './reports.ts';

/** Stages that are predicted. */
export const PREDICTED = ['base', 'sft', 'reward', 'ppo'] as const;
export type PredictedStage = (typeof PREDICTED)[number];

/** The options of every question that is answered by choosing. */
export const OPTIONS = {
  'base.loss': ['below_1', 'below_2', 'below_4', 'above_4'],
  'sft.unseen_tasks': ['yes', 'no'],
  'sft.unseen_templates': ['yes', 'no'],
  'reward.length': ['plain', 'verbose'],
  'ppo.fabrication': ['halved', 'fewer', 'not_fewer'],
} as const;
export type ChoiceId = keyof typeof OPTIONS;
export type OptionOf<Id extends ChoiceId> = (typeof OPTIONS)[Id][number];

/** Questions for a share, 0 … 1, by how far it may be off and still count as true. */
export const TOLERANCES = { 'sft.exact_match': 0.1, 'reward.accuracy': 0.05, 'ppo.win_rate': 0.05 } as const;
export type ShareId = keyof typeof TOLERANCES;

export type QuestionId = ChoiceId | ShareId;
/** An option, or a share 0 … 1. */
export type Answer = string | number;

const STAGE_OF: Readonly<Record<QuestionId, PredictedStage>> = {
  'base.loss': 'base',
  'sft.unseen_tasks': 'sft',
  'sft.unseen_templates': 'sft',
  'sft.exact_match': 'sft',
  'reward.accuracy': 'reward',
  'reward.length': 'reward',
  'ppo.win_rate': 'ppo',
  'ppo.fabrication': 'ppo',
};
const QUESTION_IDS = Object.keys(STAGE_OF) as QuestionId[];

export function isChoice(id: QuestionId): id is ChoiceId {
  return id in OPTIONS;
}

export function stageOf(id: QuestionId): PredictedStage {
  return STAGE_OF[id];
}

/** What is asked before a stage of a run. A shipped base model is trained already: nothing is asked about it. */
export function questionsFor(stage: PredictedStage, preset: Preset, base: 'shipped' | 'train'): readonly QuestionId[] {
  if (stage === 'base' && base === 'shipped') return [];
  const without: QuestionId = countsOf(preset.world).unseenTasks > 0 ? 'sft.unseen_templates' : 'sft.unseen_tasks';
  return QUESTION_IDS.filter((id) => STAGE_OF[id] === stage && id !== without);
}

/** The stage whose report holds the result: what PPO achieved is known when it is judged. */
export function toldBy(stage: PredictedStage): StageName {
  return stage === 'ppo' ? 'judge' : stage;
}

/** "Rise above 10 %": what the question about unseen tasks asks. */
const UNSEEN_TASKS = 0.1;
/** "At most 10 points worse". */
const UNSEEN_TEMPLATES = 0.1;

/** What came of it, as an answer; null where the report does not say (yet). */
export function resultOf(id: QuestionId, { stages, sft, reward, judge }: RunReport): Answer | null {
  switch (id) {
    case 'base.loss': {
      const loss = stages.find(({ name }) => name === 'base')?.metrics['loss'];
      if (loss === undefined) return null;
      return loss < 1 ? 'below_1' : loss < 2 ? 'below_2' : loss < 4 ? 'below_4' : 'above_4';
    }
    case 'sft.exact_match':
      return sft?.exact_match.mean ?? null;
    case 'sft.unseen_tasks': {
      const match = sft?.exact_match.unseen_tasks ?? null;
      return match === null ? null : match > UNSEEN_TASKS ? 'yes' : 'no';
    }
    case 'sft.unseen_templates':
      if (!sft) return null;
      return sft.exact_match.mean - sft.exact_match.unseen_templates <= UNSEEN_TEMPLATES ? 'yes' : 'no';
    case 'reward.accuracy':
      return reward?.accuracy.new_names.rate ?? null;
    case 'reward.length':
      return reward ? (reward.probes.plain_over_verbose.rate >= 0.5 ? 'plain' : 'verbose') : null;
    case 'ppo.win_rate':
      return judge?.win_rate.ppo_over_sft.rate ?? null;
    case 'ppo.fabrication': {
      if (!judge) return null;
      const { sft: before, ppo: after } = judge.models;
      if (after.fabrication >= before.fabrication) return 'not_fewer';
      return after.fabrication <= before.fabrication / 2 ? 'halved' : 'fewer';
    }
  }
}

/** Whether an answer came true: the same option, or a share near enough. */
export function cameTrue(id: QuestionId, answer: Answer, result: Answer): boolean {
  if (typeof answer === 'string' || typeof result === 'string') return answer === result;
  // Shares that are rounded to whole per cents are compared as they are read.
  return Math.abs(Math.round(100 * answer) - Math.round(100 * result)) <= Math.round(100 * TOLERANCES[id as ShareId]);
}

const answeredSchema = v.pipe(
  v.object({
    question: v.picklist(QUESTION_IDS),
    answer: v.union([words(20), v.pipe(v.number(), v.minValue(0), v.maxValue(1))]),
    /** Milliseconds since 1970. */
    at: time,
  }),
  v.check(
    ({ question, answer }) =>
      isChoice(question) ? (OPTIONS[question] as readonly unknown[]).includes(answer) : typeof answer === 'number',
    'the answer is none to this question',
  ),
);

/** An answer that was given. */
export type Answered = v.InferOutput<typeof answeredSchema>;

/** An answer is kept each time that a stage is run again with other knobs. */
const MOST_ANSWERS = 10_000;

/** What is kept of a run's predictions, the newest last: an earlier answer to the same question stays. */
export const predictionsSchema = v.object({
  version: v.literal(1),
  answers: v.pipe(v.array(answeredSchema), v.maxLength(MOST_ANSWERS)),
});

/** One question as it is shown. */
export interface Asked {
  id: QuestionId;
  /** The answer that counts. */
  given: Answered | null;
  /** Whether it can be given or changed: the stage has not begun. */
  open: boolean;
  result: Answer | null;
}

/** The questions of one stage, for whoever shows them. */
export interface StagePredictions {
  /** Empty where nothing is asked, and where predictions are switched off. */
  readonly asked: readonly Asked[];
  answer: (id: QuestionId, answer: Answer) => void;
  switchOff: () => void;
}
