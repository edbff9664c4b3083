/** Token rows of each stage, drawn from the world: what goes into a batch. */
import type { Rng } from '../rng.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type World, corpusDocument, demonstrate, drawExample, sftMix } from '../world/index.ts';
import type { PromptAndResponse } from './batches.ts';
import type { Demonstration } from './demonstrations.ts';

/** Replayed documents are cut here: long stories would outweigh the short answers beside them. */
const MOST_REPLAYED = 40;

/** `tokens` tokens of documents, each after <bos>, packed one after another; the last one is cut off. */
export function packedRow(world: World, tokenizer: Tokenizer, rng: Rng, tokens: number): number[] {
  const row: number[] = [];
  while (row.length < tokens) row.push(tokenizer.bos, ...tokenizer.encode(corpusDocument(world, rng)));
  return row.slice(0, tokens);
}

/** A whole corpus document as a row in which everything after <bos> is to be predicted. */
export function corpusRow(world: World, tokenizer: Tokenizer, rng: Rng): PromptAndResponse {
  return {
    prompt: [tokenizer.bos],
    response: tokenizer.encode(corpusDocument(world, rng)).slice(0, MOST_REPLAYED - 1),
  };
}

/** An instruction with a demonstration from the crowd: <bos> <user> prompt <bot> | response <eos>. */
export function demonstrationRow(world: World, tokenizer: Tokenizer, rng: Rng): PromptAndResponse {
  const example = drawExample(world, sftMix(world), 'sft', rng);
  return {
    prompt: tokenizer.promptIds(example.prompt),
    response: [...tokenizer.encode(demonstrate(world, example, rng)), tokenizer.eos],
  };
}

/** An instruction with a person's own demonstration, as above. Throws UnknownWordsError for words of no vocabulary. */
export function ownRow(tokenizer: Tokenizer, { prompt, response }: Demonstration): PromptAndResponse {
  return { prompt: tokenizer.promptIds(prompt), response: [...tokenizer.encode(response), tokenizer.eos] };
}
