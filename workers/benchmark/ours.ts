/**
 * Our engines as subjects of the benchmark. Node, the browser's worker and the page's own benchmark open them through this
 * file alone.
 */
// First: it takes down what tfjs registers, before our engine replaces some of it.
import './stock-registry.ts';
import { responseBatch } from '../../src/core/data/batches.ts';
import { crossEntropy } from '../algorithms/sft.ts';
import type { AdamWOptions } from '../engine/adamw.ts';
import { type BackendOptions, openEngine } from '../engine/backend.ts';
import { CompiledEngine } from '../engine/compiled/engine.ts';
import { Gpu } from '../engine/compiled/gpu.ts';
import { type Computation, type Feed, type Term, computation } from '../engine/computation.ts';
import type { Engine } from '../engine/engine.ts';
import { PlainEngine } from '../engine/plain/engine.ts';
import { plain } from '../engine/plain/operations.ts';
import { generate } from '../model/generate.ts';
import type { Generation } from '../model/generation.ts';
import { type Gpt2Config, hiddenStates, logits } from '../model/gpt2.ts';
import { Model } from '../model/model.ts';
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
  rollout(): Promise<Int32Array>;
  decode(): Promise<Decoded>;
}

export interface Ours {
  /** What it runs on, in words. */
  readonly adapter: string;
  readonly engine: Engine;
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
    throw new Error(`openEngine gives ${device.adapter} the plain engine: the compiled one fails its self-test there`);
  return oursOf(engine, device.adapter);
}

/** The compiled engine on a device that computes nothing: without the self-test, which such a device must fail. */
export function openUntested(device: GPUDevice): Ours {
  return oursOf(new CompiledEngine(new Gpu(device)), 'untested');
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
  return { adapter, engine, subject: (problem) => new Trained(engine, problem), dispose: () => engine.dispose() };
}

class Trained implements OurSubject {
  readonly name = OURS;
  readonly #problem: Problem;
  readonly #model: Model;
  readonly #terms: readonly Term[];
  readonly #optimiser;
  #rollouts = 0;

  constructor(engine: Engine, problem: Problem) {
    const { config, weights } = problem;
    this.#problem = problem;
    this.#model = new Model(engine, config, weights);
    this.#optimiser = engine.createOptimiser(this.#model.variables, OPTIONS);
    this.#terms = [{ computation: languageModelling(config), feed: feedOf(problem) }];
  }

  async step(): Promise<number> {
    return (await this.#model.engine.step(this.#optimiser, ADAMW.learning_rate, this.#terms)).loss;
  }

  async gradient(): Promise<Record<string, Float32Array>> {
    const { engine, variables, layout } = this.#model;
    return layout.unpack((await engine.gradient(variables, this.#terms)).gradient);
  }

  async rollout(): Promise<Int32Array> {
    return Int32Array.from((await this.#generate()).flatMap(({ tokens }) => tokens));
  }

  async decode(): Promise<Decoded> {
    const generations = await this.#generate();
    const rows = this.#prompts().map((prompt, b) => ({ prompt, response: generations[b]!.tokens }));
    return {
      cached: Float32Array.from(generations.flatMap(({ logprobs }) => logprobs)),
      full: await this.#model.responseLogprobs(responseBatch(rows, 0)),
    };
  }

  dispose(): void {
    this.#optimiser.dispose();
    this.#model.dispose();
  }

  #generate(): Promise<Generation[]> {
    const { rollout, config } = this.#problem;
    const [maxNewTokens, seed] = [rollout.newTokens, ++this.#rollouts];
    // No token has the number V: every row goes on to the end, as the peers' do.
    const options = { maxNewTokens, temperature: 1, stop: config.vocab_size, pad: 0, seed };
    return generate(this.#model, this.#prompts(), options);
  }

  /** [rows][promptLength] */
  #prompts(): number[][] {
    const { rollout, prompts } = this.#problem;
    const { rows, promptLength } = rollout;
    return Array.from({ length: rows }, (_, b) => [...prompts.subarray(b * promptLength, (b + 1) * promptLength)]);
  }
}

/** Mean cross-entropy of every token's target. */
function languageModelling(config: Gpt2Config): Computation {
  return computation({
    name: 'benchmark',
    inputs: {
      ids: { extent: 'tokens', type: 'int' },
      positions: { extent: 'tokens', type: 'int' },
      mask: { extent: 'tokens', type: 'float' },
      targets: { extent: 'tokens', type: 'int' },
      weights: { extent: 'tokens', type: 'float' },
    },
    build: (ops, parameters, { ids, positions, mask, targets, weights }) => {
      const hidden = hiddenStates(ops, parameters, config, { ids, positions, mask });
      const logprobs = ops.tokenLogprobs(logits(ops, parameters, hidden), targets, 1);
      return { loss: ops.loss(crossEntropy, logprobs, { mask: weights }) };
    },
  });
}

function feedOf({ size: { batch, time }, ids, targets }: Problem): Feed {
  const count = batch * time;
  const ones = new Float32Array(count).fill(1);
  const positions = Int32Array.from({ length: count }, (_, i) => i % time);
  return { size: batch, time, arrays: { ids, positions, mask: ones, targets, weights: ones } };
}
