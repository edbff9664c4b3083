/** The arena's side of the page: one pair at a time, the next one written while this one is read. */
import type { Choice } from '../core/data/preferences.ts';
import type { ArenaPair } from '../core/protocol.ts';
import type { Failures } from './failures.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import type { Trainer } from './worker.ts';

/** So many comparisons teach a taste (world.md). */
export const ENOUGH_COMPARISONS = 30;

export class Arena {
  pair = $state.raw<ArenaPair | null>(null);
  /** Comparisons so far that teach something. */
  count = $state(0);
  /** Choices of this visit that can be taken back. */
  undoable = $state(0);
  loading = $state(false);
  /** The model has nothing to compare. */
  exhausted = $state(false);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #failures: Failures;
  #next: Promise<ArenaPair | null> | null = null;
  #judged: ArenaPair[] = [];
  /** Pairs that an undo put back in front of. */
  #again: ArenaPair[] = [];

  constructor(trainer: Trainer, settings: Settings, failures: Failures) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#failures = failures;
  }

  get #run(): Pick<Settings, 'preset' | 'seed'> {
    return { preset: this.#settings.preset, seed: this.#settings.seed };
  }

  /** Forgets what is on the screen, for another run or another SFT model; what is stored stays. */
  async reset(): Promise<void> {
    this.pair = null;
    this.exhausted = false;
    this.loading = false;
    this.undoable = 0;
    this.#next = null;
    this.#judged = [];
    this.#again = [];
    await this.#try(async () => {
      const preferences = await this.#trainer.preferences(this.#run);
      this.count = preferences.filter(({ ranks }) => new Set(ranks).size > 1).length;
    });
  }

  /** Shows the next pair. */
  async show(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    let next: ArenaPair | null = null;
    await this.#try(async () => {
      next = this.#again.pop() ?? (await (this.#next ?? this.#propose()));
      this.exhausted = next === null;
      this.#next = next && this.#propose();
    });
    this.pair = next;
    this.loading = false;
  }

  async choose(choice: Choice): Promise<void> {
    const { pair } = this;
    if (!pair || this.loading) return;
    // The pair stays until the next one is there, so that nothing moves and the focus has a place to be.
    this.loading = true;
    await this.#try(async () => {
      this.count = await this.#trainer.choose(this.#run, { pair, choice });
      this.#judged.push(pair);
      this.undoable += 1;
    });
    this.loading = false;
    await this.show();
  }

  /** Takes the last choice of this visit back, and shows its pair again. */
  async undo(): Promise<void> {
    const judged = this.#judged.pop();
    if (!judged || this.loading) return;
    await this.#try(async () => {
      this.count = await this.#trainer.undoChoice(this.#run);
      this.undoable -= 1;
      if (this.pair) this.#again.push(this.pair);
      this.pair = judged;
    });
  }

  #propose(): Promise<ArenaPair | null> {
    const next = this.#trainer.proposePair(this.#run);
    // Heard of where it is awaited; a pair that nobody asks for any more must not be an unhandled rejection.
    next.catch(() => undefined);
    return next;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#next = null;
      this.#failures.caught(error, 'run');
    }
  }
}
