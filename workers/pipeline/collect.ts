/** Rankings: prompts of one split, several sampled answers each, and a simulated labeller who ranks them. */
import { type Response, type Taste, rankAtRandom, rankResponses } from '../../src/core/data/labellers.ts';
import type { JudgeableRanking } from '../../src/core/data/preferences.ts';
import { Rng } from '../../src/core/rng.ts';
import {
  type Example,
  type ExampleOptions,
  type Split,
  drawExample,
  preferenceMix,
} from '../../src/core/world/index.ts';
import type { Model } from '../model/model.ts';
import { RESPONSE_BATCH, respond } from './respond.ts';
import type { Costs, StageContext } from './stage.ts';

export class RankingCollection {
  readonly #context: StageContext;
  readonly #stream: string;
  readonly #examples: Example[];
  readonly #taste: Taste;
  readonly #noise: number;
  /** Prompts a batch of generation. */
  readonly #width: number;

  constructor(
    context: StageContext,
    options: {
      stream: string;
      prompts: number;
      split: Split;
      taste: Taste;
      /** Share of rankings whose order is drawn at random; default 0. */
      noise?: number;
      names?: ExampleOptions['names'];
    },
  ) {
    const { world, seed, preset } = context;
    this.#context = context;
    this.#stream = options.stream;
    this.#taste = options.taste;
    this.#noise = options.noise ?? 0;
    this.#width = Math.max(1, Math.floor(RESPONSE_BATCH / preset.reward.responses));
    const rng = Rng.fromSeed(seed, options.stream, 'prompts');
    this.#examples = Array.from({ length: options.prompts }, () =>
      drawExample(world, preferenceMix(world), options.split, rng, { names: options.names }),
    );
  }

  get batches(): number {
    return Math.ceil(this.#examples.length / this.#width);
  }

  /** The rankings of batch `index`: answers by `model` at the preset's temperature. */
  async run(index: number, model: Model, costs: Costs): Promise<JudgeableRanking[]> {
    const { tokenizer, preset } = this.#context;
    const k = preset.reward.responses;
    const first = index * this.#width;
    const examples = this.#examples.slice(first, first + this.#width);
    const prompts = examples.flatMap((example) => Array<number[]>(k).fill(tokenizer.promptIds(example.prompt)));
    const answers = await respond(
      this.#context,
      model,
      prompts,
      { temperature: preset.temperature, stream: this.#stream, firstRow: first * k },
      costs,
    );
    return examples.map((example, i) => {
      const responses = answers.slice(i * k, (i + 1) * k);
      return { example, responses, ranks: this.#rank(example, responses, first + i) };
    });
  }

  /** Noise has a stream of its own: the rankings that it leaves alone are those of a run without any. */
  #rank(example: Example, responses: readonly Response[], index: number): number[] {
    const { seed } = this.#context;
    const noise = Rng.fromSeed(seed, this.#stream, 'noise', index);
    if (noise.chance(this.#noise)) return rankAtRandom(responses, noise);
    return rankResponses(this.#taste, example, responses, Rng.fromSeed(seed, this.#stream, 'label', index));
  }
}

/** What the reward model of a simulated labeller learns from. A shorter collection is the beginning of a longer one. */
export function labelCollection(context: StageContext, taste: Taste, prompts: number): RankingCollection {
  const noise = context.preset.reward.label_noise;
  return new RankingCollection(context, { stream: 'reward/collect', prompts, split: 'reward', taste, noise });
}

/** About names that training mentions, and about names that it never does. */
export const HELD_OUT_GROUPS = ['familiar', 'new_names'] as const;
export type HeldOutGroup = (typeof HELD_OUT_GROUPS)[number];
export type HeldOut = Record<HeldOutGroup, JudgeableRanking[]>;

/** What reward models are measured on. */
export function heldOutCollection(context: StageContext, group: HeldOutGroup): RankingCollection {
  return new RankingCollection(context, {
    stream: `reward/${group}`,
    prompts: context.preset.reward.evaluation_prompts,
    split: 'evaluation',
    taste: 'gold',
    names: group === 'familiar' ? 'familiar' : 'new',
  });
}
