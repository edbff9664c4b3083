/** Responses to prompts, by the way of the engine that the model is on. */
import { compiledGenerate } from './compiled-generate.ts';
import type { GenerateOptions, Generation } from './generation.ts';
import type { Model } from './model.ts';
import { plainGenerate } from './plain-generate.ts';

/**
 * One response a prompt. Throws a RangeError when a prompt plus `maxNewTokens` does not fit the context.
 * The same seed and rows give the same responses, whatever the batching.
 */
export async function generate(
  model: Model,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<Generation[]> {
  const { n_positions } = model.config;
  const room = n_positions - options.maxNewTokens;
  prompts.forEach((prompt, b) => {
    if (prompt.length > room)
      throw new RangeError(
        `prompt ${b} has ${prompt.length} tokens; with ${options.maxNewTokens} new ones it exceeds the context of ${n_positions}`,
      );
  });
  return model.engine.kind === 'compiled'
    ? compiledGenerate(model, prompts, options)
    : plainGenerate(model, prompts, options);
}
