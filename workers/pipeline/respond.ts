/** Answers of a model to prompts, batch by batch. */
import type { Response } from '../../src/core/data/labellers.ts';
import { type Example, judgeResponse } from '../../src/core/world/index.ts';
import type { Sample } from '../../src/core/protocol.ts';
import { hash32 } from '../../src/core/rng.ts';
import { generate } from '../model/generate.ts';
import type { Generation } from '../model/generation.ts';
import type { Model } from '../model/model.ts';
import { type Costs, type StageContext, chargeInference } from './stage.ts';

/** Rows a batch of generation. */
export const RESPONSE_BATCH = 64;

export interface RespondOptions {
  /** 0 is greedy. */
  temperature: number;
  /** Names the stream of sampling noise. */
  stream: string;
  firstRow?: number;
  /** Token that ends a response; default <eos>. */
  stop?: number;
}

/** Raw generations, in the order of `prompts` (token ids). */
export async function rollOut(
  context: Pick<StageContext, 'preset' | 'tokenizer' | 'seed'>,
  model: Model,
  prompts: readonly (readonly number[])[],
  options: RespondOptions,
  costs?: Costs,
): Promise<Generation[]> {
  const { tokenizer, preset, seed } = context;
  const generations = await generate(model, prompts, {
    maxNewTokens: preset.max_new_tokens,
    temperature: options.temperature,
    stop: options.stop ?? tokenizer.eos,
    pad: tokenizer.pad,
    seed: hash32(`${seed}/${options.stream}`),
    firstRow: options.firstRow ?? 0,
  });
  if (costs) {
    const longest = Math.max(...prompts.map((prompt) => prompt.length));
    const decoded = Math.max(...generations.map(({ tokens }) => tokens.length));
    chargeInference(costs, model.layout.count, prompts.length * (longest + decoded));
  }
  return generations;
}

/** A generation as text. The end token is not part of it; any other stop token (a base model's full stop) is. */
export function responseOf(context: Pick<StageContext, 'tokenizer'>, { tokens, ended }: Generation): Response {
  const { tokenizer } = context;
  const text = tokenizer.decode(tokens.at(-1) === tokenizer.eos ? tokens.slice(0, -1) : tokens);
  return { text, ended };
}

/** As `rollOut`, as text. */
export async function respond(
  context: Pick<StageContext, 'preset' | 'tokenizer' | 'seed'>,
  model: Model,
  prompts: readonly (readonly number[])[],
  options: RespondOptions,
  costs?: Costs,
): Promise<Response[]> {
  const generations = await rollOut(context, model, prompts, options, costs);
  return generations.map((generation) => responseOf(context, generation));
}

/** Shows a few prompts before and after: the same noise for both, so that only the weights make the difference. */
export class Showcase {
  readonly #context: StageContext;
  readonly #examples: readonly Example[];
  #before: Response[] | null = null;

  constructor(context: StageContext, examples: readonly Example[]) {
    this.#context = context;
    this.#examples = examples;
  }

  /** Whether samples are due after `step` steps. */
  due(step: number): boolean {
    const { sampleEvery } = this.#context;
    return sampleEvery > 0 && step % sampleEvery === 0;
  }

  /** `parent` answers once, `model` every time. */
  async samples(parent: Model, model: Model): Promise<Sample[]> {
    this.#before ??= await this.#answers(parent);
    const before = this.#before;
    const after = await this.#answers(model);
    return this.#examples.map((example, i) => ({
      example,
      before: judged(example, before[i] as Response),
      after: judged(example, after[i] as Response),
    }));
  }

  #answers(model: Model): Promise<Response[]> {
    const { tokenizer, preset } = this.#context;
    const prompts = this.#examples.map(({ prompt }) => tokenizer.promptIds(prompt));
    return respond(this.#context, model, prompts, { temperature: preset.temperature, stream: 'showcase' });
  }
}

function judged(example: Example, response: Response): Sample['after'] {
  return { ...response, verdict: judgeResponse(example, response.text, response.ended) };
}
