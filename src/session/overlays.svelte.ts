/** Curves of other stored runs, to lay over those of the run that is shown. */
import type { StageName } from '../core/reports.ts';
import { runName } from '../core/run-name.ts';
import { listDrawings, loadDrawings } from '../storage/index.ts';
import type { CurveOverlay, CurveOverlays } from '../ui/curves.ts';
import { Curves } from './curves.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import type { Settings } from './settings.svelte.ts';

/** More could not be told apart. */
const MOST = 4;

type Wanted = Pick<Settings, 'preset' | 'seed'>;

export class Overlays {
  readonly #stages = new Map<StageName, StageOverlays>();
  readonly #stored: StoredDrawings;
  readonly #settings: Wanted;

  /** `settings` name the run that is shown. */
  constructor(settings: Wanted, failures: Pick<Failures, 'caught'>) {
    this.#settings = settings;
    this.#stored = new StoredDrawings(failures);
  }

  of(stage: StageName): StageOverlays {
    let found = this.#stages.get(stage);
    if (!found) this.#stages.set(stage, (found = new StageOverlays(stage, this.#stored, this.#settings)));
    return found;
  }
}

class StageOverlays implements CurveOverlays {
  readonly stage: StageName;
  readonly most = MOST;
  readonly #stored: StoredDrawings;
  readonly #settings: Wanted;
  #found = $state.raw<readonly string[] | null>(null);
  #chosen = $state.raw<readonly CurveOverlay[]>([]);

  constructor(stage: StageName, stored: StoredDrawings, settings: Wanted) {
    this.stage = stage;
    this.#stored = stored;
    this.#settings = settings;
  }

  get own(): string {
    return runName(this.#settings);
  }

  get available(): readonly string[] | null {
    return this.#found?.filter((name) => name !== this.own) ?? null;
  }

  get shown(): readonly CurveOverlay[] {
    return this.#chosen.filter(({ name }) => name !== this.own);
  }

  /** Looks which runs have drawn this stage by now. */
  look(): void {
    void this.#stored.runsWith(this.stage).then((runs) => (this.#found = runs));
  }

  toggle(name: string): void {
    if (this.#chosen.some((each) => each.name === name))
      this.#chosen = this.#chosen.filter((each) => each.name !== name);
    else void this.#show(name);
  }

  async #show(name: string): Promise<void> {
    const source = await this.#stored.load(name, this.stage);
    // Others may have been chosen while the storage was read.
    if (!source || this.shown.length >= MOST || this.#chosen.some((each) => each.name === name)) return;
    this.#chosen = [...this.#chosen, { name, source }];
  }
}

/** The stored drawings. One that is damaged is told of, and is not there. */
class StoredDrawings {
  readonly #failures: Pick<Failures, 'caught'>;
  /** Which stages each run has drawn, as of when. */
  readonly #known = new Map<string, { saved: number; stages: readonly StageName[] }>();

  constructor(failures: Pick<Failures, 'caught'>) {
    this.#failures = failures;
  }

  async runsWith(stage: StageName): Promise<string[]> {
    const files = (await this.#try(listDrawings)) ?? [];
    const runs: string[] = [];
    // One after the other, so that the page is free in between.
    for (const { run, saved } of files) {
      if (this.#known.get(run)?.saved !== saved) {
        const drawings = (await this.#try(() => loadDrawings(run))) ?? {};
        const stages = Object.entries(drawings).filter(([, { steps }]) => steps.length > 0);
        this.#known.set(run, { saved, stages: stages.map(([name]) => name as StageName) });
      }
      if (this.#known.get(run)?.stages.includes(stage)) runs.push(run);
    }
    return runs;
  }

  async load(run: string, stage: StageName): Promise<Curves | null> {
    const drawing = (await this.#try(() => loadDrawings(run)))?.[stage];
    if (!drawing) return null;
    const curves = new Curves();
    curves.restore(drawing);
    return curves;
  }

  async #try<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.#failures.caught(error, 'storage');
      return null;
    }
  }
}
