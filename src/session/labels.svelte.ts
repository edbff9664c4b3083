/** What the reward model learns from: a simulated labeller's taste, or what people said of the run's answers. */
import { ANONYMOUS, newId } from '../core/data/json-lines.ts';
import { TASTES, type Taste } from '../core/data/labellers.ts';
import { type Preference, mergePreferences, personSource, trainingRankings } from '../core/data/preferences.ts';
import type { RunRequest } from '../core/protocol.ts';
import { type DamagedLine, type StoredLines, preferenceFiles } from '../storage/index.ts';
import type { Author } from './author.svelte.ts';
import type { Failures } from './failures.svelte.ts';

export { ANONYMOUS };

const NOTHING: StoredLines<Preference> = { list: [], damaged: [] };

export class Labels {
  from = $state<RunRequest['labels']>('simulated');
  /** Of the simulated labeller. */
  taste = $state<Taste>('gold');
  /** Whose name new preferences bear. */
  readonly author: Author;
  readonly #failures: Failures;
  #run = '';
  #stored = $state.raw(NOTHING);
  /** People whose preferences the reward model does not get. */
  #leftOut = $state.raw<readonly string[]>([]);
  /** What the reward model gets of people's preferences. */
  readonly training: readonly Preference[] = $derived(trainingRankings(this.#stored.list, this.annotators));
  readonly #personSource = $derived(personSource(this.training));

  constructor(author: Author, failures: Failures) {
    this.author = author;
    this.#failures = failures;
  }

  /** Everybody's, in the order in which they were stored. */
  get list(): readonly Preference[] {
    return this.#stored.list;
  }

  /** Lines of the stored file that cannot be read; they stay in it. */
  get damaged(): readonly DamagedLine[] {
    return this.#stored.damaged;
  }

  /** The name under which one's own are stored. */
  get me(): string {
    return this.author.fits ? this.author.name.trim() : ANONYMOUS;
  }

  /** One's own, oldest first. */
  get own(): readonly Preference[] {
    return this.list.filter(({ by }) => by === this.me);
  }

  /** Everybody who said something, by name. */
  get people(): readonly string[] {
    return [...new Set(this.list.map(({ by }) => by))].sort();
  }

  /** Whose preferences the reward model gets; undefined: everybody's. */
  get annotators(): readonly string[] | undefined {
    return this.#leftOut.length === 0 ? undefined : this.people.filter((name) => !this.#leftOut.includes(name));
  }

  uses(name: string): boolean {
    return !this.#leftOut.includes(name);
  }

  use(name: string, used: boolean): void {
    const others = this.#leftOut.filter((each) => each !== name);
    this.#leftOut = used ? others : [...others, name];
  }

  /** As `Ingredients` names it. */
  get source(): string {
    return this.from === 'simulated' ? `simulated:${this.taste}` : this.#personSource;
  }

  /** What a run is asked for with. */
  get request(): Pick<RunRequest, 'labels' | 'taste' | 'annotators'> {
    const { annotators } = this;
    return { labels: this.from, taste: this.taste, ...(annotators ? { annotators } : {}) };
  }

  /** Shows what is stored of a run ("small-0"). */
  async load(run: string): Promise<void> {
    this.#run = run;
    this.#stored = NOTHING;
    this.from = 'simulated';
    this.taste = 'gold';
    this.#leftOut = [];
    await this.#try(run, () => preferenceFiles.of(run).load());
  }

  /** Takes over what a stored run was labelled with: its source, and whose preferences where not everybody's. */
  adopt(source: string, annotators: readonly string[] | undefined): void {
    const [from, taste] = source.split(':');
    this.from = from === 'person' ? 'person' : 'simulated';
    this.taste = TASTES.find((each) => each === taste) ?? 'gold';
    this.#leftOut = annotators ? this.people.filter((name) => !annotators.includes(name)) : [];
  }

  /** Stores what one said just now; false where the browser did not. */
  async add(said: Omit<Preference, 'version' | 'id' | 'by' | 'at'>): Promise<boolean> {
    const record: Preference = { version: 2, id: newId(), by: this.me, at: new Date().toISOString(), ...said };
    return this.#change((list) => [...list, record]);
  }

  /** Takes back what one said last; null where there is nothing, or the browser did not store it. */
  async undo(): Promise<Preference | null> {
    const last = this.own.at(-1);
    if (!last) return null;
    const done = await this.#change((list) => list.filter(({ id }) => id !== last.id));
    return done ? last : null;
  }

  /** Takes away all that somebody said: what it was, or null where the browser did not store that. */
  async remove(name: string): Promise<readonly Preference[] | null> {
    let gone: readonly Preference[] = [];
    const done = await this.#change((list) => {
      gone = list.filter(({ by }) => by === name);
      return list.filter(({ by }) => by !== name);
    });
    return done ? gone : null;
  }

  /** Adds what others said; the result, or null where the browser did not store it. */
  async merge(others: readonly Preference[]): Promise<ReturnType<typeof mergePreferences> | null> {
    let merge = mergePreferences(this.list, others);
    const done = await this.#change((list) => (merge = mergePreferences(list, others)).merged);
    return done ? merge : null;
  }

  #change(change: (list: readonly Preference[]) => readonly Preference[]): Promise<boolean> {
    const run = this.#run;
    return this.#try(run, () => preferenceFiles.of(run).change(change));
  }

  async #try(run: string, work: () => Promise<StoredLines<Preference>>): Promise<boolean> {
    try {
      const stored = await work();
      // Another run may be shown by now.
      if (run === this.#run) this.#stored = stored;
      return true;
    } catch (error) {
      this.#failures.caught(error, 'storage');
      return false;
    }
  }
}
