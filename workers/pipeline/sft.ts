/** Stage 2: instruction tuning on demonstrations, then exact match on what was and was not trained. */
import { type PromptAndResponse, type ResponseBatch, responseBatch } from '../../src/core/data/batches.ts';
import { OWN_SHARE } from '../../src/core/data/demonstrations.ts';
import { corpusRow, demonstrationRow } from '../../src/core/data/rows.ts';
import type { SftReport } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { drawExample, sftMix } from '../../src/core/world/index.ts';
import { warmupCosine } from '../engine/adamw.ts';
import { feedOf } from '../model/computations.ts';
import { Model, type Weights } from '../model/model.ts';
import { adamwOptions } from './configuration.ts';
import { CorpusLoss } from './corpus-loss.ts';
import { type Answered, ExactMatchEvaluation, QuickExactMatch } from './exact-match.ts';
import { sftObjective } from './objectives.ts';
import { Showcase } from './respond.ts';
import { type Costs, type Resume, type Stage, type StageContext, type StageStep, chargeTraining } from './stage.ts';
import { TokenLossRows } from './token-losses.ts';
import { Trainer } from './trainer.ts';

/** Batches are formed by length from this many at a time, so that little of a batch is padding. */
const BUCKET = 8;
/** The quick exact match is measured so often while the stage trains. */
const QUICK_MEASUREMENTS = 10;

interface State {
  step: number;
  costs: Costs;
  metrics: Record<string, number>;
  answered: Answered;
}

/** The rows of one step: a pure function of (seed, step) and of what people wrote themselves. */
export function sftRows(
  context: Pick<StageContext, 'preset' | 'seed' | 'world' | 'tokenizer'>,
  own: readonly PromptAndResponse[],
  step: number,
): PromptAndResponse[] {
  const { preset, seed, world, tokenizer } = context;
  const { batch_size, replay } = preset.sft;
  const rng = Rng.fromSeed(seed, 'sft', Math.floor(step / BUCKET));
  const rows = Array.from({ length: BUCKET * batch_size }, () => {
    if (rng.chance(replay)) return corpusRow(world, tokenizer, rng);
    // Without own ones nothing is drawn for them: the rows stay those of a run from before there were any.
    if (own.length > 0 && rng.chance(OWN_SHARE)) return rng.choice(own);
    return demonstrationRow(world, tokenizer, rng);
  });
  const length = ({ prompt, response }: PromptAndResponse): number => prompt.length + response.length;
  rows.sort((a, b) => length(a) - length(b));
  const order = rng.shuffle(Array.from({ length: BUCKET }, (_, i) => i));
  const first = (order[step % BUCKET] as number) * batch_size;
  return rows.slice(first, first + batch_size);
}

/**
 * The batch as tools see it that pad with the end token and mask padding by its id: the ends of the responses bear no
 * loss either, so no end is ever learnt. A known trap, to be switched on.
 */
function withoutEnds(batch: ResponseBatch, eos: number): ResponseBatch {
  return { ...batch, responseMask: batch.responseMask.map((inside, i) => (batch.targets[i] === eos ? 0 : inside)) };
}

/** `own`: rows of the demonstrations that people wrote themselves. */
export async function* sftStage(
  context: StageContext,
  base: Weights,
  own: readonly PromptAndResponse[],
  resume?: Resume,
): Stage<{ weights: Weights; report: SftReport }> {
  const { preset, seed, world, tokenizer, config } = context;
  const fresh: State = { step: 0, costs: { tokens: 0, flop: 0 }, metrics: {}, answered: {} };
  const state = (resume?.state ?? fresh) as State;
  const trainer = Trainer.open(context, base, adamwOptions(preset.sft), 'model', resume);
  const computation = sftObjective(config);
  const baseModel = new Model(context.engine, config, base);
  const evaluation = new ExactMatchEvaluation(context, state.answered);
  const quick = new QuickExactMatch(context);
  const corpus = new CorpusLoss(context, baseModel);
  const examples = Array.from({ length: 6 }, (_, i) =>
    drawExample(world, sftMix(world), 'evaluation', Rng.fromSeed(seed, 'sft', 'showcase', i)),
  );
  const showcase = new Showcase(context, examples);
  const lossRows = new TokenLossRows(context);
  const steps = preset.sft.steps + evaluation.batches;
  const quickEvery = Math.ceil(preset.sft.steps / QUICK_MEASUREMENTS);
  const done = (): StageStep => ({
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
      const rows = responseBatch(sftRows(context, own, state.step), tokenizer.pad, config.n_positions);
      const batch = preset.sft.pad_is_eos ? withoutEnds(rows, tokenizer.eos) : rows;
      const learning_rate = preset.sft.learning_rate * warmupCosine(state.step, preset.sft.steps, preset.sft.warmup);
      const { loss, grad_norm, terms } = await trainer.step(learning_rate, [{ computation, feed: feedOf(batch) }]);
      chargeTraining(state.costs, trainer.model.layout.count, batch.size * batch.time);
      state.step += 1;
      state.metrics = { loss, ...terms[0]?.metrics, grad_norm, learning_rate, num_tokens: state.costs.tokens };
      const shown = showcase.due(state.step)
        ? {
            samples: await showcase.samples(baseModel, trainer.model),
            tokenLosses: await lossRows.under(trainer.model),
          }
        : {};
      // At the end the whole evaluation follows.
      const measured =
        state.step % quickEvery === 0 && state.step < preset.sft.steps
          ? { ...(await quick.measure(trainer.model, state.costs)), ...(await corpus.measure(trainer.model)) }
          : {};
      yield { ...done(), metrics: { ...state.metrics, ...measured }, ...shown };
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
