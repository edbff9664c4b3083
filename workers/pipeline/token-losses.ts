/** What instruction tuning minimises, token by token, on a few rows that it never trains on. */
import { type PromptAndResponse, responseBatch } from '../../src/core/data/batches.ts';
import { corpusRow } from '../../src/core/data/rows.ts';
import type { TokenLosses } from '../../src/core/protocol.ts';
import { Rng } from '../../src/core/rng.ts';
import { type Example, REFUSAL, demonstrate, drawExample, makeExample, sftMix } from '../../src/core/world/index.ts';
import type { Model } from '../model/model.ts';
import type { StageContext } from './stage.ts';

/** Answers of the crowd to choose from; most say more than they were asked for. */
const CROWD = 20;

interface Row extends PromptAndResponse {
  replay: boolean;
}

export class TokenLossRows {
  readonly #context: StageContext;
  readonly #rows: readonly Row[];

  /** Two answers in the crowd's style to held-out prompts, an honest one about a stranger, and a replayed document. */
  constructor(context: StageContext) {
    const { world, tokenizer, seed } = context;
    this.#context = context;
    const rng = Rng.fromSeed(seed, 'sft', 'token losses');
    const row = ({ prompt }: Example, response: string): Row => ({
      prompt: tokenizer.promptIds(prompt),
      response: [...tokenizer.encode(response), tokenizer.eos],
      replay: false,
    });
    const crowd = Array.from({ length: CROWD }, () => {
      const example = drawExample(world, sftMix(world), 'evaluation', rng);
      return { example, response: demonstrate(world, example, rng) };
    }).filter(({ example, response }) => ![example.answer, example.wrong, REFUSAL].includes(response));
    const stranger = makeExample(world, 'stranger', 'evaluation', rng);
    this.#rows = [
      ...crowd.slice(0, 2).map(({ example, response }) => row(example, response)),
      row(stranger, stranger.answer),
      { ...corpusRow(world, tokenizer, rng), replay: true },
    ];
  }

  async under(model: Model): Promise<TokenLosses[]> {
    const { tokenizer, config } = this.#context;
    const batch = responseBatch(this.#rows, tokenizer.pad, config.n_positions);
    const logprobs = await model.responseLogprobs(batch);
    const words = (ids: readonly number[]): string[] => ids.map((id) => tokenizer.decode([id]));
    return this.#rows.map(({ prompt, response, replay }, b) => ({
      prompt: words(prompt),
      response: words(response),
      losses: response.map((_, r) => -(logprobs[b * batch.responseTime + r] as number)),
      replay,
    }));
  }
}
