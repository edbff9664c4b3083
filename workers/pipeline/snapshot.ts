/** Where a stage that was cut off goes on from, and whether what it was begun with still holds. */
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { decodeSnapshot, encodeSnapshot } from './checkpoint.ts';
import type { Costs, Resume, StageStep } from './stage.ts';
import { type RunStore, snapshotFile } from './store.ts';

/** What a stage is made from. */
export interface Origin {
  /** Its fingerprint. */
  settings: number;
  labels: string;
  /** Hashes of the checkpoints that it stands on; missing in older files, when none was ever replaced. */
  parents?: readonly string[];
}

/** What a snapshot keeps beside the stage's own state. */
export interface Kept extends Origin {
  /** Seconds of computing so far. */
  seconds: number;
  /** The last step: what is reported if it was the very last. */
  last: { step: number; costs: Costs; metrics: Record<string, number> };
}

export async function writeSnapshot(
  store: RunStore,
  stage: StageName,
  { step, steps, snapshot }: Pick<StageStep, 'step' | 'steps' | 'snapshot'>,
  run: Kept,
): Promise<void> {
  const { tensors, state } = await snapshot();
  await store.write(snapshotFile(stage), encodeSnapshot({ stage, step, steps, tensors, state: { stage: state, run } }));
}

/**
 * The stored snapshot of a stage that is made from `origin`, or null. One of another origin stays where it is until the
 * stage, begun anew, writes its own.
 */
export async function readSnapshot(
  store: RunStore,
  stage: StageName,
  origin: Origin,
): Promise<{ resume: Resume; kept: Kept } | null> {
  const file = snapshotFile(stage);
  const bytes = await store.read(file);
  if (bytes === null) return null;
  const { tensors, state } = decodeSnapshot(bytes, file, stage);
  const { stage: inner, run } = state as { stage?: unknown; run?: Kept };
  if (!inner || !run) throw new Error(`${file}: its state has no "stage" and "run"`);
  return isSame(stage, run, origin) ? { resume: { tensors, state: inner }, kept: run } : null;
}

function isSame(stage: StageName, then: Origin, now: Origin): boolean {
  // Labels matter from the reward model on.
  const labelled = STAGES.indexOf(stage) >= STAGES.indexOf('reward');
  return (
    then.settings === now.settings &&
    (!labelled || then.labels === now.labels) &&
    (then.parents === undefined || then.parents.join() === now.parents?.join())
  );
}
