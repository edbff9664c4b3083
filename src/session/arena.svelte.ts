/** The arena's side of the page: one pair, or a few answers to rank, at a time; the next ones written while these are read. */
import { dueRepeat, swapped } from '../core/data/consistency.ts';
import { type Asked, type Choice, type Preference, ranksOf, trains } from '../core/data/preferences.ts';
import type { Response } from '../core/data/labellers.ts';
import type { CheckpointInfo, Proposal } from '../core/protocol.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import type { Labels } from './labels.svelte.ts';
import type { Page } from './session.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import type { Trainer } from './worker.ts';

/** So many comparisons teach a taste (world.md). */
export const ENOUGH_COMPARISONS = 30;
/** K: answers of a ranking. */
const RANKED = 4;
/** Proposals written ahead of the one that is shown. */
const AHEAD = 2;

export type ArenaMode = 'pairs' | 'ranking';

/** What a person is asked about. */
export interface Question {
  readonly mode: ArenaMode;
  readonly example: Asked;
  readonly responses: readonly Response[];
  /** Hash of the model that wrote the responses. */
  readonly model: string | null;
  /** Id of the preference whose pair this is again. */
  readonly repeats: string | null;
  /** Why these responses, as far as the person is told: who knows that a pair comes again would remember. */
  readonly why: Proposal['by'] | 'ranking' | 'undone';
}

/** What was stored last, or taken back. */
export interface Said {
  what: Choice | 'ranking' | 'undone';
  /** How many preferences of one's own there are since. */
  count: number;
}

export class Arena {
  /** What is asked for; the question on the screen may still be of the other kind. */
  mode = $state<ArenaMode>('pairs');
  shown = $state.raw<Question | null>(null);
  said = $state.raw<Said | null>(null);
  loading = $state(false);
  /** The model has nothing to compare. */
  exhausted = $state(false);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #labels: Labels;
  readonly #checkpoints: Checkpoints;
  readonly #failures: Failures;
  /** By what they are of, the newest last. */
  readonly #proposals = new Map<string, Promise<Proposal | null>>();
  /** The run that the question is of. */
  #run = '';

  constructor({ trainer, settings, labels, checkpoints, failures }: Page) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#labels = labels;
    this.#checkpoints = checkpoints;
    this.#failures = failures;
  }

  /** Own comparisons so far that the reward model would learn from. */
  get count(): number {
    return this.#labels.own.filter(trains).length;
  }

  /** One's own last choice can be taken back, also that of an earlier visit. */
  get undoable(): boolean {
    return this.#labels.own.length > 0;
  }

  /** Forgets what is on the screen where another run is shown; what is stored stays. */
  reset(): void {
    if (this.#run === this.#settings.runName) return;
    this.#run = this.#settings.runName;
    this.shown = null;
    this.said = null;
    this.exhausted = false;
    this.loading = false;
    this.#proposals.clear();
  }

  setMode(mode: ArenaMode): void {
    this.mode = mode;
    // Where nothing was asked for yet, nothing is computed.
    if (this.shown) void this.show();
  }

  /** Shows the next question of the kind that is wanted. */
  async show(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    const run = this.#run;
    let mode: ArenaMode;
    do {
      mode = this.mode;
      let next: Question | null = null;
      await this.#try(async () => {
        next = await this.#next(mode);
        if (run === this.#run) this.exhausted = next === null;
      });
      if (run !== this.#run) return;
      this.shown = next;
    } while (mode !== this.mode);
    this.loading = false;
  }

  choose(choice: Choice): Promise<void> {
    return this.#say(choice, ranksOf(choice), choice === 'both_bad');
  }

  /** The rank of each response, 0 the best; or that none of them is any good. */
  rank(ranks: readonly number[], allBad: boolean): Promise<void> {
    return this.#say(allBad ? 'both_bad' : 'ranking', ranks, allBad);
  }

  /** Takes one's own last choice back, and shows its question again. */
  async undo(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    const last = await this.#labels.undo();
    this.loading = false;
    if (!last) return;
    this.said = { what: 'undone', count: this.#labels.own.length };
    this.shown = questionAgain(last);
    this.mode = this.shown.mode;
    this.exhausted = false;
  }

  async #say(what: Said['what'], ranks: readonly number[], bad: boolean): Promise<void> {
    const { shown } = this;
    if (!shown || this.loading) return;
    // The question stays until the next one is there, so that nothing moves and the focus has a place to be.
    this.loading = true;
    const { example, responses, model, repeats } = shown;
    const stored = await this.#labels.add({ example, responses, model, ranks, both_bad: bad, repeats });
    this.loading = false;
    if (!stored) return;
    this.said = { what, count: this.#labels.own.length };
    await this.show();
  }

  async #next(mode: ArenaMode): Promise<Question | null> {
    const { own } = this.#labels;
    const number = own.filter(({ repeats }) => repeats === null).length;
    const proposals = Array.from({ length: 1 + AHEAD }, (_, i) => this.#propose(mode, number + i));
    const repeat = mode === 'pairs' ? dueRepeat(own) : null;
    if (repeat) {
      const why = this.#model('reward') ? 'reward_model' : 'difference';
      return { ...questionAgain(repeat), responses: swapped(repeat), repeats: repeat.id, why };
    }
    const proposal = await proposals[0];
    if (!proposal) return null;
    const { example, responses, model, by } = proposal;
    return { mode, example, responses, model, repeats: null, why: mode === 'pairs' ? by : 'ranking' };
  }

  /** The proposal at a place of the arena's endless list, as today's models make it. */
  #propose(mode: ArenaMode, number: number): Promise<Proposal | null> {
    const { preset, seed, runName } = this.#settings;
    const models = [this.#model('sft'), this.#model('reward')];
    const key = [runName, mode, number, ...models.map((model) => model?.hash)].join(' ');
    let proposal = this.#proposals.get(key);
    if (!proposal) {
      proposal = this.#trainer.propose({ preset, seed, number, count: mode === 'pairs' ? 2 : RANKED });
      // Heard of where it is awaited; one that nobody asks for any more must not be an unhandled rejection.
      proposal.catch(() => this.#proposals.delete(key));
      this.#proposals.set(key, proposal);
      for (const old of [...this.#proposals.keys()].slice(0, -4 * (1 + AHEAD))) this.#proposals.delete(old);
    }
    return proposal;
  }

  /** The run's own model. */
  #model(stage: 'sft' | 'reward'): CheckpointInfo | undefined {
    return this.#checkpoints.list.find(({ key }) => key === `${this.#settings.runName}/${stage}.safetensors`);
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failures.caught(error, 'run');
    }
  }
}

/** The question that a preference answered. */
function questionAgain({ example, responses, model, repeats }: Preference): Question {
  return { mode: responses.length === 2 ? 'pairs' : 'ranking', example, responses, model, repeats, why: 'undone' };
}
