/**
 * A whole run: the stages in order, each from the checkpoint of the one before, resumable at any step.
 *
 * The consumer pulls: not pulling pauses, `return()` or the signal stops and stores a snapshot. Finished stages are
 * skipped; an unfinished one goes on from its snapshot, and ends with the figures of a run that was never cut off.
 */
import { parsePreference, type Preference } from '../../src/core/data/preferences.ts';
import { presetFor } from '../../src/core/presets.ts';
import type { DeviceReport, PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName, type StageReport } from '../../src/core/reports.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import { type Engine, NonFiniteError } from '../engine/engine.ts';
import { DeviceLostError } from '../engine/errors.ts';
import type { Weights } from '../model/model.ts';
import { baseStage } from './base.ts';
import { decodeSnapshot, encodeSnapshot } from './checkpoint.ts';
import { Checkpoints, type ModelStage } from './checkpoints.ts';
import { modelConfig } from './configuration.ts';
import { judgeStage } from './judge.ts';
import { ppoStage } from './ppo.ts';
import {
  type RunRecord,
  checkSameRun,
  checkSettings,
  forget,
  readRecord,
  settingsHash,
  writeRecord,
} from './record.ts';
import { rewardStage } from './reward.ts';
import { rewardScores } from './reward-probes.ts';
import { sftStage } from './sft.ts';
import type { Costs, Resume, Stage, StageContext } from './stage.ts';
import { PREFERENCES_FILE, type RunStore, readText, snapshotFile } from './store.ts';

export interface RunOptions {
  request: RunRequest;
  engine: Engine;
  device: DeviceReport;
  store: RunStore;
  /** A file of public/checkpoints by name. */
  loadShipped: (name: string) => Promise<Uint8Array>;
  /** Seconds of computing between snapshots. */
  snapshotSeconds: number;
  /** Steps between shown samples of a stage; none where it is left out. Samples never change what is learnt. */
  sampleEvery?: Partial<Record<StageName, number>>;
  signal?: AbortSignal;
}

/** What a stage leaves behind, and how it becomes part of the run's report. */
interface Finished {
  model?: { stage: ModelStage; weights: Weights; parent: string | null; data: string; scores: Record<string, number> };
  report: Partial<Pick<RunReport, 'sft' | 'reward' | 'judge'>>;
}

/** The context of a request: world, tokenizer, sizes. */
export function contextOf(request: Pick<RunRequest, 'preset' | 'seed' | 'labels'>, engine: Engine): StageContext {
  const preset = presetFor(request.preset, request.labels);
  const world = createWorld(preset.world);
  const tokenizer = new Tokenizer(world.vocabulary);
  return {
    preset,
    seed: request.seed,
    world,
    tokenizer,
    config: modelConfig(preset, tokenizer.size),
    engine,
    sampleEvery: 0,
  };
}

/** A person's comparisons, oldest first. Throws an Error that names the line which is not one. */
export async function readPreferences(store: RunStore): Promise<Preference[]> {
  const lines = ((await readText(store, PREFERENCES_FILE)) ?? '').split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${PREFERENCES_FILE}, line ${i + 1}`;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      throw new Error(`${where}: not JSON`);
    }
    return [parsePreference(record, where)];
  });
}

export async function* runPipeline(options: RunOptions): AsyncGenerator<PipelineEvent, RunReport> {
  const { request, store } = options;
  const context = contextOf(request, options.engine);
  const labels = request.labels === 'person' ? await readPreferences(store) : null;
  let record = await openRecord(options, context, labels);
  const checkpoints = new Checkpoints(store, options.loadShipped, request.preset, context.config);
  const stages = STAGES.filter((stage) => request.stages.includes(stage));
  for (const stage of stages) {
    const finished = record.report.stages.find(({ name }) => name === stage);
    if (finished) {
      yield { kind: 'stage_done', stage, report: finished, run: record.report };
      continue;
    }
    if (options.signal?.aborted) return record.report;
    const outcome = yield* runStage(stage, options, context, checkpoints, record, labels);
    if (outcome === null) return record.report;
    const stagesDone = [...record.report.stages, outcome.stage];
    const settings = { ...record.settings, [stage]: settingsHash(context.preset, stage) };
    record = { ...record, settings, report: { ...record.report, ...outcome.report, stages: stagesDone } };
    await writeRecord(store, record);
    await store.remove(snapshotFile(stage));
    yield { kind: 'stage_done', stage, report: outcome.stage, run: record.report };
  }
  yield { kind: 'run_done', run: record.report };
  return record.report;
}

/** The stored record, or a new one; written at once, so that a run that is cut off at any moment can be found again. */
async function openRecord(
  { request, store, device }: RunOptions,
  context: StageContext,
  labels: readonly Preference[] | null,
): Promise<RunRecord> {
  const source = labels ? `person:${labels.length}` : `simulated:${request.taste ?? 'gold'}`;
  const stored = await readRecord(store);
  if (stored) {
    checkSameRun(stored, request);
    // Other labels make another reward model: what was learnt from the old ones is made again.
    const kept = stored.labels === source ? stored : { ...forget(stored, 'reward'), labels: source };
    checkSettings(kept, context.preset);
    return kept;
  }
  const { preset, seed, base } = request;
  const { backend, adapter } = device;
  const report: RunReport = { preset, seed, base, backend, adapter, stages: [] };
  const record: RunRecord = { version: 1, settings: {}, labels: source, report };
  await writeRecord(store, record);
  return record;
}

/** What a snapshot keeps beside the stage's own state. */
interface Kept {
  settings: number;
  labels: string;
  /** Seconds of computing so far. */
  seconds: number;
  /** The last step: what is reported if it was the very last. */
  last: { step: number; costs: Costs; metrics: Record<string, number> };
}

type StageOutcome = { stage: StageReport; report: Finished['report'] };

/** Runs one stage to its end; null when it was stopped or failed. */
async function* runStage(
  name: StageName,
  options: RunOptions,
  context: StageContext,
  checkpoints: Checkpoints,
  record: RunRecord,
  labels: readonly Preference[] | null,
): AsyncGenerator<PipelineEvent, StageOutcome | null> {
  const { store, request } = options;
  const settings = settingsHash(context.preset, name);
  const stored = await readSnapshot(store, name);
  if (stored && stored.kept.settings !== settings)
    throw new Error(`${snapshotFile(name)}: the stage was begun with other settings; nothing was changed`);
  const snapshot = stored?.kept.labels === record.labels ? stored : null;
  let { last, seconds } = snapshot?.kept ?? {
    last: { step: 0, costs: { tokens: 0, flop: 0 }, metrics: {} },
    seconds: 0,
  };
  let kept = snapshot ? last.step : null;
  let sinceSnapshot = 0;
  const shown = { ...context, sampleEvery: options.sampleEvery?.[name] ?? 0 };
  const stage = startStage(name, request, shown, checkpoints, record, labels, snapshot?.resume);
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
          const card = { preset, stage: name, seed, data, steps: step, ...costs, scores };
          await checkpoints.save(model.stage, { config: context.config, weights, card, parent });
        }
        return { stage: { name, seconds, ...costs, metrics }, report };
      }
      const { step, steps, metrics, samples, costs, snapshot } = result.value;
      last = { step, costs: { ...costs }, metrics };
      save = async () => {
        const { tensors, state } = await snapshot();
        const run: Kept = { settings, labels: record.labels, seconds, last };
        const bytes = encodeSnapshot({ stage: name, step, steps, tensors, state: { stage: state, run } });
        await store.write(snapshotFile(name), bytes);
        kept = step;
      };
      if (sinceSnapshot >= options.snapshotSeconds) {
        await save();
        sinceSnapshot = 0;
      }
      yield { kind: 'progress', stage: name, step, steps, seconds, ...last.costs, metrics };
      if (samples) yield { kind: 'samples', stage: name, step, samples };
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

async function readSnapshot(store: RunStore, stage: StageName): Promise<{ resume: Resume; kept: Kept } | null> {
  const file = snapshotFile(stage);
  const bytes = await store.read(file);
  if (bytes === null) return null;
  const { tensors, state } = decodeSnapshot(bytes, file, stage);
  const { stage: inner, run } = state as { stage?: unknown; run?: Kept };
  if (!inner || !run) throw new Error(`${file}: its state has no "stage" and "run"`);
  return { resume: { tensors, state: inner }, kept: run };
}

/** The stage by name, from the checkpoints that it stands on. */
async function* startStage(
  name: StageName,
  request: RunRequest,
  context: StageContext,
  checkpoints: Checkpoints,
  record: RunRecord,
  labels: readonly Preference[] | null,
  resume?: Resume,
): Stage<Finished> {
  const { preset } = context;
  switch (name) {
    case 'base': {
      if (request.base === 'shipped') {
        const { weights, card } = await checkpoints.shipped('base');
        return { model: { stage: 'base', weights, parent: null, data: card.data, scores: card.scores }, report: {} };
      }
      const weights = yield* baseStage(context, resume);
      const data = `the corpus of the ${preset.world} world, ${preset.base.step_tokens} tokens a step`;
      return { model: { stage: 'base', weights, parent: null, data, scores: {} }, report: {} };
    }
    case 'sft': {
      const base = await checkpoints.load('base');
      const { weights, report } = yield* sftStage(context, base.weights, resume);
      const { mean, unseen_templates } = report.exact_match;
      const data = `demonstrations of ${Object.keys(report.exact_match.by_task_unseen_templates).length} tasks, ${preset.sft.batch_size} rows a step, ${preset.sft.replay} of them corpus`;
      const scores = { exact_match: mean, unseen_templates };
      return { model: { stage: 'sft', weights, parent: base.hash, data, scores }, report: { sft: report } };
    }
    case 'reward': {
      const sft = await checkpoints.load('sft');
      const { weights, report, rankings } = yield* rewardStage(
        context,
        sft.weights,
        labels ?? request.taste ?? 'gold',
        resume,
      );
      const data = `${rankings.length} rankings by ${labels ? 'a person' : `a simulated labeller (${request.taste ?? 'gold'})`}`;
      const scores = rewardScores(report);
      return { model: { stage: 'reward', weights, parent: sft.hash, data, scores }, report: { reward: report } };
    }
    case 'ppo': {
      const [sft, reward] = [await checkpoints.load('sft'), await checkpoints.load('reward')];
      const { weights } = yield* ppoStage(context, sft.weights, reward.weights, resume);
      const data = `${preset.ppo.iterations} × ${preset.ppo.rollouts} rollouts scored by ${reward.hash}`;
      return { model: { stage: 'ppo', weights, parent: sft.hash, data, scores: {} }, report: {} };
    }
    case 'judge': {
      const [base, sft, ppo] = [
        await checkpoints.load('base'),
        await checkpoints.load('sft'),
        await checkpoints.load('ppo'),
      ];
      const { wrapper = 0, few_shot = 0 } = record.report.sft?.base_prompting ?? {};
      const prompting = few_shot > wrapper ? 'few_shot' : 'wrapper';
      const judged = { base: base.weights, sft: sft.weights, ppo: ppo.weights, prompting } as const;
      return { report: { judge: yield* judgeStage(context, judged, resume) } };
    }
  }
}
