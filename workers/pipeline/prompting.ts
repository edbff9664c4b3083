/** Several prompts to one checkpoint, answered as one batch: to see what the form of a prompt does. */
import type { Response } from '../../src/core/data/labellers.ts';
import type { PromptingRequest } from '../../src/core/protocol.ts';
import { hash32 } from '../../src/core/rng.ts';
import type { Engine } from '../engine/engine.ts';
import { generate } from '../model/generate.ts';
import { openSpeaker } from './chat.ts';
import { responseOf } from './respond.ts';

/**
 * The answers of the checkpoint in `bytes`, called `name` in errors, in the order of the prompts. A base model continues
 * the bare text up to its first full stop; any other has each prompt as an instruction. Throws UnknownWordsError for
 * words outside its vocabulary, and a RangeError for a prompt that leaves no room for an answer.
 */
export async function answerPrompts(
  engine: Engine,
  bytes: Uint8Array,
  name: string,
  { prompts, temperature, seed }: Omit<PromptingRequest, 'checkpoint'>,
): Promise<Response[]> {
  const { base, tokenizer, model, maxNewTokens } = openSpeaker(engine, bytes, name);
  try {
    const ids = prompts.map((prompt) =>
      base ? [tokenizer.bos, ...tokenizer.encode(prompt)] : tokenizer.promptIds(prompt),
    );
    const generations = await generate(model, ids, {
      maxNewTokens,
      temperature,
      stop: (base ? tokenizer.encode('.')[0] : undefined) ?? tokenizer.eos,
      pad: tokenizer.pad,
      seed: hash32(`${seed}/prompting`),
    });
    return generations.map((generation) => responseOf({ tokenizer }, generation));
  } finally {
    model.dispose();
  }
}
