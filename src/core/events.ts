/**
 * What the page takes of its worker: events of a kind that it knows, of a stage that there is, with the numbers and texts
 * that it counts and shows. What is inside a report or a sample was made by code of the same build and is not walked
 * through: twenty batches come a second. The arrays of a recording are held against each other.
 */
import * as v from 'valibot';
import type { IterationRecord } from './microscope.ts';
import { FIRST, problemOf, quoted } from './outside.ts';
import type { TrainerEvent } from './protocol.ts';
import { STAGES } from './reports.ts';

/** NaN and infinite ones too: a metric can be no number. */
const number = v.custom<number>((value) => typeof value === 'number');
const object = v.custom<object>(isObject);
const stage = v.picklist(STAGES);
const step = { stage, step: number };
const costs = { steps: number, seconds: number, tokens: number, flop: number };
const message = v.string();
const list = v.custom<unknown[]>(Array.isArray);
/** Curves whose numbers were counted by a worker: what is drawn of them must be lists. */
const drawing = v.object({
  origin: v.optional(number),
  steps: list,
  tokens: v.optional(list),
  seconds: v.optional(list),
  columns: v.record(v.string(), list),
  samples: v.nullable(v.object({ step: number, samples: v.array(object) })),
  continuations: v.optional(v.array(v.object({ step: number, continuations: v.array(object) }))),
  tokenLosses: v.nullish(v.object({ step: number, rows: v.array(object) })),
  progress: v.nullable(v.object({ ...step, ...costs, metrics: v.record(v.string(), number) })),
});

const SCHEMAS: Readonly<Record<TrainerEvent['kind'], v.GenericSchema>> = {
  stage_started: v.object({ stage, resumedAt: number, origin: v.optional(number) }),
  progress: v.object({ ...step, ...costs, metrics: v.record(v.string(), number) }),
  samples: v.object({ ...step, samples: v.array(object) }),
  continuations: v.object({ ...step, continuations: v.array(object) }),
  token_losses: v.object({ ...step, rows: v.array(object) }),
  recorded: v.object({ stage, record: v.custom<IterationRecord>(isWhole, 'arrays of different lengths') }),
  stage_done: v.object({ stage, report: object, run: object, fingerprints: object }),
  stage_failed: v.object({ ...step, message }),
  run_done: v.object({ run: object }),
  device_replaced: v.object({ device: object, message }),
  device_problem: v.object({ problem: v.string(), message }),
  memory: v.object({ bytes: number, arrays: number, budget: v.nullable(number) }),
  set_aside: v.object({ file: v.string(), message }),
  other_device: v.object({ stage, before: object, now: object }),
  storage_full: v.object({ bytes: number, message }),
  elsewhere: v.object({ run: v.string(), state: v.nullable(v.picklist(['running', 'paused'])) }),
  // From another tab, which may have loaded an older page.
  followed: v.object({ run: v.string(), events: v.array(v.custom((event) => problemWith(event) === null)) }),
  caught_up: v.object({
    run: v.string(),
    drawings: v.record(stage, drawing),
    iterations: v.array(v.custom<IterationRecord>(isWhole, 'arrays of different lengths')),
  }),
};

/** The events of a batch that are what they should be. `onProblem` hears of the others, and the page goes on without. */
export function takenEvents(batch: unknown, onProblem: (message: string) => void): TrainerEvent[] {
  if (!Array.isArray(batch)) {
    onProblem('the worker sent no list of events');
    return [];
  }
  return batch.filter((event: unknown): event is TrainerEvent => {
    const problem = problemWith(event);
    if (problem !== null) onProblem(`the worker sent ${problem}`);
    return problem === null;
  });
}

/** What is wrong with an event; null: nothing. */
function problemWith(event: unknown): string | null {
  const kind = isObject(event) && 'kind' in event && typeof event.kind === 'string' ? event.kind : 'nothing';
  const schema = Object.hasOwn(SCHEMAS, kind)
    ? SCHEMAS[kind as TrainerEvent['kind']]
    : v.never('there is no such event');
  const { issues } = v.safeParse(schema, event, FIRST);
  return issues ? `"${quoted(kind)}": ${problemOf(issues, 'event')}` : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether the columns of a recording are as long as its tokens, and its lists as long as its prompts. */
function isWhole(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { tokens, starts, asked, ended, rawScores, scores, epochs, after, ...columns } = value as IterationRecord;
  const passes: unknown = epochs;
  if (!ArrayBuffer.isView(starts) || !Array.isArray(passes)) return false;
  if (!(passes as unknown[]).every(isObject) || !isObject(after)) return false;
  const [n, m] = [lengthOf(asked), lengthOf(tokens)];
  const lists = [ended, rawScores, scores, ...epochs.map(({ minibatch }) => minibatch)];
  const figures = [...epochs, after].flatMap(({ logprobs, values }) => [logprobs, values]);
  const others = Object.values(columns).filter((column) => ArrayBuffer.isView(column));
  return (
    n > 0 &&
    starts.length === n + 1 &&
    starts.at(-1) === m &&
    lists.every((list) => lengthOf(list) === n) &&
    [...figures, ...others].every((list) => lengthOf(list) === m)
  );
}

/** Of a list or an array; −1 of anything else. */
function lengthOf(list: unknown): number {
  return Array.isArray(list) || ArrayBuffer.isView(list) ? (list as ArrayLike<unknown> & object).length : -1;
}
