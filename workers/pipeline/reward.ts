/** Stage 3: a reward model that learns to rank answers as its labeller does, then is measured against the gold judge. */
import type { Taste } from '../../src/core/data/labellers.ts';
import type { Ranking } from '../../src/core/data/preferences.ts';
import type { RewardReport } from '../../src/core/reports.ts';
import { Model, type Weights } from '../model/model.ts';
import { HELD_OUT_GROUPS, type HeldOut, heldOutCollection, labelCollection } from './collect.ts';
import { measureReward } from './reward-measures.ts';
import { RewardTraining } from './reward-training.ts';
import type { Costs, Resume, Stage, StageContext, StageStep } from './stage.ts';

interface State {
  step: number;
  costs: Costs;
  metrics: Record<string, number>;
  /** Rankings to train on. */
  rankings: Ranking[];
  /** Held-out rankings to measure on. */
  held: HeldOut;
}

export interface RewardOutcome {
  weights: Weights;
  report: RewardReport;
  rankings: readonly Ranking[];
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
  const { preset, config } = context;
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
  const collection = labelCollection(context, taste, labels ? 0 : settings.prompts);
  const heldOut = HELD_OUT_GROUPS.map((group) => ({ group, collection: heldOutCollection(context, group) }));
  const training = new RewardTraining(context, sft, labels?.length ?? settings.prompts, resume);
  const collected = collection.batches;
  const trained = collected + training.steps;
  const steps = trained + heldOut.reduce((sum, each) => sum + each.collection.batches, 0) + 1;

  const sftModel = new Model(context.engine, config, sft);
  const done = (): StageStep => ({
    step: state.step,
    steps,
    metrics: state.metrics,
    costs,
    snapshot: async () => {
      const { tensors, state: optimiser } = await training.snapshot();
      return { tensors, state: { ...state, ...optimiser } };
    },
  });
  try {
    for (; state.step < steps - 1;) {
      if (state.step < collected) state.rankings.push(...(await collection.run(state.step, sftModel, costs)));
      else if (state.step < trained) state.metrics = await training.step(state.step - collected, state.rankings, costs);
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
    const report = await measureReward(context, training.model, state.held, labels ? null : taste, costs);
    state.step = steps;
    yield done();
    return { weights: await training.model.weights(), report, rankings: state.rankings };
  } finally {
    training.dispose();
    sftModel.dispose();
  }
}
