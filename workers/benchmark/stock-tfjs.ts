/**
 * The peer "stock tfjs": the model composed of TensorFlow.js's own operations, gradients and Adam, as its users write it.
 *
 * It runs on tfjs's current backend. Of workers/ it knows the names and shapes of the parameters only: no kernel of ours helps it.
 */
import * as tf from '@tensorflow/tfjs';
import { parameterShapes } from '../model/gpt2.ts';
import { asStock } from './stock-registry.ts';
import { ADAMW, type Problem, type Subject } from './subject.ts';

export interface StockOptions {
  /**
   * How token embeddings are looked up: 'gather', or 'one_hot' where the backend has no kernel for the gradient of
   * tf.gather (WASM lacks UnsortedSegmentSum). Default 'gather'.
   */
  embedding?: 'gather' | 'one_hot';
}

/** Keys and values of a layer, [rows, H, t, D/H]. */
interface Cached {
  keys: tf.Tensor4D;
  values: tf.Tensor4D;
}

/** Attention scores of hidden keys; finite, because −∞ − −∞ is not a number. */
const HIDDEN = -1e9;

class Stock implements Subject {
  readonly name = 'stock tfjs';
  readonly #problem: Problem;
  readonly #embedding: 'gather' | 'one_hot';
  readonly #variables: Record<string, tf.Variable> = {};
  readonly #optimiser = tf.train.adam(ADAMW.learning_rate, ADAMW.beta1, ADAMW.beta2, ADAMW.epsilon);
  /** Uploaded once: the same batch at every step. */
  readonly #ids: tf.Tensor1D;
  readonly #labels: tf.Tensor2D;
  readonly #causal: tf.Tensor2D;
  readonly #scale: tf.Scalar;
  readonly #kept: tf.Scalar;
  readonly #gelu: { cubic: tf.Scalar; slope: tf.Scalar; one: tf.Scalar; half: tf.Scalar };
  #rollouts = 0;

  constructor(problem: Problem, { embedding = 'gather' }: StockOptions) {
    const { config, weights, ids, targets } = problem;
    const { n_embd: d, n_head, n_positions: T, vocab_size: V } = config;
    this.#problem = problem;
    this.#embedding = embedding;
    for (const { name, shape } of parameterShapes(config)) {
      const initial = tf.tensor(weights[name]!, [...shape]);
      // Without a name of its own: tfjs's names of variables are global, and there may be two subjects.
      this.#variables[name] = tf.variable(initial);
      initial.dispose();
    }
    this.#ids = tf.tensor1d(ids, 'int32');
    this.#labels = tf.tidy(() => oneHot(tf.tensor1d(targets, 'int32'), V));
    const hidden = Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? HIDDEN : 0));
    this.#causal = tf.tensor2d(hidden, [T, T]);
    this.#scale = tf.scalar(1 / Math.sqrt(d / n_head));
    this.#kept = tf.scalar(1 - ADAMW.learning_rate * ADAMW.weight_decay);
    const [cubic, slope, one, half] = [0.044715, Math.sqrt(2 / Math.PI), 1, 0.5].map((x) => tf.scalar(x)) as [
      tf.Scalar,
      tf.Scalar,
      tf.Scalar,
      tf.Scalar,
    ];
    this.#gelu = { cubic, slope, one, half };
  }

  async step(): Promise<number> {
    const cost = asStock(() =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => this.#loss(), Object.values(this.#variables));
        // tf.train.adam has no weight decay: AdamW's is one product a matrix, before the update.
        for (const variable of Object.values(this.#variables))
          if (variable.rank === 2) variable.assign(tf.mul(variable, this.#kept));
        this.#optimiser.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        return value;
      }),
    );
    const [loss] = await cost.data();
    cost.dispose();
    return loss as number;
  }

  async rollout(): Promise<ArrayLike<number>> {
    const { rollout, prompts, config } = this.#problem;
    // No gradient is taken here, and no kernel of WebGPU replaced: tfjs is as it comes without `asStock`.
    const { rows, promptLength, newTokens } = rollout;
    const cache: Cached[] = [];
    const sampled = new Int32Array(rows * newTokens);
    const seed = ++this.#rollouts * newTokens;
    let logits = tf.tidy(() => {
      const ids = tf.tensor1d(prompts, 'int32');
      const hidden = this.#hidden(ids, rows, 0, (q, k, v) => {
        cache.push({ keys: tf.keep(tf.clone(k)), values: tf.keep(tf.clone(v)) });
        return this.#attend(q, k, v, this.#mask(promptLength));
      });
      const last = tf.reshape(hidden, [rows, promptLength, config.n_embd]);
      return this.#logits(tf.reshape(tf.slice(last, [0, promptLength - 1, 0], [-1, 1, -1]), [rows, config.n_embd]));
    });
    for (let i = 0; ; i++) {
      const next = tf.tidy(() => tf.reshape<tf.Rank.R1>(tf.multinomial(logits, 1, seed + i), [rows]));
      logits.dispose();
      // A chat ends at an end token, so that the host has to see every one.
      const tokens = await next.data();
      for (let b = 0; b < rows; b++) sampled[b * newTokens + i] = tokens[b] as number;
      if (i + 1 === newTokens) {
        tf.dispose([next, ...cache.flatMap(({ keys, values }) => [keys, values])]);
        return sampled;
      }
      let layer = 0;
      logits = tf.tidy(() => {
        const hidden = this.#hidden(next, rows, promptLength + i, (q, k, v) => {
          const old = cache[layer] as Cached;
          const grown = {
            keys: tf.keep(tf.concat([old.keys, k], 2)),
            values: tf.keep(tf.concat([old.values, v], 2)),
          };
          tf.dispose([old.keys, old.values]);
          cache[layer++] = grown;
          return this.#attend(q, grown.keys, grown.values, null);
        });
        return this.#logits(hidden);
      });
      next.dispose();
    }
  }

  dispose(): void {
    const { cubic, slope, one, half } = this.#gelu;
    tf.dispose([...Object.values(this.#variables), this.#ids, this.#labels, this.#causal, this.#scale, this.#kept]);
    tf.dispose([cubic, slope, one, half]);
    this.#optimiser.dispose();
  }

  #loss(): tf.Scalar {
    const { batch, time } = this.#problem.size;
    const hidden = this.#hidden(this.#ids, batch, 0, (q, k, v) => this.#attend(q, k, v, this.#mask(time)));
    return tf.losses.softmaxCrossEntropy(this.#labels, this.#logits(hidden));
  }

  #variable(name: string): tf.Tensor {
    const variable = this.#variables[name];
    if (!variable) throw new Error(`stock tfjs: there is no parameter ${name}`);
    return variable;
  }

  /** [time, time] */
  #mask(time: number): tf.Tensor2D {
    return time === this.#causal.shape[0] ? this.#causal : tf.slice(this.#causal, [0, 0], [time, time]);
  }

  /** Hidden states [rows·t, D] of ids [rows·t] that begin at position `start`. */
  #hidden(
    ids: tf.Tensor1D,
    rows: number,
    start: number,
    attend: (q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D) => tf.Tensor4D,
  ): tf.Tensor2D {
    const { n_layer, n_head: H, n_embd: d, vocab_size: V } = this.#problem.config;
    const time = ids.size / rows;
    const table = this.#variable('wte.weight') as tf.Tensor2D;
    const tokens = this.#embedding === 'gather' ? tf.gather(table, ids) : tf.matMul(oneHot(ids, V), table);
    const places = tf.slice(this.#variable('wpe.weight') as tf.Tensor2D, [start, 0], [time, d]);
    let x = tf.reshape<tf.Rank.R2>(tf.add(tf.reshape(tokens, [rows, time, d]), places), [rows * time, d]);
    const heads = (part: tf.Tensor): tf.Tensor4D =>
      tf.transpose(tf.reshape<tf.Rank.R4>(part, [rows, time, H, d / H]), [0, 2, 1, 3]);
    for (let i = 0; i < n_layer; i++) {
      const h = `h.${i}`;
      const qkv = this.#dense(this.#norm(x, `${h}.ln_1`), `${h}.attn.c_attn`);
      const [q, k, v] = tf.split(qkv, 3, 1).map(heads) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      const mixed = tf.reshape<tf.Rank.R2>(tf.transpose(attend(q, k, v), [0, 2, 1, 3]), [rows * time, d]);
      x = tf.add(x, this.#dense(mixed, `${h}.attn.c_proj`));
      const wide = this.#activate(this.#dense(this.#norm(x, `${h}.ln_2`), `${h}.mlp.c_fc`));
      x = tf.add(x, this.#dense(wide, `${h}.mlp.c_proj`));
    }
    return this.#norm(x, 'ln_f');
  }

  #attend(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, mask: tf.Tensor2D | null): tf.Tensor4D {
    const scores = tf.mul(tf.matMul(q, k, false, true), this.#scale);
    return tf.matMul(tf.softmax(mask ? tf.add<tf.Tensor4D>(scores, mask) : scores), v);
  }

  #norm(x: tf.Tensor2D, name: string): tf.Tensor2D {
    const { mean, variance } = tf.moments(x, 1, true);
    const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, this.#problem.config.layer_norm_epsilon)));
    return tf.add(tf.mul(normal, this.#variable(`${name}.weight`)), this.#variable(`${name}.bias`));
  }

  #dense(x: tf.Tensor2D, name: string): tf.Tensor2D {
    return tf.add(tf.matMul(x, this.#variable(`${name}.weight`) as tf.Tensor2D), this.#variable(`${name}.bias`));
  }

  /** GELU in GPT-2's tanh form. */
  #activate(x: tf.Tensor2D): tf.Tensor2D {
    const { cubic, slope, one, half } = this.#gelu;
    const inner = tf.mul(tf.mul(x, slope), tf.add(tf.mul(tf.square(x), cubic), one));
    return tf.mul(tf.mul(x, half), tf.add(tf.tanh(inner), one));
  }

  #logits(hidden: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul(hidden, this.#variable('wte.weight'), false, true);
  }
}

/** [N, depth]; cast afterwards: asked for float32, the WASM kernel of tfjs 4.22 writes int32 bits. */
function oneHot(ids: tf.Tensor1D, depth: number): tf.Tensor2D {
  return tf.reshape(tf.cast(tf.oneHot(ids, depth), 'float32'), [ids.size, depth]);
}

/** On tfjs's current backend. */
export function openStock(problem: Problem, options: StockOptions = {}): Subject {
  return new Stock(problem, options);
}
