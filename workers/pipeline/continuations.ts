/** What the base model writes while it is pretrained: from nothing, and from the beginnings of documents. */
import type { Continuation } from '../../src/core/protocol.ts';
import { Rng, hash32 } from '../../src/core/rng.ts';
import { corpusDocument } from '../../src/core/world/index.ts';
import { generate } from '../model/generate.ts';
import type { Model } from '../model/model.ts';
import type { StageContext } from './stage.ts';

const FREE = 2;
const BEGINNINGS = 3;
const TEMPERATURE = 0.8;
const MOST_TOKENS = 16;
/** So many at the first spacing, and as many again each time that the steps have doubled. */
const BEFORE_DOUBLING = 8;

/** Whether texts are due after `step` of `steps`: most at first, when they change most, and at both ends. */
export function continuationsDue(step: number, steps: number, every: number): boolean {
  if (every === 0) return false;
  const doublings = Math.max(0, Math.floor(Math.log2(step / (BEFORE_DOUBLING * every))));
  return step === 1 || step === steps || step % (every * 2 ** doublings) === 0;
}

/** The same beginnings and the same noise every time, so that only the weights make the difference. */
export class Continuations {
  readonly #context: StageContext;
  /** Without <bos>. */
  readonly #prompts: readonly number[][];

  constructor(context: StageContext) {
    const { world, tokenizer, seed } = context;
    this.#context = context;
    const rng = Rng.fromSeed(seed, 'base', 'continuations');
    const beginnings = Array.from({ length: BEGINNINGS }, () =>
      tokenizer.encode(corpusDocument(world, rng)).slice(0, 2 + rng.int(2)),
    );
    this.#prompts = [...Array.from({ length: FREE }, () => []), ...beginnings];
  }

  async by(model: Model): Promise<Continuation[]> {
    const { tokenizer, seed } = this.#context;
    const prompts = this.#prompts.map((ids) => [tokenizer.bos, ...ids]);
    const generations = await generate(model, prompts, {
      maxNewTokens: MOST_TOKENS,
      temperature: TEMPERATURE,
      // A document ends where the next one begins.
      stop: tokenizer.bos,
      pad: tokenizer.pad,
      seed: hash32(`${seed}/continuations`),
    });
    return generations.map(({ tokens, ended }, i) => ({
      prompt: tokenizer.decode(this.#prompts[i] as number[]),
      text: tokenizer.decode(ended ? tokens.slice(0, -1) : tokens),
    }));
  }
}
