/**
 * Held-out accuracy by the number of labels: real trainings of the reward model on the beginnings of the labels that the
 * run's own one learnt from, by the same recipe.
 *
 * Each training on n labels is, to the bit, what the stage would do had it had only those. A simulated labeller's
 * rankings are drawn again: they follow from the seed and the SFT model. Of people's, which are stored in order of their
 * content, the first n of one shuffled order are taken, so that the sets are nested and none is chosen.
 */
import type { Taste } from '../../src/core/data/labellers.ts';
import { type Ranking, personSource } from '../../src/core/data/preferences.ts';
import { fingerprintsOf } from '../../src/core/fingerprints.ts';
import {
  type LabelCountPoint,
  type LabelCountProgress,
  type LabelCounts,
  MOST_LEFT_OUT,
  labelCountsFor,
} from '../../src/core/label-counts.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import type { RewardReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import type { Engine } from '../engine/engine.ts';
import { Model, type Weights } from '../model/model.ts';
import { Checkpoints } from './checkpoints.ts';
import {
  HELD_OUT_GROUPS,
  type HeldOut,
  type RankingCollection,
  heldOutCollection,
  labelCollection,
} from './collect.ts';
import { contextOf } from './context.ts';
import { personLabels } from './person-labels.ts';
import { type RunRecord, isDone, readRecord } from './record.ts';
import { answerRows, goldPairs, pairAccuracy, rankedPairs } from './reward-measures.ts';
import { RewardTraining, rewardSteps, usefulRankings } from './reward-training.ts';
import { SCORE_BATCH, scoreRows } from './scoring.ts';
import type { Costs, StageContext } from './stage.ts';
import type { RunStore } from './store.ts';

export interface LabelCountOptions {
  engine: Engine;
  store: RunStore;
  loadShipped: (name: string) => Promise<Uint8Array>;
}

/** What the run's reward model was made from. */
interface Origin {
  context: StageContext;
  sft: Weights;
  /** Hash of the reward model. */
  model: string;
  labels: string;
  /** A person's, shuffled; null: to be drawn again. */
  rankings: readonly Ranking[] | null;
  taste: Taste;
  accuracy: RewardReport['accuracy'];
}

/** Goes one small step at each pull, and may be left after any. Throws an Error that says why it cannot be measured. */
export async function* countLabels(
  options: LabelCountOptions,
  request: Pick<RunRequest, 'preset' | 'seed'>,
): AsyncGenerator<LabelCountProgress, LabelCounts> {
  const { context, sft, model, labels, rankings, taste, accuracy } = await originOf(options, request);
  const { reward: settings } = context.preset;
  const total = rankings?.length ?? settings.prompts;
  const counts = labelCountsFor(total);
  const largest = counts.at(-1) ?? 0;
  const needed = Math.min(total, largest + MOST_LEFT_OUT);
  const collections = {
    labels: labelCollection(context, taste, rankings ? 0 : needed),
    familiar: heldOutCollection(context, 'familiar'),
    new_names: heldOutCollection(context, 'new_names'),
  };
  const batches = (rankings: number): number => Math.ceil((rankings * settings.responses) / SCORE_BATCH);
  const scoring = 2 * batches(settings.evaluation_prompts) + batches(needed - largest);
  const steps =
    Object.values(collections).reduce((sum, { batches }) => sum + batches, 0) +
    counts.reduce((sum, count) => sum + rewardSteps(settings, count) + scoring + 1, 1);
  const whole = { labels: total, ...accuracy, left_out: null };
  const points: LabelCountPoint[] = [];
  const costs: Costs = { tokens: 0, flop: 0 };
  let step = 0;
  const progress = (): LabelCountProgress => ({
    counts: { model, labels, counts, points: [...points], whole, complete: false },
    share: Math.min(1, ++step / steps),
    ...costs,
  });
  const written = yield* answersOf(context, sft, collections, costs, progress);
  const given = rankings ?? written.labels;
  const test = {
    familiar: { rows: answerRows(context.tokenizer, written.familiar), pairs: goldPairs(written.familiar) },
    new_names: { rows: answerRows(context.tokenizer, written.new_names), pairs: goldPairs(written.new_names) },
    left_out: leftOut(context, given.slice(largest, needed)),
  };
  for (const count of counts) {
    const some = given.slice(0, count);
    if (usefulRankings(some).length === 0) continue;
    const training = new RewardTraining(context, sft, count);
    try {
      for (let i = 0; i < training.steps; i++) {
        await training.step(i, some, costs);
        yield progress();
      }
      const rate = async function* ({ rows, pairs }: (typeof test)['familiar']) {
        const scores = new Float32Array(rows.length);
        for (let first = 0; first < rows.length; first += SCORE_BATCH) {
          scores.set(await scoreRows(context, training.model, rows.slice(first, first + SCORE_BATCH), costs), first);
          yield progress();
        }
        return pairAccuracy(pairs, scores);
      };
      const familiar = yield* rate(test.familiar);
      const new_names = yield* rate(test.new_names);
      const left_out = test.left_out.pairs.length > 0 ? yield* rate(test.left_out) : null;
      points.push({ labels: count, familiar, new_names, left_out });
    } finally {
      training.dispose();
    }
    yield progress();
  }
  return { ...progress().counts, complete: true };
}

function leftOut({ tokenizer }: StageContext, rankings: readonly Ranking[]) {
  return { rows: answerRows(tokenizer, rankings), pairs: rankedPairs(rankings) };
}

/** Has the SFT model write all answers, a batch a step. */
async function* answersOf(
  context: StageContext,
  sft: Weights,
  collections: Readonly<Record<'labels' | keyof HeldOut, RankingCollection>>,
  costs: Costs,
  progress: () => LabelCountProgress,
): AsyncGenerator<LabelCountProgress, Record<'labels' | keyof HeldOut, HeldOut['familiar']>> {
  const written = { labels: [], familiar: [], new_names: [] } as Record<'labels' | keyof HeldOut, HeldOut['familiar']>;
  const writer = new Model(context.engine, context.config, sft);
  try {
    for (const group of ['labels', ...HELD_OUT_GROUPS] as const)
      for (let i = 0; i < collections[group].batches; i++) {
        written[group].push(...(await collections[group].run(i, writer, costs)));
        yield progress();
      }
  } finally {
    writer.dispose();
  }
  return written;
}

async function originOf(
  { engine, store, loadShipped }: LabelCountOptions,
  { preset, seed }: Pick<RunRequest, 'preset' | 'seed'>,
): Promise<Origin> {
  const record = await readRecord(store);
  const accuracy = record?.report.reward?.accuracy;
  if (!record || !accuracy || !isDone(record, 'reward')) throw new Error('this run has no reward model yet');
  const { labels, changes = {} } = record;
  const person = labels.startsWith('person');
  const context = contextOf({ preset, seed, labels: person ? 'person' : 'simulated', changes }, engine);
  const today = { preset, base: record.report.base, labels, changes, demonstrations: record.demonstrations ?? 0 };
  if (record.settings.reward !== fingerprintsOf(today).reward)
    throw new Error('the reward model was trained with other settings than the record names; train it again');
  const checkpoints = new Checkpoints(store, loadShipped, preset, context.config);
  const reward = await checkpoints.own('reward');
  if (!reward) throw new Error('the checkpoint of the reward model is gone; train it again');
  const sft = await checkpoints.load('sft', record);
  if (sft.hash !== reward.parent)
    throw new Error('the reward model was trained from another SFT model than there is now; train it again');
  const taste = (person ? 'gold' : labels.split(':')[1]) as Taste;
  const rankings = person ? await personRankings(store, record, seed) : null;
  return { context, sft: sft.weights, model: reward.hash, labels, rankings, taste, accuracy };
}

/** People's rankings as the stage had them, in one shuffled order. */
async function personRankings(store: RunStore, { labels, annotators }: RunRecord, seed: number): Promise<Ranking[]> {
  const rankings = await personLabels(store, annotators);
  const source = personSource(rankings);
  // Older records name the number alone.
  if (source !== labels && !source.startsWith(`${labels}:`))
    throw new Error('the preferences have changed since the reward model was trained; train it again');
  return Rng.fromSeed(seed, 'reward', 'label counts').shuffle(rankings);
}
