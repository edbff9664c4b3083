/** Prompting: one question put to the base model in three forms, and to the tuned model as an instruction. */
import type { Response } from '../core/data/labellers.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import type { BasePrompting, StageName } from '../core/reports.ts';
import { Rng } from '../core/rng.ts';
import { messageOf } from '../core/thrown.ts';
import type { CheckedWord } from '../core/tokenizer/tokenizer.ts';
import {
  type Example,
  type TaskName,
  type Verdict,
  type World,
  fewShotPrompt,
  judgeResponse,
  makeExample,
  trainedTasks,
  wrapperPrompt,
} from '../core/world/index.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import type { Trainer } from './worker.ts';
import { tokenizerOf, worldOf } from './worlds.ts';

/** The base model's three, and the tuned model's one. */
export type PromptForm = keyof BasePrompting | 'instruction';

const SHOTS = 3;
/** Leaves room for an answer in the smallest context, also in the corpus's wrapper. */
const MOST_WORDS = 90;

export interface PromptedAnswer {
  form: PromptForm;
  /** What the model reads, special tokens written out. */
  before: string;
  prompt: string;
  after: string;
  /** Null while it is not there. */
  response: Response | null;
  /** Only where the world knows the right answer. */
  verdict: Verdict | null;
}

export class Prompting {
  temperature = $state<0 | 1>(0);
  busy = $state(false);
  error = $state.raw<string | null>(null);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #checkpoints: Checkpoints;
  #task = $state<TaskName>('qa');
  /** Raised for another question of the task. */
  #number = $state(0);
  /** What the person made of the question. */
  #typed = $state<string | null>(null);
  /** By form, for `#key`. */
  #answers = $state.raw<{ key: string; responses: Partial<Record<PromptForm, Response>> }>({ key: '', responses: {} });
  #draws = 0;

  readonly #example = $derived.by((): Example => {
    const rng = Rng.fromSeed(0, 'page', 'prompting', this.task, this.#number);
    return makeExample(this.#world, this.task, 'evaluation', rng, { rudeRate: 0 });
  });

  /** What each model is given. */
  readonly #prompts = $derived.by((): Omit<PromptedAnswer, 'response' | 'verdict'>[] => {
    const example = this.#typed === null ? this.#example : unknownExample(this.#typed);
    const rng = (form: PromptForm): Rng => Rng.fromSeed(0, 'page', 'prompting', this.task, this.#number, form);
    const base = { before: '<bos>', after: '' };
    return [
      { form: 'plain', ...base, prompt: example.prompt },
      { form: 'wrapper', ...base, prompt: wrapperPrompt(this.#world, example, rng('wrapper')) },
      { form: 'few_shot', ...base, prompt: fewShotPrompt(this.#world, example, rng('few_shot'), SHOTS) },
      { form: 'instruction', before: '<bos> <user>', prompt: example.prompt, after: '<bot>' },
    ];
  });

  constructor(trainer: Trainer, settings: Settings, checkpoints: Checkpoints) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#checkpoints = checkpoints;
  }

  /** The run's own base model, else the shipped one of its size, else of its world; null where there is none at all. */
  get base(): CheckpointInfo | null {
    return this.#find('base', this.#settings.preset);
  }

  /** The tuned model to compare with, of the same vocabulary; null where there is none. */
  get tuned(): CheckpointInfo | null {
    return this.base && this.#find('sft', this.base.preset);
  }

  /** Tasks that the base model can be asked: those that are trained later on. */
  get tasks(): readonly TaskName[] {
    return trainedTasks(this.#world);
  }

  get task(): TaskName {
    return this.tasks.includes(this.#task) ? this.#task : 'qa';
  }

  set task(task: TaskName) {
    this.#task = task;
    this.#typed = null;
  }

  get text(): string {
    return this.#typed ?? this.#example.prompt;
  }

  set text(text: string) {
    this.#typed = text === this.#example.prompt ? null : text;
  }

  /** The right answer to a question of the world; null for a typed one. */
  get expected(): string | null {
    return this.#typed === null ? this.#example.answer : null;
  }

  /** The words of the question, and which of them the models do not know. */
  get words(): readonly CheckedWord[] {
    return tokenizerOf(this.#preset).check(this.text);
  }

  /** Why nothing can be asked now; null: it can. */
  get obstacle(): 'no_base' | 'empty' | 'unknown_words' | 'too_long' | null {
    if (!this.base) return 'no_base';
    const { words } = this;
    if (words.length === 0) return 'empty';
    if (words.length > MOST_WORDS) return 'too_long';
    return words.every(({ known }) => known) ? null : 'unknown_words';
  }

  /** All forms with what they were answered; the tuned model's is left out where there is no such model. */
  get answers(): readonly PromptedAnswer[] {
    const responses = this.#answers.key === this.#key ? this.#answers.responses : {};
    return this.#prompts
      .filter(({ form }) => form !== 'instruction' || this.tuned !== null)
      .map((prompt) => {
        const response = responses[prompt.form] ?? null;
        const judged = response !== null && this.#typed === null;
        const verdict = judged ? judgeResponse(this.#example, response.text, response.ended) : null;
        return { ...prompt, response, verdict };
      });
  }

  /** Another question of the task. */
  next(): void {
    this.#number += 1;
    this.#typed = null;
  }

  /** Has all forms answered; the base model's three come first. */
  async ask(): Promise<void> {
    const { base, tuned } = this;
    if (this.busy || this.obstacle !== null || !base) return;
    this.busy = true;
    this.error = null;
    const key = this.#key;
    const seed = this.#draws++;
    this.#answers = { key, responses: {} };
    const asked = this.#prompts;
    const put = async ({ key: checkpoint }: CheckpointInfo, forms: typeof asked): Promise<void> => {
      const prompts = forms.map(({ prompt }) => prompt);
      const answers = await this.#trainer.prompting({ checkpoint, prompts, temperature: this.temperature, seed });
      const responses = Object.fromEntries(forms.map(({ form }, i) => [form, answers[i]]));
      if (this.#answers.key === key) this.#answers = { key, responses: { ...this.#answers.responses, ...responses } };
    };
    try {
      const ofBase = asked.filter(({ form }) => form !== 'instruction');
      const ofTuned = asked.filter(({ form }) => form === 'instruction');
      await Promise.all([put(base, ofBase), ...(tuned ? [put(tuned, ofTuned)] : [])]);
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.busy = false;
    }
  }

  /** Says which answers belong to what is shown. */
  get #key(): string {
    return [this.base?.key, this.tuned?.key, this.temperature, this.task, this.#number, this.text].join('\n');
  }

  get #preset(): string {
    return this.base?.preset ?? this.#settings.preset;
  }

  get #world(): World {
    return worldOf(this.#preset);
  }

  #find(stage: StageName, preset: string): CheckpointInfo | null {
    const { preset: chosen, seed } = this.#settings;
    const list = this.#checkpoints.list.filter((each) => each.stage === stage);
    const shipped = list.filter((each) => each.shipped);
    const size = worldOf(preset).size;
    return (
      list.findLast((each) => !each.shipped && each.preset === chosen && each.seed === seed) ??
      shipped.find((each) => each.preset === preset) ??
      shipped.find((each) => worldOf(each.preset).size === size) ??
      null
    );
  }
}

/** A question that somebody typed: put as the corpus puts questions about facts; nobody knows the right answer. */
function unknownExample(text: string): Example {
  return {
    task: 'qa',
    cluster: 'closed_qa',
    template: 0,
    prompt: text,
    answer: '',
    wrong: '',
    unknowable: false,
    known: false,
    rudePrompt: false,
    slots: { question: text },
  };
}
