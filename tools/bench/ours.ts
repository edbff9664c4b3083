/**
 * Our engines as subjects of the benchmark. Node and the browser's worker open them through this file alone.
 */
// First: it takes down what tfjs registers, before our engine replaces some of it.
import './stock-registry.ts';
import type { AdamWOptions } from '../../workers/engine/adamw.ts';
import { crossEntropy } from '../../workers/algorithms/sft.ts';
import { type BackendOptions, openEngine } from '../../workers/engine/backend.ts';
import type { Computation, Feed } from '../../workers/engine/computation.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { ParameterLayout } from '../../workers/engine/parameters.ts';
import { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { plain } from '../../workers/engine/plain/operations.ts';
import { type Gpt2Config, hiddenStates, logits, parameterShapes } from '../../workers/model/gpt2.ts';
import { OURS } from './figures.ts';
import { ADAMW, type Problem, type Subject } from './subject.ts';

/** What decoding said of the tokens that it sampled, and what one full forward pass says of the same. */
export interface Decoded {
  /** [rows · newTokens] log-probs, from the cache and from the full sequences. */
  cached: Float32Array;
  full: Float32Array;
}

export interface OurSubject extends Subject {
  /** The gradient by parameter name, without an update. */
  gradient(): Promise<Record<string, Float32Array>>;
  /** Only where the engine samples on the device, as `rollout`. */
  decode?(): Promise<Decoded>;
}

export interface Ours {
  /** What it runs on, in words. */
  readonly adapter: string;
  subject(problem: Problem): OurSubject;
  dispose(): void;
}

const OPTIONS: AdamWOptions = {
  beta1: ADAMW.beta1,
  beta2: ADAMW.beta2,
  epsilon: ADAMW.epsilon,
  weight_decay: ADAMW.weight_decay,
  max_grad_norm: Infinity,
};

/** The compiled engine on WebGPU; tfjs's 'webgpu' backend is on the same device then, and current. */
export async function openCompiled(options: BackendOptions): Promise<Ours> {
  const { engine, device } = await openEngine('webgpu', options);
  if (engine.kind !== 'compiled')
    throw new Error('openEngine gives WebGPU the plain engine: the compiled one is missing, run with --without-ours');
  return oursOf(engine, device.adapter);
}

/** The compiled engine on a device that computes nothing: without the self-test, which such a device must fail. */
export function openUntested(adapter: GPUAdapter): Promise<Ours> {
  return Promise.reject(new Error(`the compiled engine is missing on ${adapter.info.vendor}: run with --without-ours`));
}

/** The plain engine with the fused kernels of our own on WASM; tfjs's 'wasm' backend is current then. */
export async function openWasm(options: BackendOptions): Promise<Ours> {
  const { engine, device } = await openEngine('wasm', options);
  return oursOf(engine, device.adapter);
}

/** The oracle for gradients: operations of tfjs alone, on its current backend. */
export function oracle(): Ours {
  return oursOf(new PlainEngine(plain), 'oracle');
}

function oursOf(engine: Engine, adapter: string): Ours {
  return { adapter, subject: (problem) => new Trained(engine, problem), dispose: () => engine.dispose() };
}

class Trained implements OurSubject {
  readonly name = OURS;
  readonly #engine: Engine;
  readonly #computation: Computation;
  readonly #feed: Feed;
  readonly #layout: ParameterLayout;
  readonly #variables;
  readonly #optimiser;

  constructor(engine: Engine, problem: Problem) {
    const { config, weights } = problem;
    this.#engine = engine;
    this.#layout = new ParameterLayout(parameterShapes(config));
    this.#variables = engine.createVariables(this.#layout, this.#layout.pack(weights));
    this.#optimiser = engine.createOptimiser(this.#variables, OPTIONS);
    this.#computation = languageModelling(config);
    this.#feed = feedOf(problem);
  }

  async step(): Promise<number> {
    const terms = [{ computation: this.#computation, feed: this.#feed }];
    return (await this.#engine.step(this.#optimiser, ADAMW.learning_rate, terms)).loss;
  }

  async gradient(): Promise<Record<string, Float32Array>> {
    const terms = [{ computation: this.#computation, feed: this.#feed }];
    return this.#layout.unpack((await this.#engine.gradient(this.#variables, terms)).gradient);
  }

  dispose(): void {
    this.#optimiser.dispose();
    this.#variables.dispose();
  }
}

/** Mean cross-entropy of every token's target. */
function languageModelling(config: Gpt2Config): Computation {
  return {
    name: 'benchmark',
    inputs: {
      ids: { extent: 'tokens', type: 'int' },
      positions: { extent: 'tokens', type: 'int' },
      mask: { extent: 'tokens', type: 'float' },
      targets: { extent: 'selected', type: 'int' },
      weights: { extent: 'selected', type: 'float' },
    },
    build: (ops, parameters, { ids, positions, mask, targets, weights }) => {
      const hidden = hiddenStates(ops, parameters, config, { ids: ids!, positions: positions!, mask: mask! });
      const logprobs = ops.tokenLogprobs(logits(ops, parameters, hidden), targets!, 1);
      return { loss: ops.loss(crossEntropy, logprobs, { mask: weights! }) };
    },
  };
}

function feedOf({ size: { batch, time }, ids, targets }: Problem): Feed {
  const count = batch * time;
  const ones = new Float32Array(count).fill(1);
  const positions = Int32Array.from({ length: count }, (_, i) => i % time);
  return { size: batch, time, arrays: { ids, positions, mask: ones, targets, weights: ones } };
}
