/**
 * The peer "jax-js": the same model and AdamW as one jit-compiled function, as its users write it.
 *
 * jax-js opens a device of its own on the adapter of navigator.gpu. Its arrays are reference-counted: a call consumes its
 * arguments, `.ref` keeps one for another use.
 */
import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { parameterShapes } from '../../workers/model/gpt2.ts';
import { ADAMW, type Problem, type Subject } from '../../workers/benchmark/subject.ts';

// A type and not an interface: jax-js's trees need an index signature.
type Weights = Record<string, np.Array>;

/** The model's loss on a batch; consumes its arguments, as every function of jax-js does. */
function lossOf({ config, size }: Problem) {
  const { n_layer, n_head: H, n_embd: d, vocab_size: V, layer_norm_epsilon: epsilon } = config;
  const { batch: B, time: T } = size;
  return (p: Weights, ids: np.Array, targets: np.Array): np.Array => {
    const get = (name: string): np.Array => {
      const weight = p[name];
      if (!weight) throw new Error(`jax-js: there is no parameter ${name}`);
      return weight;
    };
    const norm = (x: np.Array, name: string): np.Array =>
      nn
        .standardize(x, -1, { epsilon })
        .mul(get(`${name}.weight`))
        .add(get(`${name}.bias`));
    const dense = (x: np.Array, name: string): np.Array => np.matmul(x, get(`${name}.weight`)).add(get(`${name}.bias`));

    const table = get('wte.weight');
    let x = np.take(table.ref, ids, 0).add(get('wpe.weight'));
    for (let i = 0; i < n_layer; i++) {
      const h = `h.${i}`;
      const [q, k, v] = np
        .split(dense(norm(x.ref, `${h}.ln_1`), `${h}.attn.c_attn`), 3, -1)
        .map((part) => part.reshape([B, T, H, d / H]).transpose([0, 2, 1, 3])) as [np.Array, np.Array, np.Array];
      // Not nn.dotProductAttention, which is the same products: its einsum (0.1.25) needs iterator helpers, and Node 20,
      // which this repository supports, has none. To be replaced when Node 22 is the oldest.
      const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(d / H));
      const causal = np.tri(T, T, 0, { dtype: np.bool });
      const mixed = np.matmul(nn.softmax(np.where(causal, scores, -Infinity)), v);
      x = x.add(dense(mixed.transpose([0, 2, 1, 3]).reshape([B, T, d]), `${h}.attn.c_proj`));
      const wide = nn.gelu(dense(norm(x.ref, `${h}.ln_2`), `${h}.mlp.c_fc`));
      x = x.add(dense(wide, `${h}.mlp.c_proj`));
    }
    const logits = np.matmul(norm(x, 'ln_f'), np.transpose(table));
    return nn.logSoftmax(logits).mul(nn.oneHot(targets, V)).sum(-1).mean().neg();
  };
}

/** The whole step: [loss, weights, m, v]. `corrections` is [1 − β₁ᵗ, 1 − β₂ᵗ], an argument because a constant would be compiled in. */
function stepOf(problem: Problem) {
  const { learning_rate, beta1, beta2, epsilon, weight_decay } = ADAMW;
  const objective = valueAndGrad(lossOf(problem));
  return jit(
    (weights: Weights, m: Weights, v: Weights, corrections: [np.Array, np.Array], ids: np.Array, targets: np.Array) => {
      const [loss, gradient] = objective(tree.ref(weights), ids, targets) as [np.Array, Weights];
      const [c1, c2] = corrections;
      const next: [Weights, Weights, Weights] = [{}, {}, {}];
      for (const name of Object.keys(weights)) {
        const [w, g] = [weights[name] as np.Array, gradient[name] as np.Array];
        const m1 = (m[name] as np.Array).mul(beta1).add(g.ref.mul(1 - beta1));
        const v1 = (v[name] as np.Array).mul(beta2).add(np.square(g).mul(1 - beta2));
        const update = m1.ref.div(c1.ref).div(np.sqrt(v1.ref.div(c2.ref)).add(epsilon));
        const kept = w.ndim === 2 ? w.mul(1 - learning_rate * weight_decay) : w;
        next[0][name] = kept.sub(update.mul(learning_rate));
        next[1][name] = m1;
        next[2][name] = v1;
      }
      c1.dispose();
      c2.dispose();
      return [loss, ...next] as [np.Array, Weights, Weights, Weights];
    },
  );
}

function zerosLike(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, np.zeros(shape)]));
}

/** Opens jax-js's WebGPU device the first time. Throws where there is none. */
export async function openJax(problem: Problem): Promise<Subject> {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js finds no WebGPU adapter');
  defaultDevice('webgpu');
  const { config, size, weights } = problem;
  const initial = Object.fromEntries(
    parameterShapes(config).map(({ name, shape }) => [name, np.array(weights[name]!.slice()).reshape([...shape])]),
  );
  let state: [Weights, Weights, Weights] = [initial, zerosLike(initial), zerosLike(initial)];
  const tokens = (array: Int32Array): np.Array =>
    np.array(array.slice(), { dtype: np.int32 }).reshape([size.batch, size.time]);
  const [ids, targets] = [tokens(problem.ids), tokens(problem.targets)];
  const update = stepOf(problem);
  let t = 0;
  return {
    name: 'jax-js',
    async step() {
      t += 1;
      const corrections: [np.Array, np.Array] = [np.array(1 - ADAMW.beta1 ** t), np.array(1 - ADAMW.beta2 ** t)];
      const [loss, ...next] = update(...state, corrections, ids.ref, targets.ref);
      state = next;
      return ((await loss.data()) as Float32Array)[0]!;
    },
    dispose() {
      tree.dispose(state);
      ids.dispose();
      targets.dispose();
      update.dispose();
    },
  };
}
