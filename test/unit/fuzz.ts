/**
 * What every test of a door to the outside stands on: how many cases, that none of them takes long, and the inputs that
 * are worth trying.
 *
 * FUZZ_RUNS in the environment: cases a property, 1000 by default. `npm run fuzz` tries ten times as many.
 */
import fc from 'fast-check';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1000);
/** Of computing: a case that takes more hangs, whatever else the machine does. */
const MOST_SECONDS = 2;
/** Characters of the value that failed. */
const MOST_SHOWN = 2000;

/** So many cases at least come to each of two ends, or a test does not try what it says. */
export const SOME = RUNS / 100;
/** For the test's own limit: as long as all cases may take on a machine that does much else. */
export const PATIENCE = 60_000 + 100 * RUNS;

/** Tries `property` on many values of `arbitrary`. Throws where one of them throws, or takes more than two seconds. */
export function forAny<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void {
  const timed = fc.property(arbitrary, (value) => {
    const begin = process.cpuUsage();
    property(value);
    checkTime(begin);
  });
  tell(fc.check(timed, { numRuns: RUNS }));
}

/** The same for what is awaited. */
export async function forAnyAsync<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => Promise<void>): Promise<void> {
  const timed = fc.asyncProperty(arbitrary, async (value) => {
    const begin = process.cpuUsage();
    await property(value);
    checkTime(begin);
  });
  tell(await fc.check(timed, { numRuns: RUNS }));
}

function checkTime(begin: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(begin);
  const seconds = (user + system) / 1e6;
  if (seconds > MOST_SECONDS) throw new Error(`a case took ${seconds.toFixed(1)} s`);
}

/** Throws what was found, with how to find it again. */
function tell<T>({ failed, numRuns, seed, counterexample, errorInstance }: fc.RunDetails<T>): void {
  if (!failed) return;
  const value = fc.stringify(counterexample).slice(0, MOST_SHOWN);
  throw new Error(`case ${numRuns} of FUZZ_SEED=${seed}: ${String(errorInstance).slice(0, MOST_SHOWN)}\n${value}`, {
    cause: errorInstance,
  });
}

/** Names that every object has without being given them, and others that tempt. */
const TEMPTING = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '..',
  '.',
  '',
  'a/b',
];
const TEXTS = [
  '<img src=x onerror=alert(1)>',
  '\u0000',
  '\uFEFF',
  '\u202Eoverride',
  '\uD800',
  'x'.repeat(20_000),
  '👩🏽‍🚀',
  '../../x',
  '\r\n',
  '1e999',
];
const NUMBERS = [Infinity, -Infinity, NaN, -0, 2 ** 53, -(2 ** 53), 1e308, -1, 0.5, 2 ** 32, 5e-324];

export const anyName = fc.oneof(fc.constantFrom(...TEMPTING), fc.string({ unit: 'binary', maxLength: 12 }));
export const anyText = fc.oneof(fc.constantFrom(...TEMPTING, ...TEXTS), fc.string({ unit: 'binary', maxLength: 60 }));
const anyNumber = fc.oneof(fc.constantFrom(...NUMBERS), fc.double(), fc.integer());

/** A list in a list in a list …, too deep for whoever walks it. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
  return value;
}

/** Anything that JSON can say, and numbers that it cannot. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  anyNumber,
  fc.constantFrom<unknown>(null, true, false, [], {}),
  fc.array(anyNumber, { maxLength: 5 }),
  fc.dictionary(anyName, fc.oneof(anyText, anyNumber), { maxKeys: 4 }),
  fc.jsonValue(),
  fc.constant(null).map(() => nested(100)),
);

/** What happens to one place of a value. */
type Step = { at: number; kind: 'replace' | 'remove' | 'rename' | 'double'; value: unknown; name: string };
const anyStep: fc.Arbitrary<Step> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('replace', 'replace', 'remove', 'rename', 'double'),
  value: anyJson,
  name: anyName,
});

/** JSON values that are nearly `value`: a few of its places are replaced, taken out, renamed or doubled. */
export function nearly(value: unknown): fc.Arbitrary<unknown> {
  return fc.array(anyStep, { maxLength: 3 }).map((steps) => steps.reduce(changed, structuredClone(value)));
}

/** Every place in a value: the object, and the key in it. */
function placesIn(value: unknown): [holder: Record<string, unknown>, key: string][] {
  // Numbers are all that a typed array can hold.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key] as [typeof holder, string], ...placesIn(holder[key])]);
}

function changed(value: unknown, { at, kind, value: other, name }: Step): unknown {
  const places = placesIn(value).slice(0, 5000);
  const place = places[at % (places.length + 1)];
  if (!place) return kind === 'replace' ? other : value;
  const [holder, key] = place;
  const own = holder[key];
  if (kind === 'replace') holder[key] = other;
  else if (kind === 'double' && Array.isArray(holder)) holder.push(own);
  else {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(holder, key);
    // As JSON.parse does: "__proto__" is a field like any other.
    const field = { value: own, enumerable: true, configurable: true, writable: true };
    if (kind !== 'remove' && !Array.isArray(holder)) Object.defineProperty(holder, name, field);
  }
  return value;
}

/** JSON text of a value, with the numbers that JSON.stringify would make null of. */
export function jsonOf(value: unknown): string {
  const marked = JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'number' && !Number.isFinite(each)
      ? `\u0001${Number.isNaN(each) ? '"NaN"' : each < 0 ? '-1e999' : '1e999'}`
      : each,
  ) as string | undefined;
  return (marked ?? 'null').replace(/"\\u0001((?:\\"|[^"])*)"/g, (_, number: string) => number.replaceAll('\\"', '"'));
}

/** Texts that are nearly `text`: cut off, spliced, doubled, with other characters in between. */
export function nearlyText(text: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length);
  return fc.oneof(
    place.map((end) => text.slice(0, end)),
    fc.tuple(place, place).map(([a, b]) => text.slice(0, a) + text.slice(b)),
    fc.tuple(place, anyText).map(([at, other]) => text.slice(0, at) + other + text.slice(at)),
    fc.tuple(place, anyText).map(([at, other]) => text.slice(0, at) + other + text.slice(at + other.length)),
    fc.constantFrom(`${text}${text}`, `\uFEFF${text}`, text.replaceAll('\n', '\r\n'), '['.repeat(100_000), ''),
  );
}

/** Bytes that are nearly `bytes`: bits flipped, cut off, spliced, doubled. The original is not touched. */
export function nearlyBytes(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(bytes.length);
  const flips = fc.array(fc.tuple(fc.nat(Math.max(0, bytes.length - 1)), fc.nat(7)), { minLength: 1, maxLength: 4 });
  const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  return fc.oneof(
    flips.map((all) => {
      const copy = bytes.slice();
      for (const [at, bit] of all) copy[at] = (copy[at] ?? 0) ^ (1 << bit);
      return copy;
    }),
    // The head, where most that can be wrong stands.
    fc.tuple(fc.nat(Math.min(bytes.length, 400)), fc.nat(255)).map(([at, value]) => {
      const copy = bytes.slice();
      copy[at] = value;
      return copy;
    }),
    place.map((end) => bytes.slice(0, end)),
    fc.tuple(place, place).map(([a, b]) => joined(bytes.subarray(0, a), bytes.subarray(b))),
    fc
      .tuple(place, fc.uint8Array({ maxLength: 30 }))
      .map(([at, other]) => joined(bytes.subarray(0, at), other, bytes.subarray(at))),
    fc.uint8Array({ maxLength: 200 }),
  );
}

/** A safetensors file with this header, as an object or as text, before these bytes. */
export function safetensorsFile(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : jsonOf(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** The header and the data of a safetensors file. */
export function partsOf(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, unknown>;
  return { header, data: bytes.slice(8 + length) };
}

/** The class of the errors that a door refuses with. */
type Refusal = abstract new (...args: never[]) => Error;

/** What came of it: what `work` returned; or its error, which must be of this class, and say where. Other errors pass. */
export function outcomeOf<T>(
  work: () => T,
  Expected: Refusal,
  where: string | RegExp,
): { value: T } | { message: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { message: messageOf(error, Expected, where) };
  }
}

export async function outcomeOfAsync<T>(
  work: () => Promise<T>,
  Expected: Refusal,
  where: string | RegExp,
): Promise<{ value: T } | { message: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { message: messageOf(error, Expected, where) };
  }
}

/** Long enough for what it quotes. */
const LONGEST_MESSAGE = 1000;

function messageOf(error: unknown, Expected: Refusal, where: string | RegExp): string {
  // Of Error itself subclasses are other errors: a RangeError is an Error, too.
  if (!(error instanceof Expected) || (Expected === Error && error.constructor !== Error)) throw error;
  const { message } = error;
  if (message.length > LONGEST_MESSAGE) throw new Error(`a message of ${message.length} characters`, { cause: error });
  if (typeof where === 'string' ? !message.includes(where) : !where.test(message))
    throw new Error(`"${message}" does not say ${String(where)}`, { cause: error });
  return message;
}
