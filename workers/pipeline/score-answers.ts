/** What a reward model says of any answer, as a whole and after each of its tokens. */
import { padRows } from '../../src/core/data/batches.ts';
import { PRESETS, PRESET_NAMES } from '../../src/core/presets.ts';
import type { ScoreRequest, ScoredAnswer } from '../../src/core/protocol.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import type { Engine } from '../engine/engine.ts';
import { Model } from '../model/model.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import { Loaded } from './loaded.ts';

/** Reward models that stay loaded. */
const MOST_CRITICS = 2;

/** A reward model on the device, ready to score. */
export interface Critic {
  /** Called so in errors. */
  readonly name: string;
  readonly tokenizer: Tokenizer;
  readonly model: Model;
}

/** Loads the reward model in `bytes`. Throws an Error that names it when it is none. */
export function openCritic(engine: Engine, bytes: Uint8Array, name: string): Critic {
  const { config, weights, card } = decodeCheckpoint(bytes, name);
  const presetName = PRESET_NAMES.find((each) => each === card.preset);
  if (!presetName) throw new Error(`${name}: preset "${card.preset}" is unknown`);
  if (card.stage !== 'reward') throw new Error(`${name}: a model of the ${card.stage} stage gives no scores`);
  const tokenizer = new Tokenizer(createWorld(PRESETS[presetName].world).vocabulary);
  if (tokenizer.size !== config.vocab_size)
    throw new Error(`${name}: made for ${config.vocab_size} words, but this world has ${tokenizer.size}`);
  return { name, tokenizer, model: new Model(engine, config, weights) };
}

export class Critics extends Loaded<Critic> {
  constructor() {
    super(openCritic, MOST_CRITICS);
  }
}

/**
 * Each answer with the end token appended, as training scores it, in one forward pass. Attention looks back only, so the
 * head at a token sees the answer up to there. Throws UnknownWordsError for words outside the vocabulary, and a
 * RangeError for a prompt and answer that exceed the context.
 */
export async function scoreAnswers(
  { name, tokenizer, model }: Critic,
  { prompt, answers }: Omit<ScoreRequest, 'checkpoint'>,
): Promise<ScoredAnswer[]> {
  if (answers.length === 0) return [];
  const start = tokenizer.promptIds(prompt);
  const responses = answers.map((answer) => [...tokenizer.encode(answer), tokenizer.eos]);
  const { n_positions } = model.config;
  const longest = start.length + Math.max(...responses.map((response) => response.length));
  if (longest > n_positions)
    throw new RangeError(`${name}: prompt and answer have ${longest} tokens, more than the context of ${n_positions}`);
  const batch = padRows(
    responses.map((response) => [...start, ...response]),
    tokenizer.pad,
  );
  const scores = await model.tokenScores(batch);
  return responses.map((response, b) => {
    // The last token of the prompt stands before the answer's first.
    const first = b * batch.time + start.length;
    return {
      tokens: response.map((id) => tokenizer.decode([id])),
      before: scores[first - 1] as number,
      rewards: [...scores.subarray(first, first + response.length)],
    };
  });
}
