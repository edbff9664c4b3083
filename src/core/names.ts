/** Names of what is stored and shipped, where they come from outside: nothing in them leads to another place. */
import * as v from 'valibot';

/** The longest that this program makes, "reward~deleted-1760000000000.safetensors", has forty characters. */
const MOST_NAME = 200;

/** A run ("small-0") or a file of a run ("sft.safetensors"). */
export const partSchema = v.pipe(
  v.string(),
  v.maxLength(MOST_NAME),
  v.regex(/^(?!\.{1,2}$)[^/\\\p{Cc}]+$/u, 'no name: it is empty, or has a slash or a control character'),
);

/** A file that is shipped with the page: what an address is made of. */
export const shippedSchema = v.pipe(
  v.string(),
  v.maxLength(MOST_NAME),
  v.regex(/^[\w~-][\w.~-]*$/, 'no name of a shipped file'),
);

/** The key of a checkpoint: "small-0/sft.safetensors", or the name of a shipped file. */
export const keySchema = v.pipe(
  v.string(),
  v.check((key) => {
    const parts = key.split('/', 3);
    return parts.length === 1
      ? v.is(shippedSchema, key)
      : parts.length === 2 && parts.every((part) => v.is(partSchema, part));
  }, 'no key of a checkpoint: expected "run/file", or the name of a shipped file'),
);
