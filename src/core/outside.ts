/**
 * What comes from outside, whatever door it comes through: how JSON is read, and how something is quoted in a message.
 * What each door takes is said by its own schema.
 */
import * as v from 'valibot';

/** Levels of brackets in JSON. The deepest file of this program, the record of a run, has eight. */
const MOST_DEPTH = 32;
/** Of a message, which may quote what somebody else wrote. */
const MOST_MESSAGE = 300;
const MOST_NAME = 80;

/** What does not show, or changes how the text around it shows: controls, directions, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text from outside as a message has it: not too long, and with nothing in it that does not show. */
export function quoted(text: string, most = MOST_NAME): string {
  const cut = text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;
  return cut.replace(UNSEEN, (unseen) => `\\u{${(unseen.codePointAt(0) ?? 0).toString(16)}}`);
}

/** For `v.safeParse`: the first thing that is wrong is enough, of a list with a million. */
export const FIRST = { abortEarly: true } as const;

/** The first thing that a schema did not like, and where it was: "card.steps: Invalid type: …". `whole`: the value's name. */
export function problemOf([issue]: readonly [v.BaseIssue<unknown>, ...unknown[]], whole = 'value'): string {
  return `${quoted(v.getDotPath(issue) ?? whole)}: ${quoted(issue.message, MOST_MESSAGE)}`;
}

/** Brackets and commas of a JSON text: about as many as there are values in it. */
const MOST_PARTS = 5_000_000;

/**
 * As JSON.parse, but for texts that are nested too deep to be walked through, or have more parts than `most`. Throws a
 * SyntaxError, never another.
 */
export function parseJson(text: string, most = MOST_PARTS): unknown {
  checkParts(text, most);
  return JSON.parse(text);
}

/** The step of a schema from JSON text to its value. */
export function json(): v.GenericPipeAction<string, unknown> {
  return v.rawTransform<string, unknown>(({ dataset, addIssue, NEVER }) => {
    try {
      return parseJson(dataset.value);
    } catch (error) {
      addIssue({ message: `not JSON: ${(error as Error).message}` });
      return NEVER;
    }
  });
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
/** [ ] { } */
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Looks at marks alone, so that it needs no valid JSON, no stack and no memory. */
function checkParts(text: string, most: number): void {
  let depth = 0;
  let parts = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COMMA) parts++;
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      parts++;
      if (++depth > MOST_DEPTH) throw new SyntaxError(`nested more than ${MOST_DEPTH} deep`);
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth--;
    if (parts > most) throw new SyntaxError(`more than ${most} values`);
  }
}

/** The place of the quote that ends the JSON string which begins at `begin`; the text's length where none does. */
export function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (before - 1 > begin && text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}

/** A value that `schema` takes, as it is: with the fields that the schema does not know. */
export function unchanged<S extends v.GenericSchema>(schema: S) {
  return v.pipe(
    v.unknown(),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const [issue] = v.safeParse(schema, dataset.value, FIRST).issues ?? [];
      if (issue) addIssue({ message: issue.message, path: issue.path });
    }),
    v.transform((value) => value as v.InferOutput<S>),
  );
}

/** Numbers as JSON can hold them: 1e999 would be read as Infinity, and written as null. */
export const finite = v.pipe(v.number(), v.finite());
export const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const positive = v.pipe(natural, v.minValue(1));
/** Milliseconds since 1970, as far as there are dates: what lies beyond cannot be shown. */
export const time = v.pipe(finite, v.minValue(0), v.maxValue(8.64e15));
/** At most so many characters. */
export const words = (most: number) => v.pipe(v.string(), v.maxLength(most));
/** Numbers by name. The names of an object's own making ("__proto__", "constructor") are left out by valibot. */
export const figures = <S extends v.GenericSchema<number | null, number | null>>(value: S) =>
  v.pipe(v.record(words(100), value), v.maxEntries(1000));
