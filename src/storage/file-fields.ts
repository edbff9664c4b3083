/** The fields of a file's record that every version has, with their limits. */
import * as v from 'valibot';
import { hashSchema } from '../core/checkpoint-card.ts';
import { partSchema } from '../core/names.ts';
import { natural, time, words } from '../core/outside.ts';

/** Characters of one of a file's own metadata. */
export const MOST_METADATA = 100_000;

export const fileFields = {
  run: partSchema,
  name: partSchema,
  bytes: natural,
  saved: time,
  /** Of a checkpoint its card, its configuration and a few words; see notes.ts. */
  notes: v.pipe(v.record(words(100), words(MOST_METADATA)), v.maxEntries(20)),
  /** The page lets people write a twelfth and a tenth of that. */
  title: v.optional(words(1000)),
  note: v.optional(words(20_000)),
  deleted: v.optional(time),
  hash: v.optional(hashSchema),
};
