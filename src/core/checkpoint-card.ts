/**
 * What a checkpoint says of itself beside its weights: the schemas that its file, the record of a stored file, and the list
 * of shipped files are read by.
 */
import * as v from 'valibot';
import { figures, finite, natural, positive, words } from './outside.ts';
import { STAGES } from './reports.ts';

/**
 * Bytes of a checkpoint's file. The largest model here has 11 MB, and what is trained on a page is not ten times that; a
 * larger file is refused before it is read.
 */
export const MOST_CHECKPOINT_BYTES = 2 ** 27;

const upTo = (most: number) => v.pipe(positive, v.maxValue(most));

/** The sizes of a model. None is so large that it could not be told from the weights which are there. */
export const configSchema = v.object({
  n_layer: upTo(128),
  n_head: upTo(1024),
  n_embd: upTo(16_384),
  vocab_size: upTo(1_000_000),
  n_positions: upTo(65_536),
  layer_norm_epsilon: v.pipe(finite, v.gtValue(0), v.maxValue(1)),
});

/** The fields of a card that every version wrote. */
export const cardEntries = {
  preset: words(60),
  stage: v.picklist(STAGES),
  seed: finite,
  data: words(20_000),
  steps: natural,
  tokens: natural,
  flop: v.pipe(finite, v.minValue(0)),
  scores: figures(finite),
};

/** Knobs that differed from the preset; older files do not say. */
export const changesEntry = figures(v.nullable(finite));

/** A hash as it is written, of a checkpoint or of what it was trained from. */
export const hashSchema = v.pipe(words(100), v.regex(/^[\w-]*$/, 'no hash'));
