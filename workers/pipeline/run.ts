/**
 * A whole run: the stages in order, each from the checkpoint of the one before, resumable at any step.
 *
 * The consumer pulls: not pulling pauses, `return()` or the signal stops and stores a snapshot. Finished stages are
 * skipped, but for those that would come out otherwise today and all that was made from them. An unfinished one goes on
 * from its snapshot, and ends with the bits of a run that was never cut off, as long as it computes on the same device.
 */
import { type Preference, personSource } from '../../src/core/data/preferences.ts';
import { type Fingerprints, type Ingredients, fingerprintsOf } from '../../src/core/fingerprints.ts';
import { type Changes, KNOBS } from '../../src/core/knobs.ts';
import type { ComputedOn, DeviceReport, PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName, type StageReport } from '../../src/core/reports.ts';
import { type Engine, NonFiniteError } from '../engine/engine.ts';
import { DeviceLostError } from '../engine/errors.ts';
import { Checkpoints, type ModelStage, PARENTS, type Parents } from './checkpoints.ts';
import { contextOf } from './context.ts';
import type { Keeper } from './keeper.ts';
import { type OwnDemonstrations, ownDemonstrations } from './own-demonstrations.ts';
import { patiently } from './patience.ts';
import { personLabels } from './person-labels.ts';
import { type RunRecord, asking, forget, isCopied, isDone, madeOf, readRecord, recordFiles, reopen } from './record.ts';
import { Autosaves, type Kept, type Origin, originHash } from './snapshot.ts';
import type { StageContext, StageStep } from './stage.ts';
import { type Finished, type StageInputs, startStage } from './stages.ts';
import type { RunStore, StoredFile } from './store.ts';

/** Keeps what a run shows, so that it can be shown again: it hears of every step before anybody else does. */
export interface RunRecorder {
  /** Takes up what is stored of the run; what it says of it is told to the consumer. */
  open(store: RunStore): Promise<readonly PipelineEvent[]>;
  hear(event: PipelineEvent): void;
  /** What is to be stored in one with the snapshot, or with the end of a stage: all that is new since the last call. */
  files(): readonly StoredFile[];
}

export interface RunOptions {
  request: RunRequest;
  engine: Engine;
  device: DeviceReport;
  store: RunStore;
  /** A file of public/checkpoints by name. */
  loadShipped: (name: string) => Promise<Uint8Array>;
  /** Seconds from one snapshot to the next at least, by the clock on the wall; 0: after every step. */
  snapshotSeconds: number;
  recorder?: RunRecorder;
  /** By it an autosave can be asked for out of turn. */
  keeper?: Keeper;
  /** Steps between what a stage shows; nothing where it is left out. What is shown never changes what is learnt. */
  sampleEvery?: Partial<Record<StageName, number>>;
  signal?: AbortSignal;
}

/** What holds for the whole of a run. */
interface Run {
  options: RunOptions;
  context: StageContext;
  checkpoints: Checkpoints;
  own: OwnDemonstrations;
  /** A person's comparisons; null: a simulated labeller's. */
  labels: readonly Preference[] | null;
  today: Ingredients;
  fingerprints: Required<Fingerprints>;
}

export async function* runPipeline(options: RunOptions): AsyncGenerator<PipelineEvent, RunReport> {
  const { request, store, recorder } = options;
  const run = await prepare(options);
  const { fingerprints, today } = run;
  let record = yield* openRecord(run);
  yield* (await recorder?.open(store)) ?? [];
  for (const stage of STAGES.filter((each) => request.stages.includes(each))) {
    const finished = record.report.stages.find(({ name }) => name === stage);
    if (finished) {
      if (!isCopied(record, stage))
        await new Autosaves(store, stage).removeLeft({ settings: fingerprints[stage], labels: record.labels });
      yield {
        kind: 'stage_done',
        stage,
        report: finished,
        run: record.report,
        fingerprints: madeOf(record).fingerprints,
      };
      continue;
    }
    if (options.signal?.aborted) return record.report;
    const outcome = yield* runStage(stage, run, record);
    if (outcome === null) return record.report;
    const settings = { ...madeOf(record).fingerprints, [stage]: fingerprints[stage] };
    const report = { ...record.report, ...outcome.report, stages: [...record.report.stages, outcome.stage] };
    const { changes, demonstrations } = today;
    record = { ...record, settings, changes, demonstrations, report };
    delete record.asked;
    // Only now, and in one: until a stage is done, what was made of it before stands.
    // What was drawn last stands for what an autosave had no room for.
    const files = new Map([...outcome.files, ...(recorder?.files() ?? []), ...recordFiles(record)]);
    yield* patiently(() => store.writeAll([...files]));
    if (!isCopied(record, stage)) await new Autosaves(store, stage).remove();
    yield { kind: 'stage_done', stage, report: outcome.stage, run: report, fingerprints: settings };
  }
  yield { kind: 'run_done', run: record.report };
  return record.report;
}

async function prepare(options: RunOptions): Promise<Run> {
  const { request, store, loadShipped } = options;
  const { preset, base, changes = {} } = request;
  const context = contextOf(request, options.engine);
  const own = ownDemonstrations(context, request.demonstrations);
  const labels = request.labels === 'person' ? await personLabels(store, request.annotators) : null;
  const source = labels ? personSource(labels) : `simulated:${request.taste ?? 'gold'}`;
  const today: Ingredients = { preset, base, labels: source, changes, demonstrations: own.hash };
  const checkpoints = new Checkpoints(store, loadShipped, preset, context.config);
  return { options, context, checkpoints, own, labels, today, fingerprints: fingerprintsOf(today) };
}

/** The stored record, or a new one; written at once, so that a run that is cut off at any moment can be found again. */
async function* openRecord(run: Run): AsyncGenerator<PipelineEvent, RunRecord> {
  const { options, checkpoints, today } = run;
  const { request, store, device } = options;
  const stored = await readRecord(store);
  if (stored) {
    const kept = await withWhatIsGone(reopen(stored, request, today), request.stages, checkpoints);
    const asks = asking(stored, today, request.annotators);
    // Who goes on after an interruption goes on with the same.
    const isAskedAnew = kept !== stored && JSON.stringify(asks.asked) !== JSON.stringify(stored.asked);
    const keys = await store.keys();
    // A missing one was damaged, or is of before there were two.
    const files = recordFiles(isAskedAnew ? asks : stored).filter(([key]) => isAskedAnew || !keys.includes(key));
    if (files.length > 0) yield* patiently(() => store.writeAll(files));
    return kept;
  }
  const { preset, seed, base } = request;
  const { backend, adapter } = device;
  const report: RunReport = { preset, seed, base, backend, adapter, stages: [] };
  const { labels, changes, demonstrations } = today;
  const { annotators } = request;
  const record: RunRecord = { version: 1, settings: {}, labels, annotators, changes, demonstrations, report };
  yield* patiently(() => store.writeAll(recordFiles(record)));
  return record;
}

/**
 * The record without the stages that have to be run again, because a stage that is asked for stands on their checkpoint
 * and somebody deleted it, or it was damaged. Throws when such a stage is not asked for itself.
 */
async function withWhatIsGone(
  record: RunRecord,
  asked: readonly StageName[],
  checkpoints: Checkpoints,
): Promise<RunRecord> {
  const toRun = asked.filter((stage) => !isDone(record, stage));
  const needed = STAGES.filter((stage) =>
    toRun.some((each) => (PARENTS[each] as readonly StageName[]).includes(stage)),
  );
  for (const stage of needed as ModelStage[]) {
    if (!isDone(record, stage) || !(await checkpoints.isGone(stage, record))) continue;
    if (!asked.includes(stage))
      throw new Error(`the checkpoint of the ${stage} stage is gone; run that stage again too. Nothing was changed`);
    return withWhatIsGone(forget(record, stage), asked, checkpoints);
  }
  return record;
}

/** `files`: its checkpoint, and what that replaces. */
type StageOutcome = { stage: StageReport; report: Finished['report']; files: readonly StoredFile[] };

/** Runs one stage to its end; null when it was stopped or failed. */
async function* runStage(
  name: StageName,
  run: Run,
  record: RunRecord,
): AsyncGenerator<PipelineEvent, StageOutcome | null> {
  const { options, context, checkpoints, today } = run;
  const { store, request, recorder } = options;
  const parents = await loadParents(name, checkpoints, record);
  const origin: Origin = {
    settings: run.fingerprints[name],
    labels: record.labels,
    parents: Object.values(parents).map(({ hash }) => hash),
  };
  const autosaves = new Autosaves(store, name);
  const { found, damaged } = isCopied(record, name) ? { found: null, damaged: [] } : await autosaves.read(origin);
  let { last, seconds }: Pick<Kept, 'last' | 'seconds'> = found?.kept ?? {
    last: { step: 0, costs: { tokens: 0, flop: 0 }, metrics: {} },
    seconds: 0,
  };
  const inputs: StageInputs = {
    context: { ...context, sampleEvery: options.sampleEvery?.[name] ?? 0 },
    checkpoints,
    parents,
    base: request.base,
    own: run.own,
    labels: run.labels ?? request.taste ?? 'gold',
    report: record.report,
  };
  for (const { file, message } of damaged) yield { kind: 'set_aside', file, message };
  const device = computedOn(options.device);
  const before = found?.kept.device;
  if (before && !isSameDevice(before, device)) yield { kind: 'other_device', stage: name, before, now: device };
  const started: PipelineEvent = {
    kind: 'stage_started',
    stage: name,
    resumedAt: last.step,
    origin: originHash(name, origin),
  };
  recorder?.hear(started);
  yield started;
  const stage = startStage(name, inputs, found?.resume);
  let save: (() => Promise<void>) | null = null;
  let failed = false;
  let savedAt = performance.now();
  options.keeper?.serve(async () => {
    // None is left to save where the autosave of this step is under way.
    const saveNow = save;
    await saveNow?.();
    const full = await autosaves.landed();
    if (full || !saveNow) return full;
    save = null;
    savedAt = performance.now();
    return null;
  });
  try {
    for (;;) {
      save = null;
      const begin = performance.now();
      const result = await stage.next();
      seconds += (performance.now() - begin) / 1000;
      autosaves.check();
      if (result.done) {
        const { model, report } = result.value;
        const { step, costs, metrics } = last;
        // What an autosave had no room for is stored now.
        await autosaves.superseded();
        let files = autosaves.unwritten;
        if (model) {
          const { weights, parent, data, scores } = model;
          const { preset, seed } = request;
          const changes = changesUpTo(name, today);
          const card = { preset, stage: name, seed, data, steps: step, ...costs, scores, ...changes };
          const checkpoint = { config: context.config, weights, card, parent };
          files = [...files, ...(await checkpoints.filesOf(model.stage, checkpoint))];
        }
        return { stage: { name, seconds, ...costs, metrics }, report, files };
      }
      const done = result.value;
      last = { step: done.step, costs: { ...done.costs }, metrics: done.metrics };
      const events = told(name, done, seconds);
      for (const event of events) recorder?.hear(event);
      save = () => autosaves.save(done, { ...origin, seconds, last, device }, recorder?.files() ?? []);
      const due = performance.now() - savedAt >= options.snapshotSeconds * 1000;
      // The next one waits for the one before in any case; had that no room, the run waits for some.
      if (due) await autosaves.landed();
      if (autosaves.full) {
        const saveNow = save;
        yield* patiently(async () => {
          await saveNow();
          await autosaves.settled();
        });
        save = null;
        savedAt = performance.now();
      } else if (due) {
        savedAt = performance.now();
        await save();
        save = null;
      }
      yield* events;
      if (options.signal?.aborted) return null;
    }
  } catch (error) {
    failed = true;
    // What was on a lost device cannot be stored: the last snapshot stands.
    if (error instanceof DeviceLostError) save = null;
    if (!(error instanceof NonFiniteError)) throw error;
    // This is what went wrong first.
    await autosaves.settled().catch(() => undefined);
    yield { kind: 'stage_failed', stage: name, step: last.step, message: error.message, keptStep: autosaves.stored };
    return null;
  } finally {
    options.keeper?.serve(null);
    try {
      // Stopped between two steps: the stage waits at a yield and can still say all it knows.
      if (save) await save();
      // What went wrong first is what is told.
      await autosaves.settled().catch((error: unknown) => {
        if (!failed) throw error;
      });
    } finally {
      await stage.return(undefined as never);
    }
  }
}

const computedOn = ({ backend, engine, adapter, kernels }: ComputedOn): ComputedOn => ({
  backend,
  engine,
  adapter,
  kernels,
});

const isSameDevice = (a: ComputedOn, b: ComputedOn): boolean =>
  JSON.stringify(computedOn(a)) === JSON.stringify(computedOn(b));

/** What is told of a step; its progress comes last, and ends it. */
function told(stage: StageName, done: StageStep, seconds: number): PipelineEvent[] {
  const { step, steps, costs, metrics, samples, continuations, tokenLosses, recorded } = done;
  return [
    ...(samples ? [{ kind: 'samples', stage, step, samples } as const] : []),
    ...(continuations ? [{ kind: 'continuations', stage: 'base', step, continuations } as const] : []),
    ...(tokenLosses ? [{ kind: 'token_losses', stage: 'sft', step, rows: tokenLosses } as const] : []),
    ...(recorded ? [{ kind: 'recorded', stage: 'ppo', record: recorded } as const] : []),
    { kind: 'progress', stage, step, steps, seconds, ...costs, metrics },
  ];
}

async function loadParents(name: StageName, checkpoints: Checkpoints, record: RunRecord): Promise<Parents> {
  const parents: Parents = {};
  for (const stage of PARENTS[name]) Object.assign(parents, { [stage]: await checkpoints.load(stage, record) });
  return parents;
}

/** The knobs that a stage or one before it depends on, for its card; nothing where none was changed. */
function changesUpTo(stage: StageName, { changes, base }: Ingredients): { changes?: Changes } {
  const last = STAGES.indexOf(stage);
  const matters = KNOBS.filter(({ name, stage: own }) => {
    // A shipped base model is as it is, whatever its knobs say.
    if (own === 'base' && base === 'shipped') return false;
    return changes[name] !== undefined && STAGES.indexOf(own) <= last;
  });
  if (matters.length === 0) return {};
  return { changes: Object.fromEntries(matters.map(({ name }) => [name, changes[name]])) };
}
