/** What a run drew and showed while it trained, so that a reload shows it again. */
import * as v from 'valibot';
import type { Drawings, StoredCurves } from '../core/drawings.ts';
import type { Sample } from '../core/protocol.ts';
import { figures, finite, natural, words } from '../core/outside.ts';
import { STAGES } from '../core/reports.ts';
import { decodeJson } from './json.ts';
import { listFiles } from './records.ts';
import { StoredRun } from './runs.ts';

export const DRAWINGS_FILE = 'drawings.json';

/** No axis can count further in steps of one; no run has a thousandth of it. */
const step = v.pipe(natural, v.maxValue(1e9));
const spent = v.pipe(finite, v.minValue(0));
/** As long as what is shown may be: a few samples of a few words each, time and again. */
const text = words(10_000);
const few = <S extends v.GenericSchema>(each: S, most = 1000) => v.pipe(v.array(each), v.maxLength(most));
const pieces = few(text, 10_000);

const progressSchema = v.object({
  kind: v.literal('progress'),
  stage: v.picklist(STAGES),
  step,
  steps: step,
  seconds: spent,
  tokens: spent,
  flop: spent,
  metrics: figures(finite),
});

const tokenLossesSchema = v.object({
  prompt: pieces,
  response: pieces,
  // One that was no number is null in JSON.
  losses: few(
    v.pipe(
      v.nullable(finite),
      v.transform((loss) => loss ?? NaN),
    ),
    10_000,
  ),
  replay: v.boolean(),
});

/** Samples were written by this page and are shown as they are; only their frame is checked. */
const drawingSchema = v.pipe(
  v.object({
    origin: v.optional(finite),
    steps: v.array(step),
    tokens: v.optional(v.array(spent)),
    seconds: v.optional(v.array(spent)),
    columns: v.pipe(v.record(words(100), v.array(v.nullable(finite))), v.maxEntries(1000)),
    samples: v.nullable(v.object({ step, samples: few(v.custom<Sample>(isSample)) })),
    continuations: v.exactOptional(
      few(v.object({ step, continuations: few(v.object({ prompt: text, text })) }), 100_000),
    ),
    tokenLosses: v.exactOptional(v.nullable(v.object({ step, rows: few(tokenLossesSchema) }))),
    progress: v.nullable(progressSchema),
  }),
  v.check((drawing) => haveOneLength(drawing), 'the columns are not as long as the steps'),
);
const fileSchema = v.object({ version: v.literal(1), stages: v.record(v.picklist(STAGES), drawingSchema) });

function haveOneLength({ steps, tokens = steps, seconds = steps, columns }: StoredCurves): boolean {
  return [tokens, seconds, ...Object.values(columns)].every(({ length }) => length === steps.length);
}

function isSample(value: unknown): boolean {
  const said = v.object({ text, ended: v.boolean(), verdict: v.looseObject({ gold: finite }) });
  const example = v.looseObject({ prompt: text, answer: text });
  return v.is(v.object({ example, before: said, after: said }), value);
}

/** The bytes of the file. */
export function encodeDrawings(stages: Drawings): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: 1, stages }));
}

/** Throws an Error that says what is wrong with the file, which `name` stands for. */
export const decodeDrawings = (bytes: Uint8Array, name: string): Drawings => decodeJson(bytes, fileSchema, name).stages;

/** Empty where nothing was drawn yet. Rejects with a StorageError that says what is wrong with the file. */
export async function loadDrawings(run: string): Promise<Drawings> {
  const read = (bytes: Uint8Array): Drawings => decodeDrawings(bytes, `${run}/${DRAWINGS_FILE}`);
  return (await new StoredRun(run).readAs(DRAWINGS_FILE, read)) ?? {};
}

/** The runs that drew something, and when that was stored, in milliseconds since 1970. */
export async function listDrawings(): Promise<{ run: string; saved: number }[]> {
  const { files } = await listFiles();
  return files.filter(({ name, deleted }) => name === DRAWINGS_FILE && deleted === undefined);
}
