/** Training a reward model: the steps that the stage and the measurement by number of labels take alike. */
import { padRows } from '../../src/core/data/batches.ts';
import type { Ranking } from '../../src/core/data/preferences.ts';
import type { RewardConfig } from '../../src/core/presets.ts';
import { Rng } from '../../src/core/rng.ts';
import { pairArrays, rankingMetrics, rankingPairs } from '../algorithms/reward.ts';
import type { Computation } from '../engine/computation.ts';
import { warmupCosine } from '../engine/adamw.ts';
import { lastTokenFeedOf } from '../model/computations.ts';
import { type Model, type Weights, withRandomHead } from '../model/model.ts';
import { adamwOptions } from './configuration.ts';
import { rewardObjective } from './objectives.ts';
import { scoredRow } from './scoring.ts';
import { type Costs, type Resume, type StageContext, chargeTraining } from './stage.ts';
import { Trainer } from './trainer.ts';

/** Steps on so many rankings: all passes over them, and no fewer than `min_steps`. */
export function rewardSteps({ epochs, batch_size, min_steps }: RewardConfig, rankings: number): number {
  return Math.max(min_steps, Math.ceil((rankings * epochs) / batch_size));
}

/** Rankings that tell two answers apart. */
export function usefulRankings(rankings: readonly Ranking[]): Ranking[] {
  return rankings.filter(({ ranks }) => new Set(ranks).size > 1);
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

export class RewardTraining {
  /** How many steps the schedule of the learning rate is for. */
  readonly steps: number;
  readonly #context: StageContext;
  readonly #trainer: Trainer;
  readonly #objective: Computation;

  /** From the SFT model with a fresh head, the same for every number of rankings; or from where a snapshot left off. */
  constructor(context: StageContext, sft: Weights, rankings: number, resume?: Resume) {
    const { preset, seed, config } = context;
    const settings = preset.reward;
    this.steps = rewardSteps(settings, rankings);
    this.#context = context;
    const initial = withRandomHead(sft, config, Rng.fromSeed(seed, 'reward', 'head'));
    this.#trainer = Trainer.open(context, initial, adamwOptions(settings), 'model', resume);
    this.#objective = rewardObjective(config, settings.center_rewards_coefficient);
  }

  get model(): Model {
    return this.#trainer.model;
  }

  /** Takes step `step`, from 0, on `rankings`; its metrics. Throws where none of them tells two answers apart. */
  async step(step: number, rankings: readonly Ranking[], costs: Costs): Promise<Record<string, number>> {
    const { preset, seed, tokenizer, config } = this.#context;
    const settings = preset.reward;
    const useful = usefulRankings(rankings);
    if (useful.length === 0)
      throw new Error(`reward model: none of ${rankings.length} rankings tells two different answers apart`);
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
    const learning_rate = settings.learning_rate * warmupCosine(step, this.steps, settings.warmup);
    const feed = lastTokenFeedOf(rows, pairArrays(pairs));
    const { loss, grad_norm, terms } = await this.#trainer.step(learning_rate, [
      { computation: this.#objective, feed },
    ]);
    chargeTraining(costs, this.model.layout.count, rows.size * rows.time);
    const scores = terms[0]?.outputs['scores'] as Float32Array;
    return { loss, ...rankingMetrics(scores, pairs), grad_norm, learning_rate };
  }

  snapshot(): ReturnType<Trainer['snapshot']> {
    return this.#trainer.snapshot('model');
  }

  dispose(): void {
    this.#trainer.dispose();
  }
}
