/** Stage 2: instruction tuning on demonstrations, then exact match on what was and was not trained. */
import { type PromptAndResponse, responseBatch } from '../../src/core/data/batches.ts';
import { corpusRow, demonstrationRow } from '../../src/core/data/rows.ts';
import type { SftReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { drawExample, sftMix } from '../../src/core/world/index.ts';
import { warmupCosine } from '../engine/adamw.ts';
import { feedOf } from '../model/computations.ts';
import { Model, type Weights } from '../model/model.ts';
import { adamwOptions } from './configuration.ts';
import { type Answered, ExactMatchEvaluation } from './exact-match.ts';
import { sftObjective } from './objectives.ts';
import { Showcase } from './respond.ts';
import { type Costs, type Resume, type Stage, type StageContext, type StageStep, chargeTraining } from './stage.ts';
import { Trainer } from './trainer.ts';

/** Batches are formed by length from this many at a time, so that little of a batch is padding. */
const BUCKET = 8;

interface State {
  step: number;
  costs: Costs;
  metrics: Record<string, number>;
  answered: Answered;
}

/** The rows of one step: a pure function of (seed, step). */
function sftRows(context: StageContext, step: number): PromptAndResponse[] {
  const { preset, seed, world, tokenizer } = context;
  const { batch_size, replay } = preset.sft;
  const rng = Rng.fromSeed(seed, 'sft', Math.floor(step / BUCKET));
  const rows = Array.from({ length: BUCKET * batch_size }, () =>
    rng.chance(replay) ? corpusRow(world, tokenizer, rng) : demonstrationRow(world, tokenizer, rng),
  );
  const length = ({ prompt, response }: PromptAndResponse): number => prompt.length + response.length;
  rows.sort((a, b) => length(a) - length(b));
  const order = rng.shuffle(Array.from({ length: BUCKET }, (_, i) => i));
  const first = (order[step % BUCKET] as number) * batch_size;
  return rows.slice(first, first + batch_size);
}

export async function* sftStage(
  context: StageContext,
  base: Weights,
  resume?: Resume,
): Stage<{ weights: Weights; report: SftReport }> {
  const { preset, seed, world, tokenizer, config } = context;
  const fresh: State = { step: 0, costs: { tokens: 0, flop: 0 }, metrics: {}, answered: {} };
  const state = (resume?.state ?? fresh) as State;
  const trainer = Trainer.open(context, base, adamwOptions(preset.sft), 'model', resume);
  const computation = sftObjective(config);
  const baseModel = new Model(context.engine, config, base);
  const evaluation = new ExactMatchEvaluation(context, state.answered);
  const examples = Array.from({ length: 6 }, (_, i) =>
    drawExample(world, sftMix(world), 'evaluation', Rng.fromSeed(seed, 'sft', 'showcase', i)),
  );
  const showcase = new Showcase(context, examples);
  const steps = preset.sft.steps + evaluation.batches;
  const done = (): Omit<StageStep, 'samples'> => ({
    step: state.step,
    steps,
    metrics: state.metrics,
    costs: state.costs,
    snapshot: async () => {
      const { tensors, state: optimiser } = await trainer.snapshot('model');
      return { tensors, state: { ...state, ...optimiser } };
    },
  });
  try {
    while (state.step < preset.sft.steps) {
      const batch = responseBatch(sftRows(context, state.step), tokenizer.pad, config.n_positions);
      const learning_rate = preset.sft.learning_rate * warmupCosine(state.step, preset.sft.steps, preset.sft.warmup);
      const { loss, grad_norm, terms } = await trainer.step(learning_rate, [{ computation, feed: feedOf(batch) }]);
      chargeTraining(state.costs, trainer.model.layout.count, batch.size * batch.time);
      state.step += 1;
      state.metrics = { loss, ...terms[0]?.metrics, grad_norm, learning_rate, num_tokens: state.costs.tokens };
      const samples = showcase.due(state.step) ? await showcase.samples(baseModel, trainer.model) : undefined;
      yield { ...done(), samples };
    }
    while (state.step < steps) {
      const models = { base: baseModel, sft: trainer.model };
      await evaluation.run(state.step - preset.sft.steps, models, state.costs);
      state.step += 1;
      yield done();
    }
    return { weights: await trainer.model.weights(), report: evaluation.report() };
  } finally {
    trainer.dispose();
    baseModel.dispose();
  }
}
