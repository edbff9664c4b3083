/**
 * What the token microscope recorded of a run, as one safetensors file: texts and settings in its metadata, five tensors
 * an iteration. A file that is not exactly right is refused with a StorageError that names it and what is wrong.
 */
import * as v from 'valibot';
import { type EpochRecord, type IterationRecord, PER_TOKEN } from '../core/microscope.ts';
import { FIRST, finite, json, positive, problemOf, words } from '../core/outside.ts';
import { SafetensorsError, type Tensor, decodeSafetensors, encodeSafetensors } from '../core/safetensors.ts';
import type { TaskName } from '../core/world/index.ts';
import { StoredRun } from './runs.ts';

export const RECORDINGS_FILE = 'ppo.microscope.safetensors';

/** A run records 200 iterations or a few more, of 1024 responses at most, which have 21 tokens at most. */
const MOST_RECORDS = 1000;
const MOST_RESPONSES = 10_000;
const MOST_TOKENS = 1000;

const headsSchema = v.pipe(
  v.array(
    v.object({
      iteration: positive,
      step: positive,
      epochs: positive,
      settings: v.object({
        kl_coef: finite,
        missing_eos_penalty: finite,
        gamma: finite,
        lambda: finite,
        cliprange: finite,
        cliprange_value: v.nullable(finite),
        calibration: v.object({ mean: finite, std: finite }),
      }),
      asked: v.pipe(
        v.array(
          v.object({
            task: v.custom<TaskName>((task) => typeof task === 'string'),
            prompt: words(2000),
            answer: words(1000),
            unknowable: v.boolean(),
          }),
        ),
        v.minLength(1),
        v.maxLength(MOST_RESPONSES),
      ),
      ended: v.pipe(v.array(v.boolean()), v.maxLength(MOST_RESPONSES)),
    }),
  ),
  v.maxLength(MOST_RECORDS),
);
type Head = v.InferOutput<typeof headsSchema>[number];

/** Columns with a figure a token: those of the rollout, two an epoch, and two after the iteration. */
function columnsOf(record: IterationRecord): Float32Array[] {
  return [
    ...PER_TOKEN.map((name) => record[name]),
    ...record.epochs.flatMap(({ logprobs, values }) => [logprobs, values]),
    record.after.logprobs,
    record.after.values,
  ];
}

function joined(columns: readonly Float32Array[]): Tensor {
  const [length = 0] = columns.map((column) => column.length);
  const data = new Float32Array(columns.length * length);
  columns.forEach((column, i) => data.set(column, i * length));
  return { dtype: 'F32', shape: [columns.length, length], data };
}

const indices = (data: Int32Array): Tensor => ({ dtype: 'I32', shape: [data.length], data });

/** The bytes of the file. */
export function encodeRecordings(records: readonly IterationRecord[]): Uint8Array {
  const tensors: Record<string, Tensor> = {};
  const heads = records.map((record): Head => {
    const { iteration, step, settings, asked, ended, epochs, starts, tokens, rawScores, scores } = record;
    tensors[`${iteration}.figures`] = joined(columnsOf(record));
    tensors[`${iteration}.scores`] = joined([rawScores, scores]);
    tensors[`${iteration}.starts`] = indices(starts);
    tensors[`${iteration}.tokens`] = indices(tokens);
    const parts = Int32Array.from(epochs.flatMap(({ minibatch }) => [...minibatch]));
    tensors[`${iteration}.minibatches`] = indices(parts);
    return { iteration, step, epochs: epochs.length, settings, asked: [...asked], ended: [...ended] };
  });
  return encodeSafetensors(tensors, { kind: 'microscope', version: '1', iterations: JSON.stringify(heads) });
}

/** Throws a SafetensorsError for anything that is not exactly right. */
export function decodeRecordings(bytes: Uint8Array, name: string): IterationRecord[] {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  if (metadata['kind'] !== 'microscope' || metadata['version'] !== '1')
    throw new SafetensorsError(name, null, 'no recording of the microscope that this page reads');
  const heads = v.safeParse(v.pipe(v.string(), json(), headsSchema), metadata['iterations'], FIRST);
  if (!heads.success) throw new SafetensorsError(name, null, `iterations: ${problemOf(heads.issues)}`);
  return heads.output.map((head) => readIteration(head, tensors, name));
}

function readIteration(head: Head, tensors: Record<string, Tensor>, name: string): IterationRecord {
  const { iteration, step, settings, asked, ended, epochs } = head;
  const n = asked.length;
  const take = <D extends Tensor['dtype']>(part: string, dtype: D, length: number | null) => {
    const key = `${iteration}.${part}`;
    const tensor = tensors[key];
    if (tensor?.dtype !== dtype) throw new SafetensorsError(name, key, `is missing, or not ${dtype}`);
    if (length !== null && tensor.data.length !== length)
      throw new SafetensorsError(name, key, `has ${tensor.data.length} entries, expected ${length}`);
    return tensor.data as Extract<Tensor, { dtype: D }>['data'];
  };
  if (ended.length !== n)
    throw new SafetensorsError(name, null, `iteration ${iteration}: ${ended.length} of ${n} ends`);
  const tokens = take('tokens', 'I32', null);
  const starts = take('starts', 'I32', n + 1);
  if (starts[0] !== 0 || starts[n] !== tokens.length || starts.some((start, b) => b > 0 && start <= starts[b - 1]!))
    throw new SafetensorsError(
      name,
      `${iteration}.starts`,
      `does not divide ${tokens.length} tokens into ${n} responses`,
    );
  const isLong = (start: number, b: number): boolean => b > 0 && start - starts[b - 1]! > MOST_TOKENS;
  if (starts.some(isLong))
    throw new SafetensorsError(name, `${iteration}.starts`, `a response has more than ${MOST_TOKENS} tokens`);
  const rows = PER_TOKEN.length + 2 * epochs + 2;
  const figures = take('figures', 'F32', rows * tokens.length);
  const row = (i: number): Float32Array => figures.subarray(i * tokens.length, (i + 1) * tokens.length);
  const scores = take('scores', 'F32', 2 * n);
  const parts = take('minibatches', 'I32', epochs * n);
  // −1: in none of them.
  if (parts.some((part) => part < -1 || part >= n))
    throw new SafetensorsError(name, `${iteration}.minibatches`, `expected −1 … ${n - 1}`);
  const after = rows - 2;
  return {
    ...(Object.fromEntries(PER_TOKEN.map((column, i) => [column, row(i)])) as Pick<
      IterationRecord,
      (typeof PER_TOKEN)[number]
    >),
    iteration,
    step,
    settings,
    asked,
    ended,
    starts,
    tokens,
    rawScores: scores.subarray(0, n),
    scores: scores.subarray(n),
    epochs: Array.from({ length: epochs }, (_, e): EpochRecord => {
      const first = PER_TOKEN.length + 2 * e;
      return { minibatch: parts.subarray(e * n, (e + 1) * n), logprobs: row(first), values: row(first + 1) };
    }),
    after: { logprobs: row(after), values: row(after + 1) },
  };
}

/** Empty where nothing was recorded. Rejects with a StorageError that says what is wrong with the file. */
export async function loadRecordings(run: string): Promise<IterationRecord[]> {
  const read = (bytes: Uint8Array): IterationRecord[] => decodeRecordings(bytes, `${run}/${RECORDINGS_FILE}`);
  return (await new StoredRun(run).readAs(RECORDINGS_FILE, read)) ?? [];
}
