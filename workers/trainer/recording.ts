/**
 * What a run draws and shows while it trains: curves, samples, texts, token losses, iterations under the microscope. It is
 * stored in one with each snapshot, so that a run that goes on has exactly the points of one that was never cut off.
 */
import { CurvePoints, type Drawing, type Drawings, standingUpTo } from '../../src/core/drawings.ts';
import type { IterationRecord } from '../../src/core/microscope.ts';
import type { PipelineEvent, ProgressEvent } from '../../src/core/protocol.ts';
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { DamagedFileError, NewerFileError } from '../../src/core/storage-errors.ts';
import { DRAWINGS_FILE, decodeDrawings, encodeDrawings } from '../../src/storage/index.ts';
import { RECORDINGS_FILE, decodeRecordings, encodeRecordings } from '../../src/storage/microscope.ts';
import type { RunRecorder } from '../pipeline/run.ts';
import { type RunStore, type StoredFile, setAside } from '../pipeline/store.ts';

export class Recording implements RunRecorder {
  #stages: Partial<Record<StageName, StageRecording>> = {};
  #iterations: IterationRecord[] = [];
  /** There is something that `files` has not given yet. */
  #isNew = { drawings: false, iterations: false };

  /** Rejects with a NewerFileError, and leaves the file as it is, where a newer page wrote it. */
  async open(store: RunStore): Promise<PipelineEvent[]> {
    const damaged: PipelineEvent[] = [];
    /** The contents of a file; null where there is none, or it is damaged, which is no reason not to train. */
    const take = async <T>(file: string, decode: (bytes: Uint8Array, name: string) => T): Promise<T | null> => {
      let bytes: Uint8Array | null = null;
      try {
        bytes = await store.read(file);
        return bytes && decode(bytes, file);
      } catch (error) {
        // What is drawn from now on would replace it.
        if (error instanceof NewerFileError) throw error;
        const { message } = error as Error;
        const told = bytes ? await setAside(store, file, message, bytes) : error instanceof DamagedFileError;
        if (!told) damaged.push({ kind: 'set_aside', file, message });
        return null;
      }
    };
    const drawings = (await take(DRAWINGS_FILE, decodeDrawings)) ?? {};
    this.#stages = {};
    for (const stage of STAGES) {
      const drawing = drawings[stage];
      if (drawing) this.#of(stage).restore(drawing);
    }
    this.#iterations = (await take(RECORDINGS_FILE, decodeRecordings)) ?? [];
    this.#isNew = { drawings: false, iterations: false };
    return damaged;
  }

  hear(event: PipelineEvent): void {
    switch (event.kind) {
      case 'stage_started': {
        const last = this.#of(event.stage).start(event.resumedAt, event.origin);
        if (event.stage === 'ppo') {
          const kept = this.#iterations.filter(({ step }) => step <= last);
          if (kept.length < this.#iterations.length) this.#isNew.iterations = true;
          this.#iterations = kept;
        }
        break;
      }
      case 'recorded':
        this.#iterations.push(event.record);
        this.#isNew.iterations = true;
        break;
      case 'progress':
      case 'samples':
      case 'continuations':
      case 'token_losses':
        this.#of(event.stage).hear(event);
        break;
      default:
        return;
    }
    this.#isNew.drawings = true;
  }

  files(): StoredFile[] {
    const { drawings, iterations } = this.#isNew;
    this.#isNew = { drawings: false, iterations: false };
    return [
      ...(drawings ? [[DRAWINGS_FILE, encodeDrawings(this.drawings)] as const] : []),
      ...(iterations ? [[RECORDINGS_FILE, encodeRecordings(this.#iterations)] as const] : []),
    ];
  }

  get drawings(): Drawings {
    const stages = Object.entries(this.#stages).map(([stage, { drawing }]) => [stage, drawing] as const);
    return Object.fromEntries(stages);
  }

  get iterations(): readonly IterationRecord[] {
    return this.#iterations;
  }

  #of(stage: StageName): StageRecording {
    return (this.#stages[stage] ??= new StageRecording());
  }
}

type Shown = Extract<PipelineEvent, { kind: 'progress' | 'samples' | 'continuations' | 'token_losses' }>;

class StageRecording {
  #origin: number | undefined;
  readonly #curves = new CurvePoints();
  #samples: Drawing['samples'] = null;
  #continuations: NonNullable<Drawing['continuations']>[number][] = [];
  #tokenLosses: NonNullable<Drawing['tokenLosses']> | null = null;
  #progress: ProgressEvent | null = null;

  hear(event: Shown): void {
    switch (event.kind) {
      case 'progress':
        this.#progress = event;
        this.#curves.add([event]);
        break;
      case 'samples':
        this.#samples = { step: event.step, samples: event.samples };
        break;
      case 'continuations':
        this.#continuations.push({ step: event.step, continuations: event.continuations });
        break;
      case 'token_losses':
        this.#tokenLosses = { step: event.step, rows: event.rows };
    }
  }

  /**
   * The stage goes on after `resumedAt` steps: what was shown later is of no run any more, nor is what was shown of another
   * origin. Up to which step what was shown stands.
   */
  start(resumedAt: number, origin: number | undefined): number {
    const step = standingUpTo(resumedAt, this.#origin, origin);
    this.#origin = origin;
    const upTo = <T extends { step: number }>(shown: T | null): T | null =>
      shown && shown.step <= step ? shown : null;
    if (step === 0) this.#curves.clear();
    else this.#curves.cut(step);
    this.#samples = upTo(this.#samples);
    this.#continuations = this.#continuations.filter((each) => each.step <= step);
    this.#tokenLosses = upTo(this.#tokenLosses);
    this.#progress = upTo(this.#progress);
    return step;
  }

  get drawing(): Drawing {
    const progress = this.#progress;
    // JSON has no other numbers.
    const finite = Object.entries(progress?.metrics ?? {}).filter(([, value]) => Number.isFinite(value));
    return {
      origin: this.#origin,
      ...this.#curves.toStored(),
      samples: this.#samples,
      continuations: this.#continuations,
      tokenLosses: this.#tokenLosses,
      progress: progress && { ...progress, metrics: Object.fromEntries(finite) },
    };
  }

  restore({ origin, samples, continuations = [], tokenLosses = null, progress, ...curves }: Drawing): void {
    this.#origin = origin;
    this.#curves.restore(curves);
    this.#samples = samples;
    this.#continuations = [...continuations];
    this.#tokenLosses = tokenLosses;
    this.#progress = progress;
  }
}
