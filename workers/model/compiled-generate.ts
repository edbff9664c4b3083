/** Generation on the compiled engine: this model's way through its `Decoder`. */
import { padRows } from '../../src/core/data/batches.ts';
import { Decoder } from '../engine/compiled/decoder.ts';
import { CompiledEngine } from '../engine/compiled/engine.ts';
import { compiledVariables } from '../engine/compiled/variables.ts';
import type { GenerateOptions, Generation } from './generation.ts';
import { hiddenStates, logits } from './gpt2.ts';
import type { Model } from './model.ts';

const decoders = new WeakMap<Model, Decoder>();

/** The decoder of a model; made once, freed with the model's variables. */
export function decoderOf(model: Model): Decoder {
  let decoder = decoders.get(model);
  if (!decoder) {
    const { config, engine, variables } = model;
    if (!(engine instanceof CompiledEngine))
      throw new TypeError(`a decoder needs the compiled engine, not the ${engine.kind} one`);
    decoder = new Decoder(engine.resources, compiledVariables(variables), {
      layers: config.n_layer,
      width: config.n_embd,
      heads: config.n_head,
      vocabulary: config.vocab_size,
      context: config.n_positions,
      states: (ops, p, tokens, attend) => hiddenStates(ops, p, config, tokens, attend),
      logits,
    });
    decoders.set(model, decoder);
  }
  return decoder;
}

/** See `generate`. */
export async function compiledGenerate(
  model: Model,
  prompts: readonly (readonly number[])[],
  { maxNewTokens, stop, onTokens, firstRow = 0, ...options }: GenerateOptions,
): Promise<Generation[]> {
  const batch = padRows(prompts, options.pad, 'right');
  let told = 0;
  const onChunk = onTokens
    ? (tokens: Uint32Array, count: number): void => {
        for (; told < count; told++) {
          const at = (b: number, i: number): number => tokens[b * maxNewTokens + i] as number;
          const before = (b: number): boolean => Array.from({ length: told }, (_, i) => at(b, i)).includes(stop);
          onTokens(
            prompts.map((_, b) => at(b, told)),
            prompts.map((_, b) => before(b)),
          );
        }
      }
    : undefined;
  const decoded = await decoderOf(model).decode(batch, { ...options, firstRow, stop, maxNew: maxNewTokens, onChunk });
  const { tokens, logprobs, lengths, ended } = decoded;
  const generations = prompts.map((_, b) => {
    const [from, to] = [b * maxNewTokens, b * maxNewTokens + (lengths[b] as number)];
    return {
      tokens: [...tokens.subarray(from, to)],
      ended: ended[b] as boolean,
      logprobs: [...logprobs.subarray(from, to)],
    };
  });
  onChunk?.(tokens, Math.max(...lengths));
  return generations;
}
