/** Chat: one prompt to one checkpoint or two, and what they answered. */
import type { Response } from '../core/data/labellers.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import type { CheckedWord } from '../core/tokenizer/tokenizer.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import { examplePrompt, tokenizerOf } from './worlds.ts';
import type { Trainer } from './worker.ts';

interface Reply {
  checkpoint: CheckpointInfo;
  response: Response | null;
  error: string | null;
}

export interface Turn {
  number: number;
  prompt: string;
  temperature: number;
  replies: readonly Reply[];
}

export class Chat {
  prompt = $state('');
  temperature = $state(1);
  chosen = $state<string | null>(null);
  compared = $state<string | null>(null);
  /** Newest first. */
  turns = $state.raw<readonly Turn[]>([]);
  busy = $state(false);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #checkpoints: Checkpoints;
  #number = 0;
  #examples = 0;

  constructor(trainer: Trainer, settings: Settings, checkpoints: Checkpoints) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#checkpoints = checkpoints;
  }

  /** The checkpoint that answers: the chosen one, else what the run that is shown has got furthest with. */
  get first(): CheckpointInfo | null {
    const list = this.#checkpoints.answering;
    const { preset, seed } = this.#settings;
    const own = list.filter(({ shipped }) => !shipped);
    return (
      list.find(({ key }) => key === this.chosen) ??
      own.findLast((each) => each.preset === preset && each.seed === seed) ??
      own.at(-1) ??
      list.at(-1) ??
      null
    );
  }

  get second(): CheckpointInfo | null {
    return this.#checkpoints.answering.find(({ key }) => key === this.compared && key !== this.first?.key) ?? null;
  }

  get asked(): readonly CheckpointInfo[] {
    return [this.first, this.second].filter((each) => each !== null);
  }

  /** The words of the prompt; known are those that every asked model knows. */
  get words(): readonly CheckedWord[] {
    const [first, ...others] = this.asked.map(({ preset }) => tokenizerOf(preset).check(this.prompt));
    return (first ?? []).map((word, i) => others.map((each) => each[i]).find((each) => each?.known === false) ?? word);
  }

  get canSend(): boolean {
    return !this.busy && this.first !== null && this.words.length > 0 && this.words.every(({ known }) => known);
  }

  /** Replaces an unknown word, or with '' takes it out. */
  replace({ start, end }: CheckedWord, by: string): void {
    this.prompt = `${this.prompt.slice(0, start)}${by}${this.prompt.slice(end)}`.replace(/ {2,}/g, ' ').trimStart();
  }

  suggest(): void {
    this.prompt = examplePrompt(this.first?.preset ?? 'micro', this.#examples++);
  }

  async send(): Promise<void> {
    if (!this.canSend) return;
    this.busy = true;
    const { asked, prompt, temperature } = this;
    const number = this.#number++;
    const replies: Reply[] = asked.map((checkpoint) => ({ checkpoint, response: null, error: null }));
    this.turns = [{ number, prompt, temperature, replies }, ...this.turns];
    await Promise.all(
      asked.map(async ({ key }, i) => {
        // The same noise for both, so that only the models make the difference.
        const request = { checkpoint: key, prompt, temperature, seed: number };
        const answer = await this.#trainer.chat(request).then(
          (response) => ({ response, error: null }),
          (error: unknown) => ({ response: null, error: error instanceof Error ? error.message : String(error) }),
        );
        this.turns = this.turns.map((turn) =>
          turn.number === number
            ? { ...turn, replies: turn.replies.map((reply, j) => (j === i ? { ...reply, ...answer } : reply)) }
            : turn,
        );
      }),
    );
    this.busy = false;
  }
}
