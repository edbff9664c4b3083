/** One prompt to one checkpoint. */
import type { Response } from '../../src/core/data/labellers.ts';
import { PRESETS, PRESET_NAMES } from '../../src/core/presets.ts';
import type { ChatRequest } from '../../src/core/protocol.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import type { Engine } from '../engine/engine.ts';
import { Model } from '../model/model.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import { respond } from './respond.ts';

/**
 * The answer of the checkpoint in `bytes`, called `name` in errors. A base model knows no dialogue: it is given the bare
 * text and stops at its first full stop. Throws UnknownWordsError for words outside its vocabulary.
 */
export async function chat(
  engine: Engine,
  bytes: Uint8Array,
  name: string,
  { prompt, temperature, seed }: Omit<ChatRequest, 'checkpoint'>,
): Promise<Response> {
  const { config, weights, card } = decodeCheckpoint(bytes, name);
  const presetName = PRESET_NAMES.find((each) => each === card.preset);
  if (!presetName) throw new Error(`${name}: preset "${card.preset}" is unknown`);
  if (card.stage === 'reward') throw new Error(`${name}: a reward model gives scores, not answers`);
  const preset = PRESETS[presetName];
  const tokenizer = new Tokenizer(createWorld(preset.world).vocabulary);
  if (tokenizer.size !== config.vocab_size)
    throw new Error(`${name}: made for ${config.vocab_size} words, but this world has ${tokenizer.size}`);
  const model = new Model(engine, config, weights);
  try {
    const base = card.stage === 'base';
    const ids = base ? [tokenizer.bos, ...tokenizer.encode(prompt)] : tokenizer.promptIds(prompt);
    const options = { temperature, stream: 'chat', stop: base ? tokenizer.encode('.')[0] : undefined };
    const [response] = await respond({ preset, tokenizer, seed }, model, [ids], options);
    return response as Response;
  } finally {
    model.dispose();
  }
}
