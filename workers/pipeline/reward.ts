/** Stage 3: a reward model that learns to rank answers as its labeller does, then is measured against the gold judge. */
import { padRows } from '../../src/core/data/batches.ts';
import type { Taste } from '../../src/core/data/labellers.ts';
import type { JudgeableRanking, Ranking } from '../../src/core/data/preferences.ts';
import type { RewardReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { pairArrays, rankingAccuracy, rankingPairs } from '../algorithms/reward.ts';
import { warmupCosine } from '../engine/adamw.ts';
import { lastTokenFeedOf } from '../model/computations.ts';
import { Model, type Weights, withRandomHead } from '../model/model.ts';
import { RankingCollection } from './collect.ts';
import { adamwOptions } from './configuration.ts';
import { rewardObjective } from './objectives.ts';
import { pairAccuracy, probe } from './reward-probes.ts';
import { scoreRows, scoredRow } from './scoring.ts';
import { type Costs, type Resume, type Stage, type StageContext, type StageStep, chargeTraining } from './stage.ts';
import { Trainer } from './trainer.ts';

interface State {
  step: number;
  costs: Costs;
  metrics: Record<string, number>;
  /** Rankings to train on. */
  rankings: Ranking[];
  /** Held-out rankings to measure on. */
  held: { familiar: JudgeableRanking[]; new_names: JudgeableRanking[] };
}

export interface RewardOutcome {
  weights: Weights;
  report: RewardReport;
  rankings: readonly Ranking[];
}

/** The rankings of training step `step`: a new random order each pass. */
function batchOf(rankings: readonly Ranking[], step: number, size: number, seed: number): Ranking[] {
  const count = Math.min(size, rankings.length);
  const first = step * count;
  const pass = Math.floor(first / rankings.length);
  const orderOf = (n: number): Ranking[] => Rng.fromSeed(seed, 'reward', 'pass', n).shuffle(rankings);
  const at = first % rankings.length;
  const batch = orderOf(pass).slice(at, at + count);
  // A batch is no longer than a pass, so it reaches into the next one at most.
  return batch.length === count ? batch : [...batch, ...orderOf(pass + 1).slice(0, count - batch.length)];
}

/**
 * `source` are a person's rankings, or the taste of a simulated labeller who ranks fresh samples of the SFT model.
 * Throws when no ranking tells two different answers apart.
 */
export async function* rewardStage(
  context: StageContext,
  sft: Weights,
  source: readonly Ranking[] | Taste,
  resume?: Resume,
): Stage<RewardOutcome> {
  const { preset, seed, tokenizer, config } = context;
  const labels = typeof source === 'string' ? null : source;
  const taste = typeof source === 'string' ? source : 'gold';
  const settings = preset.reward;
  const fresh: State = {
    step: 0,
    costs: { tokens: 0, flop: 0 },
    metrics: {},
    rankings: [...(labels ?? [])],
    held: { familiar: [], new_names: [] },
  };
  const state = (resume?.state ?? fresh) as State;
  const { costs } = state;
  const collection = new RankingCollection(context, {
    stream: 'reward/collect',
    prompts: labels ? 0 : settings.prompts,
    split: 'reward',
    taste,
    noise: settings.label_noise,
  });
  const heldOut = (['familiar', 'new_names'] as const).map((group) => ({
    group,
    collection: new RankingCollection(context, {
      stream: `reward/${group}`,
      prompts: settings.evaluation_prompts,
      split: 'evaluation',
      taste: 'gold',
      names: group === 'familiar' ? 'familiar' : 'new',
    }),
  }));
  const passes = Math.ceil(((labels?.length ?? settings.prompts) * settings.epochs) / settings.batch_size);
  const trainSteps = Math.max(settings.min_steps, passes);
  const collected = collection.batches;
  const trained = collected + trainSteps;
  const steps = trained + heldOut.reduce((sum, each) => sum + each.collection.batches, 0) + 1;

  const sftModel = new Model(context.engine, config, sft);
  const initial = withRandomHead(sft, config, Rng.fromSeed(seed, 'reward', 'head'));
  const trainer = Trainer.open(context, initial, adamwOptions(settings), 'model', resume);
  const computation = rewardObjective(config, settings.center_rewards_coefficient);
  const done = (): StageStep => ({
    step: state.step,
    steps,
    metrics: state.metrics,
    costs,
    snapshot: async () => {
      const { tensors, state: optimiser } = await trainer.snapshot('model');
      return { tensors, state: { ...state, ...optimiser } };
    },
  });
  const train = async (step: number): Promise<void> => {
    const useful = state.rankings.filter(({ ranks }) => new Set(ranks).size > 1);
    if (useful.length === 0)
      throw new Error(`reward model: none of ${state.rankings.length} rankings tells two different answers apart`);
    const batch = batchOf(useful, step, settings.batch_size, seed).map(({ example, responses, ranks }) => {
      // Each different answer is encoded once, however many pairs it is in.
      const texts = [...new Set(responses.map(({ text }) => text))];
      const first = texts.map((text) => responses.findIndex((response) => response.text === text));
      return {
        rows: texts.map((text) => scoredRow(tokenizer, example.prompt, text)),
        ranks: first.map((i) => ranks[i] as number),
      };
    });
    const rows = padRows(
      batch.flatMap((ranking) => ranking.rows),
      tokenizer.pad,
      'right',
      config.n_positions,
    );
    const pairs = rankingPairs(
      batch.map((ranking) => ranking.ranks),
      settings.margin,
    );
    const learning_rate = settings.learning_rate * warmupCosine(step, trainSteps, settings.warmup);
    const feed = lastTokenFeedOf(rows, pairArrays(pairs));
    const { loss, grad_norm, terms } = await trainer.step(learning_rate, [{ computation, feed }]);
    const values = terms[0]?.outputs['scores'] as Float32Array;
    chargeTraining(costs, trainer.model.layout.count, rows.size * rows.time);
    const gaps = pairs.map(({ better, worse }) => (values[better] as number) - (values[worse] as number));
    state.metrics = {
      loss,
      accuracy: rankingAccuracy(values, pairs),
      margin: gaps.reduce((a, b) => a + b, 0) / gaps.length,
      mean_reward: values.reduce((a, b) => a + b, 0) / values.length,
      min_reward: Math.min(...values),
      max_reward: Math.max(...values),
      grad_norm,
      learning_rate,
    };
  };
  try {
    for (; state.step < steps - 1;) {
      if (state.step < collected) state.rankings.push(...(await collection.run(state.step, sftModel, costs)));
      else if (state.step < trained) await train(state.step - collected);
      else {
        let index = state.step - trained;
        for (const { group, collection } of heldOut) {
          if (index >= 0 && index < collection.batches)
            state.held[group].push(...(await collection.run(index, sftModel, costs)));
          index -= collection.batches;
        }
      }
      state.step += 1;
      yield done();
    }
    const score = (rows: readonly (readonly number[])[]): Promise<Float32Array> =>
      scoreRows(context, trainer.model, rows, costs);
    const report: RewardReport = {
      accuracy: {
        familiar: await pairAccuracy(tokenizer, state.held.familiar, score),
        new_names: await pairAccuracy(tokenizer, state.held.new_names, score),
      },
      probes: await probe(context, score),
    };
    state.step = steps;
    yield done();
    return { weights: await trainer.model.weights(), report, rankings: state.rankings };
  } finally {
    trainer.dispose();
    sftModel.dispose();
  }
}
