/** How well a model still predicts the corpus, on documents that are drawn for this alone: what tuning makes it forget. */
import { responseBatch } from '../../src/core/data/batches.ts';
import { corpusRow } from '../../src/core/data/rows.ts';
import { Rng } from '../../src/core/rng.ts';
import type { Model } from '../model/model.ts';
import type { StageContext } from './stage.ts';

/** Documents: one batch. Its mean loss is off by a few hundredths, but for all models in the same direction. */
const DOCUMENTS = 64;

export class CorpusLoss {
  readonly #batch: ReturnType<typeof responseBatch>;
  readonly #base: Model;
  #ofBase: number | null = null;

  /** `base` reads them once, to compare with. */
  constructor({ world, tokenizer, seed, config }: StageContext, base: Model) {
    const rng = Rng.fromSeed(seed, 'sft', 'corpus loss');
    const rows = Array.from({ length: DOCUMENTS }, () => corpusRow(world, tokenizer, rng));
    this.#batch = responseBatch(rows, tokenizer.pad, config.n_positions);
    this.#base = base;
  }

  /**
   * As metrics: "corpus_loss" of the model, and "corpus_loss/base" of what it was tuned from, in nats a token. It is only
   * shown, like samples: no cost is charged for it.
   */
  async measure(model: Model): Promise<Record<string, number>> {
    this.#ofBase ??= await this.#under(this.#base);
    return { corpus_loss: await this.#under(model), 'corpus_loss/base': this.#ofBase };
  }

  async #under(model: Model): Promise<number> {
    const { responseMask } = this.#batch;
    const logprobs = await model.responseLogprobs(this.#batch);
    let sum = 0;
    let tokens = 0;
    for (let i = 0; i < responseMask.length; i++)
      if (responseMask[i]) {
        sum -= logprobs[i] as number;
        tokens += 1;
      }
    return sum / tokens;
  }
}
