/** Chat: one prompt to up to four checkpoints, and what they answered. */
import { PRESETS, PRESET_NAMES } from '../core/presets.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import type { CheckedWord } from '../core/tokenizer/tokenizer.ts';
import { MOST_SEED } from './address.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import { Reply } from './reply.svelte.ts';
import type { Page } from './session.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import { type Trainer, callable } from './worker.ts';
import { commonWords, examplePrompt, tokenizerOf } from './worlds.ts';

/** Checkpoints that are asked at once. */
const MOST_ASKED = 4;
export const MOST_TEMPERATURE = 2;

export interface Turn {
  number: number;
  /** In the world's form, as the models read it. */
  prompt: string;
  temperature: number;
  topP: number;
  seed: number;
  replies: readonly Reply[];
}

export class Chat {
  prompt = $state('');
  temperature = $state(1);
  topP = $state(1);
  seed = $state(0);
  /** Newest first. */
  turns = $state.raw<readonly Turn[]>([]);
  /** Keys of chosen checkpoints; some may be gone. */
  #chosen = $state.raw<readonly string[]>([]);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #checkpoints: Checkpoints;
  #number = 0;
  #examples = 0;

  constructor({ trainer, settings, checkpoints }: Pick<Page, 'trainer' | 'settings' | 'checkpoints'>) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#checkpoints = checkpoints;
  }

  /** Those that are asked: the chosen ones, else what the run that is shown has got furthest with. */
  readonly asked: readonly CheckpointInfo[] = $derived.by(() => {
    const list = this.#checkpoints.answering;
    const chosen = this.#chosen.flatMap((key) => list.find((each) => each.key === key) ?? []);
    if (chosen.length > 0) return chosen;
    const { preset, seed } = this.#settings;
    const own = list.filter(({ shipped }) => !shipped);
    const usual =
      own.findLast((each) => each.preset === preset && each.seed === seed) ??
      list.findLast((each) => each.shipped && each.preset === preset) ??
      own.at(-1) ??
      list.at(-1);
    return usual ? [usual] : [];
  });

  /** Those that could be asked too. */
  get others(): readonly CheckpointInfo[] {
    const { asked } = this;
    return this.#checkpoints.answering.filter(({ key }) => !asked.some((each) => each.key === key));
  }

  get canAdd(): boolean {
    return this.asked.length < MOST_ASKED && this.others.length > 0;
  }

  /** Asks one more: one of the same preset, where there is another. */
  add(): void {
    if (!this.canAdd) return;
    const last = this.asked.at(-1);
    const alike = this.others.filter(({ preset }) => preset === last?.preset);
    const near = alike.filter(({ shipped }) => shipped === last?.shipped);
    const added = near.at(-1) ?? alike.at(-1) ?? this.others.at(-1);
    this.#chosen = [...this.asked, added].flatMap((each) => each?.key ?? []);
  }

  remove(key: string): void {
    this.#chosen = this.asked.map((each) => each.key).filter((each) => each !== key);
  }

  /** Asks `by` in place of `key`. */
  exchange(key: string, by: string): void {
    this.#chosen = this.asked.map((each) => (each.key === key ? by : each.key));
  }

  /** The words of the prompt; known are those that every asked model knows. */
  readonly words: readonly CheckedWord[] = $derived.by(() => {
    const [first, ...others] = this.#presets.map((preset) => tokenizerOf(preset).check(this.prompt));
    return (first ?? []).map((word, i) => others.map((each) => each[i]).find((each) => each?.known === false) ?? word);
  });

  /** What every asked model knows, without specials, in alphabetical order. */
  readonly vocabulary: readonly string[] = $derived.by(() => commonWords(this.#presets));

  /** Words that a prompt may have, so that every asked model has room for its answer. */
  get mostWords(): number {
    // <bos> <user> … <bot>
    const room = ({ preset, config }: CheckpointInfo): number => config.n_positions - 3 - maxNewTokens(preset);
    return Math.min(...this.asked.map(room));
  }

  get canSend(): boolean {
    const { words } = this;
    const count = words.length;
    return this.asked.length > 0 && count > 0 && count <= this.mostWords && words.every(({ known }) => known);
  }

  get busy(): boolean {
    return this.turns.some(({ replies }) => replies.some((reply) => reply.open));
  }

  suggest(): void {
    this.prompt = examplePrompt(this.#presets[0] ?? 'micro', this.#examples++);
  }

  clear(): void {
    this.stop();
    this.turns = [];
  }

  stop(): void {
    if (this.busy) void this.#trainer.stopChats();
  }

  /** The same prompt with other noise. */
  sendAgain(): void {
    if (!this.canSend) return;
    this.seed = (this.seed + 1) % (MOST_SEED + 1);
    this.send();
  }

  /** Asks; what was still being answered ends. */
  send(): void {
    if (!this.canSend) return;
    this.stop();
    const { temperature, topP, seed, asked } = this;
    const prompt = this.words.map(({ word }) => word).join(' ');
    const replies = asked.map((checkpoint) => new Reply(checkpoint));
    this.turns = [{ number: this.#number++, prompt, temperature, topP, seed, replies }, ...this.turns];
    for (const reply of replies) {
      // The same noise for all, so that only the models make the difference.
      const request = { checkpoint: reply.checkpoint.key, prompt, temperature, topP, seed };
      this.#trainer
        .chat(
          request,
          callable((event) => {
            reply.hear(event);
          }),
        )
        .then(
          (answer) => {
            reply.end(answer);
          },
          (error: unknown) => {
            reply.fail(error);
          },
        );
    }
  }

  /** Of the asked ones, each once. */
  get #presets(): readonly string[] {
    return [...new Set(this.asked.map(({ preset }) => preset))];
  }
}

function maxNewTokens(preset: string): number {
  const name = PRESET_NAMES.find((each) => each === preset) ?? 'micro';
  return PRESETS[name].max_new_tokens;
}
