/**
 * A whole run: the stages in order, each from the checkpoint of the one before, resumable at any step.
 *
 * The consumer pulls: not pulling pauses, `return()` or the signal stops and stores a snapshot. Finished stages are
 * skipped, but for those that would come out otherwise today and all that was made from them. An unfinished one goes on
 * from its snapshot, and ends with the figures of a run that was never cut off.
 */
import { type Preference, personSource } from '../../src/core/data/preferences.ts';
import { type Fingerprints, type Ingredients, fingerprintsOf } from '../../src/core/fingerprints.ts';
import { type Changes, KNOBS } from '../../src/core/knobs.ts';
import type { DeviceReport, PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName, type StageReport } from '../../src/core/reports.ts';
import { type Engine, NonFiniteError } from '../engine/engine.ts';
import { DeviceLostError } from '../engine/errors.ts';
import { Checkpoints, type ModelStage, PARENTS, type Parents } from './checkpoints.ts';
import { contextOf } from './context.ts';
import { type OwnDemonstrations, ownDemonstrations } from './own-demonstrations.ts';
import { personLabels } from './person-labels.ts';
import { type RunRecord, forget, isDone, madeOf, readRecord, reopen, writeRecord } from './record.ts';
import { type Kept, type Origin, readSnapshot, writeSnapshot } from './snapshot.ts';
import type { StageContext, StageStep } from './stage.ts';
import { type Finished, type StageInputs, startStage } from './stages.ts';
import { type RunStore, snapshotFile } from './store.ts';

export interface RunOptions {
  request: RunRequest;
  engine: Engine;
  device: DeviceReport;
  store: RunStore;
  /** A file of public/checkpoints by name. */
  loadShipped: (name: string) => Promise<Uint8Array>;
  /** Seconds of computing between snapshots. */
  snapshotSeconds: number;
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
  const { request, store } = options;
  const run = await prepare(options);
  const { fingerprints, today } = run;
  let record = await openRecord(run);
  for (const stage of STAGES.filter((each) => request.stages.includes(each))) {
    const finished = record.report.stages.find(({ name }) => name === stage);
    if (finished) {
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
    // Only now: until a stage is done, what was made of it before stands.
    await writeRecord(store, record);
    await store.remove(snapshotFile(stage));
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
async function openRecord(run: Run): Promise<RunRecord> {
  const { options, checkpoints, today } = run;
  const { request, store, device } = options;
  const stored = await readRecord(store);
  if (stored) return withWhatIsGone(reopen(stored, request, today), request.stages, checkpoints);
  const { preset, seed, base } = request;
  const { backend, adapter } = device;
  const report: RunReport = { preset, seed, base, backend, adapter, stages: [] };
  const { labels, changes, demonstrations } = today;
  const { annotators } = request;
  const record: RunRecord = { version: 1, settings: {}, labels, annotators, changes, demonstrations, report };
  await writeRecord(store, record);
  return record;
}

/**
 * The record without the stages that have to be run again, because a stage that is asked for stands on their checkpoint
 * and somebody deleted it. Throws when such a stage is not asked for itself.
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
    if (!isDone(record, stage) || !(await checkpoints.isGone(stage))) continue;
    if (!asked.includes(stage))
      throw new Error(`the checkpoint of the ${stage} stage is gone; run that stage again too. Nothing was changed`);
    return withWhatIsGone(forget(record, stage), asked, checkpoints);
  }
  return record;
}

type StageOutcome = { stage: StageReport; report: Finished['report'] };

/** Runs one stage to its end; null when it was stopped or failed. */
async function* runStage(
  name: StageName,
  run: Run,
  record: RunRecord,
): AsyncGenerator<PipelineEvent, StageOutcome | null> {
  const { options, context, checkpoints, today } = run;
  const { store, request } = options;
  const parents = await loadParents(name, checkpoints, record);
  const origin: Origin = {
    settings: run.fingerprints[name],
    labels: record.labels,
    parents: Object.values(parents).map(({ hash }) => hash),
  };
  const copied = name === 'base' && request.base === 'shipped';
  const snapshot = copied ? null : await readSnapshot(store, name, origin);
  let { last, seconds }: Pick<Kept, 'last' | 'seconds'> = snapshot?.kept ?? {
    last: { step: 0, costs: { tokens: 0, flop: 0 }, metrics: {} },
    seconds: 0,
  };
  let kept = snapshot ? last.step : null;
  let sinceSnapshot = 0;
  const inputs: StageInputs = {
    context: { ...context, sampleEvery: options.sampleEvery?.[name] ?? 0 },
    checkpoints,
    parents,
    base: request.base,
    own: run.own,
    labels: run.labels ?? request.taste ?? 'gold',
    report: record.report,
  };
  const stage = startStage(name, inputs, snapshot?.resume);
  yield { kind: 'stage_started', stage: name, resumedAt: last.step };
  let save: (() => Promise<void>) | null = null;
  try {
    for (;;) {
      save = null;
      const begin = performance.now();
      const result = await stage.next();
      const elapsed = (performance.now() - begin) / 1000;
      seconds += elapsed;
      sinceSnapshot += elapsed;
      if (result.done) {
        const { model, report } = result.value;
        const { step, costs, metrics } = last;
        if (model) {
          const { weights, parent, data, scores } = model;
          const { preset, seed } = request;
          const changes = changesUpTo(name, today);
          const card = { preset, stage: name, seed, data, steps: step, ...costs, scores, ...changes };
          await checkpoints.save(model.stage, { config: context.config, weights, card, parent });
        }
        return { stage: { name, seconds, ...costs, metrics }, report };
      }
      const done = result.value;
      last = { step: done.step, costs: { ...done.costs }, metrics: done.metrics };
      save = async () => {
        await writeSnapshot(store, name, done, { ...origin, seconds, last });
        kept = done.step;
      };
      if (sinceSnapshot >= options.snapshotSeconds) {
        await save();
        sinceSnapshot = 0;
      }
      yield* told(name, done, seconds);
      if (options.signal?.aborted) return null;
    }
  } catch (error) {
    // What was on a lost device cannot be stored: the last snapshot stands.
    if (error instanceof DeviceLostError) save = null;
    if (!(error instanceof NonFiniteError)) throw error;
    yield { kind: 'stage_failed', stage: name, step: last.step, message: error.message, keptStep: kept };
    return null;
  } finally {
    // Stopped between two steps: the stage waits at a yield and can still say all it knows.
    if (save) await save();
    await stage.return(undefined as never);
  }
}

/** What the consumer hears of a step. */
function* told(stage: StageName, done: StageStep, seconds: number): Generator<PipelineEvent> {
  const { step, steps, costs, metrics, samples, continuations, tokenLosses, recorded } = done;
  yield { kind: 'progress', stage, step, steps, seconds, ...costs, metrics };
  if (samples) yield { kind: 'samples', stage, step, samples };
  if (continuations) yield { kind: 'continuations', stage: 'base', step, continuations };
  if (tokenLosses) yield { kind: 'token_losses', stage: 'sft', step, rows: tokenLosses };
  if (recorded) yield { kind: 'recorded', stage: 'ppo', record: recorded };
}

async function loadParents(name: StageName, checkpoints: Checkpoints, record: RunRecord): Promise<Parents> {
  const parents: Parents = {};
  for (const stage of PARENTS[name])
    Object.assign(parents, { [stage]: await checkpoints.load(stage, isDone(record, stage)) });
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
