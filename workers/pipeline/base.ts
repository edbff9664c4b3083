/** Stage 1: pretraining on the corpus, from random weights. Every token is predicted from those before it. */
import { responseBatch } from '../../src/core/data/batches.ts';
import { packedRow } from '../../src/core/data/rows.ts';
import { Rng } from '../../src/core/rng.ts';
import { warmupCosine } from '../engine/adamw.ts';
import { initialParameters } from '../model/gpt2.ts';
import { feedOf } from '../model/computations.ts';
import type { Weights } from '../model/model.ts';
import { adamwOptions } from './configuration.ts';
import { Continuations, continuationsDue } from './continuations.ts';
import { languageModelObjective } from './objectives.ts';
import { type Costs, type Resume, type Stage, type StageContext, chargeTraining } from './stage.ts';
import { Trainer } from './trainer.ts';

export async function* baseStage(context: StageContext, resume?: Resume): Stage<Weights> {
  const { preset, seed, world, tokenizer, config } = context;
  const { steps, step_tokens, row_tokens } = preset.base;
  const state = (resume?.state ?? { step: 0, costs: { tokens: 0, flop: 0 } }) as { step: number; costs: Costs };
  const { costs } = state;
  const initial = initialParameters(config, Rng.fromSeed(seed, 'base', 'initial'));
  const trainer = Trainer.open(context, initial, adamwOptions(preset.base), 'model', resume);
  const computation = languageModelObjective(config);
  const written = new Continuations(context);
  try {
    for (let step = state.step; step < steps; step++) {
      const rng = Rng.fromSeed(seed, 'base', step);
      const length = row_tokens[step % row_tokens.length] as number;
      const rows = Array.from({ length: Math.max(1, Math.floor(step_tokens / length)) }, () => {
        const row = packedRow(world, tokenizer, rng, length);
        return { prompt: row.slice(0, 1), response: row.slice(1) };
      });
      const batch = responseBatch(rows, tokenizer.pad, config.n_positions);
      const learning_rate = preset.base.learning_rate * warmupCosine(step, steps, preset.base.warmup);
      const { loss, grad_norm } = await trainer.step(learning_rate, [{ computation, feed: feedOf(batch) }]);
      chargeTraining(costs, trainer.model.layout.count, batch.size * batch.time);
      const due = continuationsDue(step + 1, steps, context.sampleEvery);
      const continuations = due ? await written.by(trainer.model) : undefined;
      yield {
        step: step + 1,
        steps,
        metrics: { loss, grad_norm, learning_rate, num_tokens: costs.tokens },
        costs,
        continuations,
        snapshot: async () => {
          const { tensors, state } = await trainer.snapshot('model');
          return { tensors, state: { ...state, step: step + 1, costs } };
        },
      };
    }
    return await trainer.model.weights();
  } finally {
    trainer.dispose();
  }
}
