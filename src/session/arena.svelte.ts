/** The arena's side of the page: one pair at a time, the next one written while this one is read. */
import { type Choice, ranksOf, teaches } from '../core/data/preferences.ts';
import type { Proposal } from '../core/protocol.ts';
import type { Failures } from './failures.svelte.ts';
import type { Labels } from './labels.svelte.ts';
import type { Page } from './session.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import type { Trainer } from './worker.ts';

/** So many comparisons teach a taste (world.md). */
export const ENOUGH_COMPARISONS = 30;

export class Arena {
  shown = $state.raw<Proposal | null>(null);
  /** Choices of this visit that can be taken back. */
  undoable = $state(0);
  loading = $state(false);
  /** The model has nothing to compare. */
  exhausted = $state(false);
  readonly #trainer: Trainer;
  readonly #settings: Settings;
  readonly #labels: Labels;
  readonly #failures: Failures;
  /** What is being written for the place `number` of the arena's list. */
  #next: { number: number; proposal: Promise<Proposal | null> } | null = null;
  #judged: Proposal[] = [];
  /** The run that the proposals are of. */
  #shownFor = '';

  constructor({ trainer, settings, labels, failures }: Page) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#labels = labels;
    this.#failures = failures;
  }

  /** Own comparisons so far that teach something. */
  get count(): number {
    return this.#labels.own.filter(teaches).length;
  }

  /** Forgets what is on the screen where another run is shown; what is stored stays. */
  reset(): void {
    if (this.#shownFor === this.#settings.runName) return;
    this.#shownFor = this.#settings.runName;
    this.shown = null;
    this.exhausted = false;
    this.loading = false;
    this.undoable = 0;
    this.#next = null;
    this.#judged = [];
  }

  /** Shows the next pair. */
  async show(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    const number = this.#labels.own.length;
    let next: Proposal | null = null;
    await this.#try(async () => {
      next = await (this.#next?.number === number ? this.#next.proposal : this.#propose(number));
      this.exhausted = next === null;
      this.#next = next && { number: number + 1, proposal: this.#propose(number + 1) };
    });
    this.shown = next;
    this.loading = false;
  }

  async choose(choice: Choice): Promise<void> {
    const { shown } = this;
    if (!shown || this.loading) return;
    // The pair stays until the next one is there, so that nothing moves and the focus has a place to be.
    this.loading = true;
    const { example, responses, model } = shown;
    const said = { example, responses, model, ranks: ranksOf(choice), both_bad: choice === 'both_bad', repeats: null };
    if (await this.#labels.add(said)) {
      this.#judged.push(shown);
      this.undoable += 1;
    }
    this.loading = false;
    await this.show();
  }

  /** Takes the last choice of this visit back, and shows its pair again. */
  async undo(): Promise<void> {
    if (this.#judged.length === 0 || this.loading) return;
    if (!(await this.#labels.undo())) return;
    this.undoable -= 1;
    this.shown = this.#judged.pop() ?? null;
    this.#next = null;
  }

  #propose(number: number): Promise<Proposal | null> {
    const { preset, seed } = this.#settings;
    const next = this.#trainer.propose({ preset, seed, number, count: 2 });
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
