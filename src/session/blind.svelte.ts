/** Blind judging: two checkpoints answer the same prompts, and a person says which answer is better without seeing whose. */
import {
  type BlindJudgement,
  type BlindResult,
  type Match,
  blindResult,
  isSame,
  judgementsOf,
  matchKey,
  withoutLast,
} from '../core/data/blind.ts';
import { newId } from '../core/data/json-lines.ts';
import type { Choice } from '../core/data/preferences.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import { messageOf } from '../core/thrown.ts';
import { blindFiles } from '../storage/blind.ts';
import type { LineFile } from '../storage/line-file.ts';
import { type BlindPair, BlindPairs } from './blind-pairs.ts';
import { type BaseForm, contendersOf, partyOf } from './contenders.ts';
import type { Page } from './session.svelte.ts';

/** Pairs that make a round; more may be judged. */
export const ROUND = 20;
/** So many pairs in a row without two different answers: these two models say the same. */
const MOST_ALIKE = 320;

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
  readonly #pairs: BlindPairs;
  readonly #mine = $derived(this.match ? judgementsOf(this.match, this.#own) : []);

  constructor(page: Page) {
    this.#page = page;
    this.#pairs = new BlindPairs(page);
  }

  /** Shows what is stored of the run that the page shows. */
  async load(): Promise<void> {
    const { settings, failures } = this.#page;
    if (this.#run === settings.runName) return;
    const run = (this.#run = settings.runName);
    const file = (this.#file = blindFiles.of(run));
    this.#stored = [];
    this.#chosen = {};
    this.#pairs.forget();
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
      for (let number = begin; pair === null && number < begin + MOST_ALIKE; number++) {
        const next = await this.#pairs.at(match, number);
        if (!isSame(next)) pair = next;
        if (!this.#stillJudging(key)) return;
      }
      this.shown = pair;
      this.alike = pair === null;
      if (pair) this.#pairs.prepare(match, pair.number);
    } catch (error) {
      if (!this.#stillJudging(key)) return;
      this.shown = null;
      this.error = messageOf(error);
    }
    this.loading = false;
  }

  #stillJudging(key: string): boolean {
    return this.state === 'judging' && this.match !== null && matchKey(this.match) === key;
  }

  /** Ties: the pairs between the last judgement and `number`, which were the same word for word. */
  async #passedOver(match: Match, number: number): Promise<BlindJudgement[]> {
    const passed: BlindJudgement[] = [];
    for (let i = this.#next; i < number; i++) passed.push(this.#record(match, await this.#pairs.at(match, i), 'tie'));
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
}
