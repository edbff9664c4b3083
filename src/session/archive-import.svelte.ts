/** A zip of another browser, or of an earlier day: looked at first, then taken in as the person chooses. */
import type { ArchivePlan, Choice, Taken } from '../core/archive-protocol.ts';
import { messageOf } from '../core/thrown.ts';
import { askToKeep } from '../storage/persist.ts';
import { newSettings } from './archive-settings.ts';
import { ArchiveWork, Cancelled } from './archive-work.svelte.ts';
import { remember } from './memory.ts';
import type { Page } from './session.svelte.ts';
import { callable } from './worker.ts';

export class ArchiveImport {
  readonly work: ArchiveWork;
  shown = $state(false);
  state = $state<'reading' | 'asking' | 'taking' | 'done' | 'failed' | 'cancelled'>('reading');
  /** Name of the file. */
  file = $state('');
  plan = $state.raw<ArchivePlan | null>(null);
  /** What becomes of each run. */
  choices = $state.raw<Readonly<Record<string, Choice>>>({});
  /** Settings that are not set here are taken, too. */
  withSettings = $state(false);
  taken = $state.raw<readonly Taken[]>([]);
  /** English, for those who look closer. */
  failure = $state('');

  constructor({ failures }: Page) {
    this.work = new ArchiveWork(failures);
  }

  /** Settings of the archive that are not set here. */
  get settings(): ArchivePlan['settings'] {
    return newSettings(this.plan?.settings ?? {});
  }

  get busy(): boolean {
    return this.shown && (this.state === 'reading' || this.state === 'taking');
  }

  /** Reads and checks a file, and shows what is in it. Nothing is stored. */
  async open(file: File): Promise<void> {
    if (this.busy) return;
    this.work.end();
    Object.assign(this, { file: file.name, plan: null, taken: [], withSettings: false, state: 'reading', shown: true });
    try {
      const plan = await this.work.ask((api, hear) => api.open(file, hear));
      this.choices = Object.fromEntries(plan.runs.map(({ run, choices }) => [run, choices[0] ?? 'skip']));
      this.plan = plan;
      this.state = 'asking';
    } catch (error) {
      this.#failed(error);
    }
  }

  choose(run: string, choice: Choice): void {
    this.choices = { ...this.choices, [run]: choice };
  }

  get hasWork(): boolean {
    return Object.values(this.choices).some((choice) => choice !== 'skip') || this.withSettings;
  }

  /** Stores what was chosen. */
  async take(): Promise<void> {
    this.state = 'taking';
    // The worker that stores it cannot ask.
    askToKeep();
    const { choices } = this;
    const hearTaken = callable((taken: Taken) => (this.taken = [...this.taken, taken]));
    try {
      await this.work.ask((api, hear) => api.take(choices, hear, hearTaken));
      if (this.withSettings) for (const [key, value] of Object.entries(this.settings)) remember(key, value);
      this.state = 'done';
      this.work.end();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Ends what is at work; a run that is being written is stored whole, or not at all. */
  cancel(): void {
    this.work.end();
  }

  #failed(error: unknown): void {
    this.state = error instanceof Cancelled ? 'cancelled' : 'failed';
    this.failure = messageOf(error);
    this.work.end();
  }
}
