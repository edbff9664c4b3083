/** The pairs of blind judging: the same prompts answered by both, a batch at a time, and who stands first. */
import { type Match, type Party, identityOf } from '../core/data/blind.ts';
import type { Response } from '../core/data/labellers.ts';
import { Rng } from '../core/rng.ts';
import type { Example } from '../core/world/index.ts';
import { answersOf, judgedExamples } from './contenders.ts';
import type { Page } from './session.svelte.ts';
import { worldOf } from './worlds.ts';

/** Prompts whose answers are written at once. */
const BATCH = 16;

/** A prompt with both answers, as they are shown. */
export interface BlindPair {
  number: number;
  example: Example;
  /** Of `a` and of `b`. */
  answers: readonly [Response, Response];
  /** `b` stands first. */
  swapped: boolean;
}

/** Prompts with the answers of both. */
interface Batch {
  examples: readonly Example[];
  a: readonly Response[];
  b: readonly Response[];
}

export class BlindPairs {
  readonly #page: Pick<Page, 'trainer' | 'settings'>;
  readonly #batches = new Map<string, Promise<Batch>>();

  constructor(page: Pick<Page, 'trainer' | 'settings'>) {
    this.#page = page;
  }

  forget(): void {
    this.#batches.clear();
  }

  /** The pair of a match at this place of the endless list. Rejects with an Error whose message can be shown. */
  async at(match: Match, number: number): Promise<BlindPair> {
    const { examples, a, b } = await this.#batch(match, number);
    const i = number % BATCH;
    const answers = [a[i] as Response, b[i] as Response] as const;
    return { number, example: examples[i] as Example, answers, swapped: isSwapped(match, number) };
  }

  /** Has the next pairs written while the one at `number` is read, once that is in the second half of its batch. */
  prepare(match: Match, number: number): void {
    if (number % BATCH >= BATCH / 2) this.#batch(match, number + BATCH).catch(() => undefined);
  }

  #batch(match: Match, number: number): Promise<Batch> {
    const first = number - (number % BATCH);
    const key = `${identityOf(match.a)} ${identityOf(match.b)} ${match.temperature} ${first}`;
    let batch = this.#batches.get(key);
    if (!batch) {
      batch = this.#write(match, first);
      this.#batches.set(key, batch);
      // Asked again at the next try.
      batch.catch(() => this.#batches.delete(key));
    }
    return batch;
  }

  async #write({ a, b, temperature }: Match, first: number): Promise<Batch> {
    const world = worldOf(this.#page.settings.preset);
    const examples = judgedExamples(world, first, BATCH);
    const ask = (party: Party): Promise<Response[]> =>
      answersOf(this.#page.trainer, world, party, { first, examples, temperature });
    const [ofA, ofB] = await Promise.all([ask(a), ask(b)]);
    return { examples, a: ofA, b: ofB };
  }
}

/** The same model stands at the same side, whichever of the two is called A: undo and reload show what was shown. */
function isSwapped({ a, b, temperature }: Match, number: number): boolean {
  const [low, high] = [identityOf(a), identityOf(b)].sort() as [string, string];
  const lowFirst = Rng.fromSeed(0, 'page', 'blind', low, high, temperature, number).chance(0.5);
  return (identityOf(a) === low) !== lowFirst;
}
