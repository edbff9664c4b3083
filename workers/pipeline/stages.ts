/** Every stage by its name, from the checkpoints that it stands on to what it leaves behind. */
import type { Taste } from '../../src/core/data/labellers.ts';
import { creditsOf } from '../../src/core/data/merge.ts';
import type { Preference } from '../../src/core/data/preferences.ts';
import type { RunReport, StageName } from '../../src/core/reports.ts';
import type { Weights } from '../model/model.ts';
import { baseStage } from './base.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Checkpoints, ModelStage, Parents } from './checkpoints.ts';
import { judgeStage } from './judge.ts';
import type { OwnDemonstrations } from './own-demonstrations.ts';
import { ppoStage } from './ppo.ts';
import { rewardStage } from './reward.ts';
import { rewardScores } from './reward-probes.ts';
import { sftStage } from './sft.ts';
import type { Resume, Stage, StageContext } from './stage.ts';

/** What a stage leaves behind, and how it becomes part of the run's report. */
export interface Finished {
  model?: { stage: ModelStage; weights: Weights; parent: string | null; data: string; scores: Record<string, number> };
  report: Partial<Pick<RunReport, 'sft' | 'reward' | 'judge'>>;
}

export interface StageInputs {
  context: StageContext;
  checkpoints: Checkpoints;
  parents: Parents;
  base: 'shipped' | 'train';
  own: OwnDemonstrations;
  /** A person's comparisons, or the taste of the simulated labeller. */
  labels: readonly Preference[] | Taste;
  /** The run so far. */
  report: RunReport;
}

/** Starts a stage, or goes on with it from a snapshot. */
export async function* startStage(name: StageName, inputs: StageInputs, resume?: Resume): Stage<Finished> {
  const { context, checkpoints, own, labels, report } = inputs;
  const { preset } = context;
  const parent = (stage: ModelStage): Checkpoint => {
    const found = inputs.parents[stage];
    if (!found) throw new Error(`${name}: the ${stage} model was not loaded`);
    return found;
  };
  switch (name) {
    case 'base': {
      if (inputs.base === 'shipped') {
        const { weights, card } = await checkpoints.shipped('base');
        return { model: { stage: 'base', weights, parent: null, data: card.data, scores: card.scores }, report: {} };
      }
      const weights = yield* baseStage(context, resume);
      const data = `the corpus of the ${preset.world} world, ${preset.base.step_tokens} tokens a step`;
      return { model: { stage: 'base', weights, parent: null, data, scores: {} }, report: {} };
    }
    case 'sft': {
      const base = parent('base');
      const { weights, report } = yield* sftStage(context, base.weights, own.rows, resume);
      const { mean, unseen_templates } = report.exact_match;
      const tasks = Object.keys(report.exact_match.by_task_unseen_templates).length;
      const written = own.rows.length > 0 ? `, and ${own.rows.length} that people wrote (${own.credits})` : '';
      const data = `demonstrations of ${tasks} tasks${written}, ${preset.sft.batch_size} rows a step, ${preset.sft.replay} of them corpus`;
      const scores = { exact_match: mean, unseen_templates };
      return { model: { stage: 'sft', weights, parent: base.hash, data, scores }, report: { sft: report } };
    }
    case 'reward': {
      const sft = parent('sft');
      const { weights, report, rankings } = yield* rewardStage(context, sft.weights, labels, resume);
      const data =
        typeof labels === 'string'
          ? `${rankings.length} rankings by a simulated labeller (${labels})`
          : `${rankings.length} rankings of people: ${creditsOf(labels)}`;
      const scores = rewardScores(report);
      return { model: { stage: 'reward', weights, parent: sft.hash, data, scores }, report: { reward: report } };
    }
    case 'ppo': {
      const [sft, reward] = [parent('sft'), parent('reward')];
      const { weights } = yield* ppoStage(context, sft.weights, reward.weights, resume);
      const data = `${preset.ppo.iterations} × ${preset.ppo.rollouts} rollouts scored by ${reward.hash}`;
      return { model: { stage: 'ppo', weights, parent: sft.hash, data, scores: {} }, report: {} };
    }
    case 'judge': {
      const [base, sft, ppo] = [parent('base'), parent('sft'), parent('ppo')];
      const { wrapper = 0, few_shot = 0 } = report.sft?.base_prompting ?? {};
      const prompting = few_shot > wrapper ? 'few_shot' : 'wrapper';
      const judged = { base: base.weights, sft: sft.weights, ppo: ppo.weights, prompting } as const;
      return { report: { judge: yield* judgeStage(context, judged, resume) } };
    }
  }
}
