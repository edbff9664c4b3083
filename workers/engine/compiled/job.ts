/** A term made ready to be run, and how its outputs come back. */
import { type Feed, type Term, checkFeed } from '../computation.ts';
import type { Outputs } from '../engine.ts';
import { type Run, stride } from './kernel.ts';
import { type Programme, runOf } from './programme.ts';
import type { Reading } from './readback.ts';
import type { Recorder } from './recorder.ts';
import type { CompiledVariables, ProgrammeKind } from './variables.ts';

/** A term with its programme and sizes. */
export interface Job {
  readonly programme: Programme;
  readonly run: Run;
  readonly feed: Feed;
}

/** Throws a RangeError when the feed does not fit, an OutOfMemoryError before more is allocated than there is. */
export function jobOf(variables: CompiledVariables, { computation, feed, weight = 1 }: Term, kind: ProgrammeKind): Job {
  checkFeed(computation, feed);
  const run = runOf(computation, feed, weight);
  return { programme: variables.programme(kind, computation, run), run, feed };
}

/** Uploads the inputs and records the kernels: to be submitted before the programme gets other inputs. */
export function encodeJob({ programme, run, feed }: Job, recorder: Recorder): void {
  programme.upload(run, feed);
  programme.encode(recorder, run);
}

/** Bytes of all outputs, their padding included. */
export function outputBytes({ programme, run }: Job): number {
  return programme.lowered.outputs.reduce((sum, output) => sum + programme.outputBytes(output, run), 0);
}

/** Records copies of the outputs, one after another. */
export function takeOutputs({ programme, run }: Job, recorder: Recorder, reading: Reading): void {
  for (const output of programme.lowered.outputs) {
    const { buffer, offset } = programme.locate(output.place);
    reading.take(recorder, buffer, offset, programme.outputBytes(output, run));
  }
}

/** The outputs without their padding, from words that hold them one after another from `start` on. */
export function outputsOf({ programme, run, feed }: Job, words: Float32Array, start: number): Outputs {
  let at = start;
  return Object.fromEntries(
    programme.lowered.outputs.map((output) => {
      const { node, name } = output;
      const values = words.subarray(at, (at += programme.outputBytes(output, run) / 4));
      const width = node.width ?? 1;
      const pitch = node.width === null ? 1 : stride(width);
      // Rows of the run that are rows of the feed.
      const rows =
        node.rows === 'tokens'
          ? Array.from(
              { length: feed.size * feed.time },
              (_, n) => Math.floor(n / feed.time) * run.time + (n % feed.time),
            )
          : Array.from({ length: selectedOf(feed, programme) }, (_, n) => n);
      const result = new Float32Array(rows.length * width);
      rows.forEach((row, n) => result.set(values.subarray(row * pitch, row * pitch + width), n * width));
      return [name, result];
    }),
  );
}

/** Entries that the feed selects. */
function selectedOf({ arrays }: Feed, { selectedInput }: Programme): number {
  return arrays[selectedInput ?? '']?.length ?? 0;
}
