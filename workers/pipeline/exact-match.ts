/**
 * Greedy exact match, style phrases stripped: the tuned model on trained tasks, unseen templates, unseen tasks and unseen
 * clusters (FLAN's question), and the base model as well as it can be prompted.
 */
import type { Response } from '../../src/core/data/labellers.ts';
import type { BasePrompting, ExactMatch, SftReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { mean } from '../../src/core/stats.ts';
import {
  type Example,
  type ExampleOptions,
  type TaskName,
  type World,
  fewShotPrompt,
  judgeResponse,
  makeExample,
  trainedTasks,
  wrapperPrompt,
} from '../../src/core/world/index.ts';
import type { Model } from '../model/model.ts';
import { RESPONSE_BATCH, respond } from './respond.ts';
import type { Costs, StageContext } from './stage.ts';

const SHOTS = 3;
/** Prompts of the quick measurement: one batch of generation. */
const QUICK_PROMPTS = RESPONSE_BATCH;

type Prompting = keyof BasePrompting;
type SetName = 'trained' | 'unseen_templates' | 'unseen_tasks' | 'unseen_clusters' | Prompting;

/** Answers so far, a list a set: plain JSON, part of the stage's snapshot. */
export type Answered = Partial<Record<SetName, Response[]>>;

interface EvaluationSet {
  name: SetName;
  model: 'base' | 'sft';
  examples: Example[];
  prompts: number[][];
  /** The base model knows no end token: its answer is what it says up to the first full stop. */
  stop?: number;
}

/** A base model's prompt as text: the bare prompt, the corpus's own wrapper, or that after examples. */
export function basePrompt(world: World, example: Example, prompting: Prompting, rng: Rng): string {
  if (prompting === 'plain') return example.prompt;
  return prompting === 'wrapper' ? wrapperPrompt(world, example, rng) : fewShotPrompt(world, example, rng, SHOTS);
}

export class ExactMatchEvaluation {
  readonly #context: StageContext;
  readonly #sets: EvaluationSet[];
  readonly #answered: Answered;
  readonly #schedule: { set: EvaluationSet; first: number }[];

  /** `answered` is filled as batches run; pass what a snapshot holds to go on. */
  constructor(context: StageContext, answered: Answered) {
    this.#context = context;
    this.#answered = answered;
    this.#sets = evaluationSets(context).filter(({ examples }) => examples.length > 0);
    this.#schedule = this.#sets.flatMap((set) =>
      Array.from({ length: Math.ceil(set.examples.length / RESPONSE_BATCH) }, (_, i) => ({
        set,
        first: i * RESPONSE_BATCH,
      })),
    );
  }

  get batches(): number {
    return this.#schedule.length;
  }

  /** Runs batch `index`. */
  async run(index: number, models: Record<'base' | 'sft', Model>, costs: Costs): Promise<void> {
    const { set, first } = this.#schedule[index] as { set: EvaluationSet; first: number };
    const prompts = set.prompts.slice(first, first + RESPONSE_BATCH);
    const options = { temperature: 0, stream: `exact-match/${set.name}`, firstRow: first, stop: set.stop };
    const answers = await respond(this.#context, models[set.model], prompts, options, costs);
    (this.#answered[set.name] ??= []).push(...answers);
  }

  report(): SftReport {
    const byTask = (name: SetName): Scores => {
      const examples = this.#sets.find((each) => each.name === name)?.examples ?? [];
      return scoresOf(examples, this.#answered[name] ?? []);
    };
    const unseenTasks = byTask('unseen_tasks');
    const unseenClusters = byTask('unseen_clusters');
    const trained = byTask('trained');
    const templates = byTask('unseen_templates');
    const exact_match: ExactMatch = {
      mean: macro(trained) ?? 0,
      unseen_templates: macro(templates) ?? 0,
      unseen_tasks: macro(unseenTasks),
      unseen_clusters: macro(unseenClusters),
      by_task: { ...trained, ...unseenTasks, ...unseenClusters },
      by_task_unseen_templates: templates,
    };
    const prompted = (name: Prompting): number => macro(byTask(name)) ?? 0;
    const base_prompting = {
      plain: prompted('plain'),
      wrapper: prompted('wrapper'),
      few_shot: prompted('few_shot'),
    };
    return { exact_match, base_prompting };
  }
}

/**
 * The tuned model on the first few prompts of each set, all in one batch: quick enough to be repeated while it trains, and
 * as rough as so few prompts are.
 */
export class QuickExactMatch {
  readonly #context: StageContext;
  readonly #rows: { name: SetName; example: Example; prompt: number[] }[];

  constructor(context: StageContext) {
    this.#context = context;
    const sets = evaluationSets(context).filter(({ model, examples }) => model === 'sft' && examples.length > 0);
    const prompts = Math.floor(QUICK_PROMPTS / sets.length);
    this.#rows = sets.flatMap(({ name, examples, prompts: ids }) => {
      const tasks = new Set(examples.map(({ task }) => task)).size;
      const each = Math.max(1, Math.floor(prompts / tasks));
      const taken: Partial<Record<TaskName, number>> = {};
      return examples.flatMap((example, i) => {
        const number = (taken[example.task] = (taken[example.task] ?? 0) + 1);
        return number <= each ? [{ name, example, prompt: ids[i] as number[] }] : [];
      });
    });
  }

  /**
   * As metrics: "exact_match" on trained tasks, and "exact_match/unseen_templates" and so on, as far as there are any;
   * and "eos_rate", the share of all these answers that end by themselves.
   */
  async measure(model: Model, costs: Costs): Promise<Record<string, number>> {
    const prompts = this.#rows.map(({ prompt }) => prompt);
    const options = { temperature: 0, stream: 'exact-match/quick' };
    const answers = await respond(this.#context, model, prompts, options, costs);
    const metrics: Record<string, number> = { eos_rate: mean(answers.map(({ ended }) => Number(ended))) };
    for (const name of new Set(this.#rows.map((row) => row.name))) {
      const of = this.#rows.flatMap((row, i) => (row.name === name ? [i] : []));
      const scores = scoresOf(
        of.map((i) => (this.#rows[i] as { example: Example }).example),
        of.map((i) => answers[i] as Response),
      );
      metrics[name === 'trained' ? 'exact_match' : `exact_match/${name}`] = macro(scores) ?? 0;
    }
    return metrics;
  }
}

/** Share of right answers by task. */
type Scores = Partial<Record<TaskName, number>>;

function scoresOf(examples: readonly Example[], answers: readonly Response[]): Scores {
  const hits: Partial<Record<TaskName, number[]>> = {};
  examples.forEach((example, i) => {
    const { text, ended } = answers[i] as Response;
    (hits[example.task] ??= []).push(Number(judgeResponse(example, text, ended).correct));
  });
  return Object.fromEntries(Object.entries(hits).map(([task, values]) => [task, mean(values)]));
}

/** Mean over tasks; null without any. */
function macro(scores: Scores): number | null {
  return Object.keys(scores).length > 0 ? mean(Object.values(scores)) : null;
}

function evaluationSets(context: StageContext): EvaluationSet[] {
  const { world, tokenizer, preset, seed } = context;
  const trained = trainedTasks(world);
  const present = new Set(world.tasks.map(({ name }) => name));
  const heldOutTasks = world.heldOut.tasks.filter((task) => present.has(task));
  const heldOutClusters = world.tasks
    .filter(({ cluster }) => world.heldOut.clusters.includes(cluster))
    .map(({ name }) => name);
  const draw = (stream: string, tasks: readonly TaskName[], options: ExampleOptions = {}): Example[] =>
    tasks.flatMap((task) => {
      const rng = Rng.fromSeed(seed, 'exact-match', stream, task);
      const examples = Array.from({ length: preset.sft.evaluation_prompts }, () =>
        makeExample(world, task, 'evaluation', rng, options),
      );
      return examples;
    });
  const tuned = (name: SetName, examples: Example[]): EvaluationSet => ({
    name,
    model: 'sft',
    examples,
    prompts: examples.map(({ prompt }) => tokenizer.promptIds(prompt)),
  });
  const ofTrained = draw('trained', trained);
  const prompted = (name: Prompting): EvaluationSet => {
    const rng = Rng.fromSeed(seed, 'exact-match', 'prompting', name);
    return {
      name,
      model: 'base',
      examples: ofTrained,
      prompts: ofTrained.map((example) => [tokenizer.bos, ...tokenizer.encode(basePrompt(world, example, name, rng))]),
      stop: tokenizer.encode('.')[0],
    };
  };
  return [
    tuned('trained', ofTrained),
    tuned('unseen_templates', draw('unseen_templates', trained, { templates: 'held_out' })),
    tuned('unseen_tasks', draw('unseen_tasks', heldOutTasks)),
    tuned('unseen_clusters', draw('unseen_clusters', heldOutClusters)),
    prompted('plain'),
    prompted('wrapper'),
    prompted('few_shot'),
  ];
}
