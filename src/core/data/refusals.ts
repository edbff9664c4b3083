/** Why a file that somebody brings, or a line of it, is not taken. */
import type { Fault } from './demonstrations.ts';
import type { Merge } from './merge.ts';
import type { WorldSize } from '../world/index.ts';

/** Bytes a file: twice what a full list of rankings has as pairs. */
export const MOST_BYTES = 20_000_000;

export type Reason =
  | { kind: 'size'; bytes: number }
  | { kind: 'unreadable'; message: string }
  | { kind: 'nothing' }
  /** No line of it is a record, and it is no text: a picture, a checkpoint, a zip. */
  | { kind: 'binary' }
  | { kind: 'line'; message: string }
  | { kind: 'world'; world: WorldSize }
  | { kind: 'words'; fault: Fault }
  /** There is no room for more than `most`. */
  | { kind: 'full'; most: number };

/** `line`: from 1; null: the whole file. */
export type Refusal = { file: string; line: number | null } & Reason;

export interface ImportReport<T> extends Merge<T> {
  refused: readonly Refusal[];
}
