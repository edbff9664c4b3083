/** A model that lives on the device: its configuration and its parameters, with or without a scalar head. */
import type { PaddedBatch, ResponseBatch } from '../../src/core/data/batches.ts';
import type { Rng } from '../../src/core/rng.ts';
import type { Computation, Feed } from '../engine/computation.ts';
import type { Engine, Variables } from '../engine/engine.ts';
import { ParameterLayout } from '../engine/parameters.ts';
import { everyTokenFeedOf, feedOf, headComputation, lastTokenFeedOf, logprobsComputation } from './computations.ts';
import { type Gpt2Config, HEAD, initialParameters, parameterShapes } from './gpt2.ts';

export type Weights = Record<string, Float32Array>;

export class Model {
  readonly engine: Engine;
  readonly config: Gpt2Config;
  /** Whether it has the scalar head. */
  readonly scored: boolean;
  /** The current parameters; every update changes them. */
  readonly variables: Variables;
  /** Temperature → the computation of log-probs at it: engines keep what they made of one. */
  readonly #logprobs = new Map<number, Computation>();
  readonly #head: Computation;

  /** Throws when `weights` do not fit `config`. A `score.weight` among them makes it a scored model. */
  constructor(engine: Engine, config: Gpt2Config, weights: Weights) {
    this.engine = engine;
    this.config = config;
    this.scored = HEAD in weights;
    const head = this.scored ? [{ name: HEAD, shape: [1, config.n_embd] }] : [];
    const layout = new ParameterLayout([...parameterShapes(config), ...head]);
    this.variables = engine.createVariables(layout, layout.pack(weights));
    this.#head = headComputation(config);
  }

  static initial(engine: Engine, config: Gpt2Config, rng: Rng): Model {
    return new Model(engine, config, initialParameters(config, rng));
  }

  get layout(): ParameterLayout {
    return this.variables.layout;
  }

  /** Replaces the parameters by `flat` [layout.length]. */
  set(flat: Float32Array): void {
    this.variables.write(flat);
  }

  async weights(): Promise<Weights> {
    return this.layout.unpack(await this.variables.read());
  }

  /** log π(token | before) of every response token [B·R], logits divided by `temperature`; garbage outside the mask. */
  responseLogprobs(batch: ResponseBatch, temperature = 1): Promise<Float32Array> {
    let computation = this.#logprobs.get(temperature);
    if (!computation) this.#logprobs.set(temperature, (computation = logprobsComputation(this.config, temperature)));
    return this.#run(computation, feedOf(batch), 'logprobs');
  }

  /** The scalar head before every response token [B·R]: a value model's V(s_t). */
  responseValues(batch: ResponseBatch): Promise<Float32Array> {
    return this.#run(this.#head, feedOf(batch), 'values');
  }

  /** The scalar head on every row's last real token [B]: a reward model's score. */
  sequenceScores(batch: PaddedBatch): Promise<Float32Array> {
    return this.#run(this.#head, lastTokenFeedOf(batch), 'values');
  }

  /** The scalar head on every token [B·T], at padding as well. */
  tokenScores(batch: PaddedBatch): Promise<Float32Array> {
    return this.#run(this.#head, everyTokenFeedOf(batch), 'values');
  }

  dispose(): void {
    this.variables.dispose();
  }

  async #run(computation: Computation, feed: Feed, output: string): Promise<Float32Array> {
    return (await this.engine.run(this.variables, computation, feed))[output] as Float32Array;
  }
}

/**
 * `weights` with a scalar head drawn from N(0, 1/(d + 1)): the start of a reward model (Stiennon et al. 2020). From zero
 * nothing flows back into the network at first: on small, the loss stayed at log 2 for 90 of 375 steps.
 */
export function withRandomHead(weights: Weights, config: Gpt2Config, rng: Rng): Weights {
  const head = Float32Array.from({ length: config.n_embd }, () => rng.normal() / Math.sqrt(config.n_embd + 1));
  return { ...weights, [HEAD]: head };
}

/** `weights` with a scalar head of zeros: the start of a value model. */
export function withZeroHead(weights: Weights, config: Gpt2Config): Weights {
  return { ...weights, [HEAD]: new Float32Array(config.n_embd) };
}
