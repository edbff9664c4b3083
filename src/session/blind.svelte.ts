/** Blind judging: two checkpoints answer the same prompts, and a person says which answer is better without seeing whose. */
import {
  type BlindJudgement,
  type BlindResult,
  type Match,
  blindResult,
  identityOf,
  isSame,
  judgementsOf,
  matchKey,
  withoutLast,
} from '../core/data/blind.ts';
import { newId } from '../core/data/json-lines.ts';
import type { Response } from '../core/data/labellers.ts';
import type { Choice } from '../core/data/preferences.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import { Rng } from '../core/rng.ts';
import type { Example } from '../core/world/index.ts';
import { type LineFile, blindFile } from '../storage/index.ts';
import { type BaseForm, answersOf, contendersOf, judgedExample, partyOf } from './contenders.ts';
import type { Page } from './session.svelte.ts';
import { worldOf } from './worlds.ts';

/** Pairs that make a round; more may be judged. */
export const ROUND = 20;
/** Prompts whose answers are written at once. */
const BATCH = 16;
/** So many batches without two different answers: these two models say the same. */
const MOST_ALIKE = 20;

/** A prompt with both answers, as they are shown. */
export interface BlindPair {
  number: number;
  example: Example;
  /** Of `a` and of `b`. */
  answers: readonly [Response, Response];
  swapped: boolean;
}

export class Blind {
  temperature = $state<0 | 1>(1);
  baseForm = $state<BaseForm>('wrapper');
  state = $state<'setup' | 'judging' | 'revealed'>('setup');
  shown = $state.raw<BlindPair | null>(null);
  loading = $state(false);
  error = $state.raw<string | null>(null);
  /** Hundreds of prompts, and no two answers that differ. */
  alike = $state(false);
  #chosen = $state.raw<{ a?: string; b?: string }>({});
  #stored = $state.raw<readonly BlindJudgement[]>([]);
  readonly #page: Page;
  #run = '';
  #file: LineFile<BlindJudgement> | null = null;
  /** Answers of both, by match and batch. */
  readonly #batches = new Map<string, Promise<[Response[], Response[]]>>();
  readonly #mine = $derived(this.match ? judgementsOf(this.match, this.#own) : []);

  constructor(page: Page) {
    this.#page = page;
  }

  /** Shows what is stored of the run that the page shows. */
  async load(): Promise<void> {
    const { settings, failures } = this.#page;
    if (this.#run === settings.runName) return;
    const run = (this.#run = settings.runName);
    const file = (this.#file = blindFile(run));
    this.#stored = [];
    this.#chosen = {};
    this.#batches.clear();
    this.#leave('setup');
    try {
      const { list } = await file.load();
      if (run !== this.#run) return;
      this.#stored = list;
      this.#goOn();
    } catch (error) {
      failures.caught(error, 'storage');
    }
  }

  /** Who can be compared. */
  get contenders(): readonly CheckpointInfo[] {
    return contendersOf(this.#page.checkpoints.answering, this.#page.settings.preset);
  }

  /** The two that are compared; by default PPO and SFT of this run, else the shipped ones. Null where there are no two. */
  get a(): CheckpointInfo | null {
    return this.#contender(this.#chosen.a) ?? this.#usual('ppo') ?? this.contenders[0] ?? null;
  }

  get b(): CheckpointInfo | null {
    const others = this.contenders.filter(({ key }) => key !== this.a?.key);
    const usual = this.#usual('sft');
    return (
      others.find(({ key }) => key === this.#chosen.b) ??
      others.find(({ key }) => key === usual?.key) ??
      others[0] ??
      null
    );
  }

  choose(side: 'a' | 'b', key: string): void {
    const now = { a: this.a?.key ?? key, b: this.b?.key ?? key };
    // Whoever stands at the other side changes places.
    const other = side === 'a' ? 'b' : 'a';
    this.#chosen = now[other] === key ? { a: now.b, b: now.a } : { ...now, [side]: key };
    this.#leave('setup');
  }

  /** A base model is among the two: how it is prompted matters. */
  get withBase(): boolean {
    return this.a?.stage === 'base' || this.b?.stage === 'base';
  }

  get match(): Match | null {
    const { a, b, baseForm, temperature } = this;
    return a && b && { a: partyOf(a, baseForm), b: partyOf(b, baseForm), temperature };
  }

  /** What one said of these two so far, in the order of the prompts. */
  get judgements(): readonly BlindJudgement[] {
    return this.#mine;
  }

  /** Everything that is stored of this run, by everybody who judged here. */
  get stored(): readonly BlindJudgement[] {
    return this.#stored;
  }

  /** How many pairs one judged. */
  get count(): number {
    return this.#mine.filter((each) => !isSame(each)).length;
  }

  get result(): BlindResult {
    return blindResult(this.#mine);
  }

  start(): void {
    this.state = 'judging';
    void this.#show();
  }

  /** Says who wrote what. */
  reveal(): void {
    this.#leave('revealed');
  }

  /** Back to the choice of the two. */
  close(): void {
    this.#leave('setup');
  }

  async judge(choice: Choice): Promise<void> {
    const { shown, match } = this;
    if (!shown || !match || this.loading) return;
    // The pair stays until the next one is there, so that nothing moves.
    this.loading = true;
    const first = shown.swapped ? 'b' : 'a';
    const second = shown.swapped ? 'a' : 'b';
    const said = { first, second, tie: 'tie', both_bad: 'both_bad' } as const;
    const passed = await this.#passedOver(match, shown.number);
    const added = [...passed, this.#record(match, shown, said[choice])];
    const stored = await this.#store((list) => [...list, ...added]);
    this.loading = false;
    if (stored) await this.#show();
  }

  /** Takes the last choice back and shows its pair again. */
  async undo(): Promise<void> {
    if (this.loading || this.count === 0) return;
    const kept = new Set(withoutLast(this.#mine).map(({ id }) => id));
    const gone = new Set(this.#mine.map(({ id }) => id).filter((id) => !kept.has(id)));
    this.loading = true;
    const done = await this.#store((list) => list.filter(({ id }) => !gone.has(id)));
    this.loading = false;
    if (done) await this.#show();
  }

  get #own(): readonly BlindJudgement[] {
    return this.#stored.filter(({ by }) => by === this.#page.labels.me);
  }

  /** The first prompt that was neither judged nor passed over. */
  get #next(): number {
    return (this.#mine.at(-1)?.number ?? -1) + 1;
  }

  #contender(key: string | undefined): CheckpointInfo | undefined {
    return this.contenders.find((each) => each.key === key);
  }

  #usual(stage: 'sft' | 'ppo'): CheckpointInfo | undefined {
    const { preset, seed } = this.#page.settings;
    const list = this.contenders.filter((each) => each.stage === stage);
    return (
      list.findLast((each) => !each.shipped && each.preset === preset && each.seed === seed) ??
      list.find((each) => each.shipped && each.preset === preset) ??
      list.find((each) => each.shipped)
    );
  }

  /** Takes up the match that one judged last, where both are still there. */
  #goOn(): void {
    const last = this.#own.at(-1);
    if (!last) return;
    this.#chosen = { a: last.a.key, b: last.b.key };
    this.temperature = last.temperature === 0 ? 0 : 1;
    const form = [last.a, last.b].map((each) => each.form).find((each) => each !== 'instruction');
    if (form) this.baseForm = form;
  }

  /** Ends judging; answers that are still on their way are not shown any more. */
  #leave(state: Blind['state']): void {
    this.state = state;
    this.shown = null;
    this.loading = false;
    this.alike = false;
    this.error = null;
  }

  /** Shows the next pair whose answers differ. */
  async #show(): Promise<void> {
    const { match } = this;
    if (!match || this.loading) return;
    this.loading = true;
    this.error = null;
    this.alike = false;
    const key = matchKey(match);
    const begin = this.#next;
    try {
      let pair: BlindPair | null = null;
      for (let number = begin; pair === null && number < begin + MOST_ALIKE * BATCH; number++) {
        const next = await this.#pair(match, number);
        if (!isSame(next)) pair = next;
        if (!this.#stillJudging(key)) return;
      }
      this.shown = pair;
      this.alike = pair === null;
      // The next ones are written while this one is read.
      if (pair && pair.number % BATCH >= BATCH / 2) this.#answers(match, pair.number + BATCH).catch(() => undefined);
    } catch (error) {
      if (!this.#stillJudging(key)) return;
      this.shown = null;
      this.error = error instanceof Error ? error.message : String(error);
    }
    this.loading = false;
  }

  #stillJudging(key: string): boolean {
    return this.state === 'judging' && this.match !== null && matchKey(this.match) === key;
  }

  async #pair(match: Match, number: number): Promise<BlindPair> {
    const [a, b] = await this.#answers(match, number);
    const i = number % BATCH;
    const example = judgedExample(this.#world, number);
    const answers = [a[i] as Response, b[i] as Response] as const;
    // The same side for the same model whichever of the two is called A: undo and reload show what was shown.
    const [low, high] = [identityOf(match.a), identityOf(match.b)].sort() as [string, string];
    const lowFirst = Rng.fromSeed(0, 'page', 'blind', low, high, number).chance(0.5);
    return { number, example, answers, swapped: (identityOf(match.a) === low) !== lowFirst };
  }

  /** Both answers to all prompts of the batch that `number` is in. */
  #answers(match: Match, number: number): Promise<[Response[], Response[]]> {
    const first = number - (number % BATCH);
    const key = `${identityOf(match.a)} ${identityOf(match.b)} ${match.temperature} ${first}`;
    let batch = this.#batches.get(key);
    if (!batch) {
      const request = { first, count: BATCH, temperature: match.temperature };
      const { trainer } = this.#page;
      const ask = (party: Match['a']): Promise<Response[]> => answersOf(trainer, this.#world, party, request);
      batch = Promise.all([ask(match.a), ask(match.b)]);
      this.#batches.set(key, batch);
      // Asked again at the next try.
      batch.catch(() => this.#batches.delete(key));
    }
    return batch;
  }

  /** Ties: the pairs between the last judgement and `number`, which were the same word for word. */
  async #passedOver(match: Match, number: number): Promise<BlindJudgement[]> {
    const passed: BlindJudgement[] = [];
    for (let i = this.#next; i < number; i++) passed.push(this.#record(match, await this.#pair(match, i), 'tie'));
    return passed;
  }

  #record(match: Match, pair: BlindPair, choice: BlindJudgement['choice']): BlindJudgement {
    const said = { id: newId(), by: this.#page.labels.me, at: new Date().toISOString() };
    return { version: 1, ...said, ...match, ...pair, choice };
  }

  /** False where the browser did not store it. */
  async #store(change: (list: readonly BlindJudgement[]) => readonly BlindJudgement[]): Promise<boolean> {
    const run = this.#run;
    try {
      const stored = await this.#file?.change(change);
      if (stored && run === this.#run) this.#stored = stored.list;
      return true;
    } catch (error) {
      this.#page.failures.caught(error, 'storage');
      return false;
    }
  }

  get #world() {
    return worldOf(this.#page.settings.preset);
  }
}
