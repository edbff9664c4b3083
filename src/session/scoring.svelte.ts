/** Any answer that a person types, and what a reward model says of it, token by token, while it is typed. */
import type { CheckpointInfo, ScoreRequest, ScoredAnswer } from '../core/protocol.ts';
import type { ScoreDistribution } from '../core/reports.ts';
import { Rng } from '../core/rng.ts';
import { messageOf } from '../core/thrown.ts';
import type { CheckedWord } from '../core/tokenizer/tokenizer.ts';
import {
  type Example,
  POLITE_PHRASES,
  REFUSAL,
  RUDE_PHRASES,
  VERBOSE_PHRASES,
  drawExample,
  preferenceMix,
} from '../core/world/index.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Page } from './session.svelte.ts';
import type { Run } from './run.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import type { Trainer } from './worker.ts';
import { commonWords, tokenizerOf, worldOf } from './worlds.ts';

/** After a key is pressed, so that not every letter is scored. */
const MILLISECONDS_AFTER_A_KEY = 120;
/** <bos> <user> … <bot> … <eos> */
const SPECIAL_TOKENS = 4;

/** Answers that are worth comparing. */
export type PickKind = 'right' | 'made_up' | 'refusal' | 'polite' | 'rude' | 'wordy' | 'twice';

export interface Pick {
  kind: PickKind;
  text: string;
}

/** What is scored, and what came of it. */
export interface Scored {
  /** As `wanted` named it. */
  wanted: string;
  request: ScoreRequest;
  /** What was typed. */
  answer: ScoredAnswer;
  /** The score of each of `request.answers` after the first. */
  others: readonly number[];
}

export class Scoring {
  scored = $state.raw<Scored | null>(null);
  /** Why the last one was not scored: the error's message, English. */
  error = $state.raw<string | null>(null);
  /** The SFT model writes an answer. */
  writing = $state(false);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #checkpoints: Checkpoints;
  readonly #run: Run;
  /** Key of the chosen reward model; it may be gone. */
  #chosen = $state<string | null>(null);
  /** Raised for another prompt. */
  #number = $state(0);
  /** What the person made of prompt and answer; null: as the world has them. */
  #prompt = $state<string | null>(null);
  #answer = $state<string | null>(null);
  #asking = $state(false);
  #draws = 0;
  #due: ReturnType<typeof setTimeout> | undefined;

  /** The chosen one, else the run's own, else a shipped one of its size or at least of its words; null: there is none. */
  readonly critic: CheckpointInfo | null = $derived.by(() => {
    const list = this.critics;
    return list.find(({ key }) => key === this.#chosen) ?? this.#usual(list, this.#settings.preset);
  });

  readonly #example: Example = $derived.by(() => {
    const world = worldOf(this.#preset);
    const rng = Rng.fromSeed(0, 'page', 'scoring', this.#number);
    return drawExample(world, preferenceMix(world), 'evaluation', rng, { rudeRate: 0 });
  });

  readonly promptWords: readonly CheckedWord[] = $derived.by(() => tokenizerOf(this.#preset).check(this.prompt));
  readonly answerWords: readonly CheckedWord[] = $derived.by(() => tokenizerOf(this.#preset).check(this.answer));
  readonly vocabulary: readonly string[] = $derived.by(() => commonWords([this.#preset]));

  /** Answers to compare with; of a typed prompt the world does not know the right one. */
  readonly picks: readonly Pick[] = $derived.by(() => {
    const { answer, wrong } = this.#example;
    const known = this.#prompt === null;
    const plain = known ? answer : this.#answerText;
    const rng = Rng.fromSeed(0, 'page', 'scoring', 'phrases', this.#number);
    const [polite, rude, wordy] = [POLITE_PHRASES, RUDE_PHRASES, VERBOSE_PHRASES].map((list) => rng.choice(list));
    const all: Pick[] = [
      ...(known
        ? ([
            { kind: 'right', text: answer },
            { kind: 'made_up', text: wrong },
          ] as const)
        : []),
      { kind: 'refusal', text: REFUSAL },
      ...(plain === ''
        ? []
        : ([
            { kind: 'polite', text: `${polite} ${plain}` },
            { kind: 'rude', text: `${rude} ${plain}` },
            { kind: 'wordy', text: `${wordy} ${plain}` },
            { kind: 'twice', text: `${plain} ${plain}` },
          ] as const)),
    ];
    // The right answer about a stranger is the refusal.
    return all.filter(({ text }, i) => text !== '' && all.findIndex((each) => each.text === text) === i);
  });

  /** Why nothing can be scored now; null: it can. */
  readonly obstacle: 'none' | 'empty' | 'unknown_words' | 'too_long' | null = $derived.by(() => {
    if (!this.critic) return 'none';
    if (this.promptWords.length === 0) return 'empty';
    if (![...this.promptWords, ...this.answerWords].every(({ known }) => known)) return 'unknown_words';
    const words = Math.max(this.answerWords.length, ...this.picks.map(({ text }) => text.split(' ').length));
    return this.promptWords.length + words + SPECIAL_TOKENS > this.critic.config.n_positions ? 'too_long' : null;
  });

  readonly #request: ScoreRequest | null = $derived.by(() => {
    if (this.obstacle !== null || !this.critic) return null;
    const prompt = this.promptWords.map(({ word }) => word).join(' ');
    const answers = [this.#answerText, ...this.picks.map(({ text }) => text)];
    return { checkpoint: this.critic.key, prompt, answers };
  });

  constructor({ trainer, settings, checkpoints, run }: Page) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#checkpoints = checkpoints;
    this.#run = run;
  }

  /** All reward models there are. */
  get critics(): readonly CheckpointInfo[] {
    return this.#checkpoints.list.filter(({ stage }) => stage === 'reward');
  }

  /** Whether it is the reward model of the run that is shown. */
  get isOwn(): boolean {
    return this.critic?.key === `${this.#settings.runName}/reward.safetensors`;
  }

  /** Scores of the SFT model's own answers, where the run's report has them. */
  get distribution(): ScoreDistribution | null {
    return (this.isOwn && this.#run.report?.reward?.sft_scores) || null;
  }

  choose(key: string): void {
    this.#chosen = key;
  }

  get prompt(): string {
    return this.#prompt ?? this.#example.prompt;
  }

  set prompt(text: string) {
    this.#answer = this.answer;
    this.#prompt = text === this.#example.prompt ? null : text;
  }

  get answer(): string {
    return this.#answer ?? this.#example.answer;
  }

  set answer(text: string) {
    this.#answer = text;
  }

  /** Another prompt of the world, with its right answer. */
  next(): void {
    this.#number += 1;
    this.#prompt = null;
    this.#answer = null;
  }

  /** A checkpoint that can write an answer to the prompt; null where there is none with the same words. */
  get writer(): CheckpointInfo | null {
    const list = this.#checkpoints.list.filter(({ stage }) => stage === 'sft');
    return this.critic && this.#usual(list, this.critic.preset);
  }

  /** Takes an answer of the SFT model, another one each time. */
  async write(): Promise<void> {
    const { writer, wanted } = this;
    if (!writer || this.writing || this.#request === null) return;
    this.writing = true;
    this.error = null;
    const { prompt } = this.#request;
    try {
      const request = { checkpoint: writer.key, prompts: [prompt], temperature: 1, seed: this.#draws++ };
      const [response] = await this.#trainer.prompting(request);
      if (response && this.wanted === wanted) this.#answer = response.text;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.writing = false;
    }
  }

  /** Says what is to be scored now, and changes when it does. */
  get wanted(): string | null {
    // A file that is written anew has the same key and another hash.
    return this.#request && JSON.stringify([this.#request, this.critic?.hash]);
  }

  /** Whether what is shown is of what is typed. */
  get upToDate(): boolean {
    return this.scored?.wanted === this.wanted;
  }

  /** Scores what is typed, when no key was pressed for a moment. */
  ask(): void {
    clearTimeout(this.#due);
    this.#due = setTimeout(() => void this.#ask(), MILLISECONDS_AFTER_A_KEY);
  }

  /** One at a time: while a question waits for its turn, the newest text waits too, and those between are never asked. */
  async #ask(): Promise<void> {
    const request = this.#request;
    const { wanted } = this;
    if (!request || wanted === null || this.#asking || this.upToDate) return;
    this.#asking = true;
    try {
      const [answer, ...others] = await this.#trainer.scoreAnswers(request);
      if (answer) this.scored = { wanted, request, answer, others: others.map(({ rewards }) => rewards.at(-1) ?? 0) };
      this.error = null;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.#asking = false;
    }
    if (this.wanted !== wanted) await this.#ask();
  }

  get #answerText(): string {
    return this.answerWords.map(({ word }) => word).join(' ');
  }

  get #preset(): string {
    return this.critic?.preset ?? this.#settings.preset;
  }

  #usual(list: readonly CheckpointInfo[], preset: string): CheckpointInfo | null {
    const { preset: chosen, seed } = this.#settings;
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
