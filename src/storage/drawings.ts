/** What a run drew and showed while it trained, so that a reload shows it again. */
import * as v from 'valibot';
import type { ProgressEvent, Sample } from '../core/protocol.ts';
import { STAGES, type StageName } from '../core/reports.ts';
import { readJson, writeJson } from './json.ts';
import { listFiles } from './records.ts';

const FILE = 'drawings.json';

/** The points of a stage's curves; all arrays are of one length. */
export interface StoredCurves {
  steps: number[];
  /** Tokens read and seconds computed up to each point; earlier versions of this page did not keep them. */
  tokens?: number[];
  seconds?: number[];
  columns: Record<string, (number | null)[]>;
}

export interface Drawing extends StoredCurves {
  samples: { step: number; samples: readonly Sample[] } | null;
  /** How far the stage had got. */
  progress: ProgressEvent | null;
}

const progressSchema = v.object({
  kind: v.literal('progress'),
  stage: v.picklist(STAGES),
  step: v.number(),
  steps: v.number(),
  seconds: v.number(),
  tokens: v.number(),
  flop: v.number(),
  metrics: v.record(v.string(), v.number()),
});

/** Samples were written by this page and are shown as they are; only their frame is checked. */
const drawingSchema = v.pipe(
  v.object({
    steps: v.array(v.number()),
    tokens: v.optional(v.array(v.number())),
    seconds: v.optional(v.array(v.number())),
    columns: v.record(v.string(), v.array(v.nullable(v.number()))),
    samples: v.nullable(v.object({ step: v.number(), samples: v.array(v.custom<Sample>(isSample)) })),
    progress: v.nullable(progressSchema),
  }),
  v.check((drawing) => haveOneLength(drawing), 'the columns are not as long as the steps'),
);
const fileSchema = v.object({ version: v.literal(1), stages: v.record(v.picklist(STAGES), drawingSchema) });

function haveOneLength({ steps, tokens = steps, seconds = steps, columns }: StoredCurves): boolean {
  return [tokens, seconds, ...Object.values(columns)].every(({ length }) => length === steps.length);
}

function isSample(value: unknown): boolean {
  const said = v.object({ text: v.string(), ended: v.boolean(), verdict: v.looseObject({ gold: v.number() }) });
  const example = v.looseObject({ prompt: v.string(), answer: v.string() });
  return v.is(v.object({ example, before: said, after: said }), value);
}

export type Drawings = Partial<Record<StageName, Drawing>>;

export function saveDrawings(run: string, stages: Drawings): Promise<void> {
  return writeJson(run, FILE, { version: 1, stages });
}

/** Empty where nothing was drawn yet. Rejects with a StorageError that says what is wrong with the file. */
export async function loadDrawings(run: string): Promise<Drawings> {
  return (await readJson(run, FILE, fileSchema))?.stages ?? {};
}

/** The runs that drew something, and when that was stored, in milliseconds since 1970. */
export async function listDrawings(): Promise<{ run: string; saved: number }[]> {
  const { files } = await listFiles();
  return files.filter(({ name, deleted }) => name === FILE && deleted === undefined);
}
