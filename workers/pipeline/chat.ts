/** Chat: checkpoints that are ready to answer, and one answer, token by token. */
import { PRESETS, PRESET_NAMES } from '../../src/core/presets.ts';
import type { ChatRequest, ChatToken } from '../../src/core/protocol.ts';
import { hash32 } from '../../src/core/rng.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import type { Engine } from '../engine/engine.ts';
import { Model } from '../model/model.ts';
import { nextTokenLogits } from '../model/next-token.ts';
import { keptTokens, sampleToken, tokenLogprob } from '../model/sampling.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import { Loaded } from './loaded.ts';

/** Models that stay loaded: as many as the page asks at once. */
const MOST_SPEAKERS = 4;
/** Most probable next tokens that are told of. */
const ALTERNATIVES = 5;

/** A checkpoint on the device, ready to answer. */
export interface Speaker {
  /** Called so in errors. */
  readonly name: string;
  /** A base model knows no dialogue: it is given the bare text and stops at its first full stop. */
  readonly base: boolean;
  readonly tokenizer: Tokenizer;
  readonly model: Model;
  /** Longest answer in tokens. */
  readonly maxNewTokens: number;
}

/** Loads the checkpoint in `bytes`. Throws an Error that names it when it cannot answer. */
export function openSpeaker(engine: Engine, bytes: Uint8Array, name: string): Speaker {
  const { config, weights, card } = decodeCheckpoint(bytes, name);
  const presetName = PRESET_NAMES.find((each) => each === card.preset);
  if (!presetName) throw new Error(`${name}: preset "${card.preset}" is unknown`);
  if (card.stage === 'reward') throw new Error(`${name}: a reward model gives scores, not answers`);
  const preset = PRESETS[presetName];
  const tokenizer = new Tokenizer(createWorld(preset.world).vocabulary);
  if (tokenizer.size !== config.vocab_size)
    throw new Error(`${name}: made for ${config.vocab_size} words, but this world has ${tokenizer.size}`);
  return {
    name,
    base: card.stage === 'base',
    tokenizer,
    model: new Model(engine, config, weights),
    maxNewTokens: preset.max_new_tokens,
  };
}

/** The speakers of the last few chats, so that the next prompt finds them loaded. */
export class Speakers extends Loaded<Speaker> {
  constructor() {
    super(openSpeaker, MOST_SPEAKERS);
  }
}

/** An answer in the making. It can be continued by another `Speaker` of the same checkpoint. */
export class Answer {
  readonly tokens: ChatToken[] = [];
  /** Null while it goes on; 'ended' by its own end, 'full' when there was no more room. */
  ending: 'ended' | 'full' | null = null;
  readonly #request: Omit<ChatRequest, 'checkpoint'>;
  readonly #ids: number[] = [];

  constructor(request: Omit<ChatRequest, 'checkpoint'>) {
    this.#request = request;
  }

  /**
   * The next token; only while `ending` is null. The sampling noise is that of `generate`, the same for every speaker, so
   * that only the models make the difference. Throws UnknownWordsError for words that the speaker does not know, and a
   * RangeError for a prompt that leaves no room for an answer.
   */
  async next({ name, base, tokenizer, model, maxNewTokens }: Speaker): Promise<ChatToken> {
    const { prompt, temperature, topP, seed } = this.#request;
    const start = base ? [tokenizer.bos, ...tokenizer.encode(prompt)] : tokenizer.promptIds(prompt);
    const time = start.length + maxNewTokens;
    const { n_positions } = model.config;
    if (time > n_positions)
      throw new RangeError(
        `${name}: a prompt of ${start.length} tokens; with ${maxNewTokens} new ones it exceeds the context of ${n_positions}`,
      );
    const logits = await nextTokenLogits(model, [...start, ...this.#ids], time);
    const position = this.#ids.length;
    const id = sampleToken(logits, { temperature, topP }, hash32(`${seed}/chat`), 0, position);
    const token: ChatToken = {
      text: tokenizer.decode([id]),
      logprob: tokenLogprob(logits, id, 1),
      top: keptTokens(logits, ALTERNATIVES).map((each) => ({
        text: tokenizer.decode([each]),
        probability: Math.exp(tokenLogprob(logits, each, 1)),
      })),
    };
    this.#ids.push(id);
    this.tokens.push(token);
    const stops = base ? [tokenizer.eos, tokenizer.encode('.')[0]] : [tokenizer.eos];
    if (stops.includes(id)) this.ending = 'ended';
    else if (this.#ids.length === maxNewTokens) this.ending = 'full';
    return token;
  }
}
