/** What is looked at through the token microscope: an iteration, a response in it, a token, a pass of updates. */
import { type IterationRecord, type ResponseFigures, responseFigures, spanOf } from '../core/microscope.ts';
import type { Run } from './run.svelte.ts';
import type { Page } from './session.svelte.ts';

/** What the tokens are coloured by. */
export const QUANTITIES = ['logprob', 'kl', 'reward', 'value', 'advantage', 'ratio'] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** The order of the responses: as they were sampled, or largest first. */
export const ORDERS = ['sampled', 'score', 'kl', 'advantage', 'clipped'] as const;
export type Order = (typeof ORDERS)[number];

export interface ListedResponse extends ResponseFigures {
  /** Its number in the iteration. */
  response: number;
}

export class Microscope {
  quantity = $state<Quantity>('advantage');
  order = $state<Order>('sampled');
  readonly #run: Run;
  /** Null follows the newest iteration. */
  #iteration = $state<number | null>(null);
  #response = $state(0);
  #token = $state(0);
  #epoch = $state(0);

  constructor({ run }: Page) {
    this.#run = run;
  }

  get records(): readonly IterationRecord[] {
    return this.#run.stages.ppo.state === 'waiting' ? [] : this.#run.recordings.list;
  }

  /** Place of the iteration among the records; −1 where there are none. */
  get index(): number {
    const found = this.records.findIndex(({ iteration }) => iteration === this.#iteration);
    return found < 0 ? this.records.length - 1 : found;
  }

  get record(): IterationRecord | null {
    return this.records[this.index] ?? null;
  }

  /** Whether what is shown changes with every new iteration. */
  get follows(): boolean {
    return this.#iteration === null;
  }

  /** The last of the records is followed. */
  showIteration(index: number): void {
    const record = this.records[index];
    this.#iteration = !record || index === this.records.length - 1 ? null : record.iteration;
  }

  get response(): number {
    return Math.min(this.#response, (this.record?.asked.length ?? 1) - 1);
  }

  /** From now on the iteration stays: one looks at a response, not at whatever has its number. */
  showResponse(response: number): void {
    this.#hold();
    this.#response = response;
    this.#token = 0;
  }

  /** Place of the token in its response. */
  get token(): number {
    if (!this.record) return 0;
    const [start, end] = spanOf(this.record, this.response);
    return Math.min(this.#token, end - start - 1);
  }

  showToken(token: number): void {
    this.#hold();
    this.#token = token;
  }

  /** From 0. */
  get epoch(): number {
    return Math.min(this.#epoch, (this.record?.epochs.length ?? 1) - 1);
  }

  set epoch(epoch: number) {
    this.#epoch = epoch;
  }

  readonly #listed = $derived.by((): readonly ListedResponse[] => {
    const { record, order } = this;
    if (!record) return [];
    const all = record.asked.map((_, response) => ({ response, ...responseFigures(record, response) }));
    return order === 'sampled' ? all : all.sort((a, b) => b[order] - a[order]);
  });

  /** The responses in the wanted order. */
  get listed(): readonly ListedResponse[] {
    return this.#listed;
  }

  #hold(): void {
    this.#iteration = this.record?.iteration ?? null;
  }
}
