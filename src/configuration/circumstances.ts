/** How things stand for the knobs of a stage, read from the session. */
import { KNOBS, presetFor } from '../core/knobs.ts';
import type { StageName } from '../core/reports.ts';
import type { Session } from '../session/session.svelte.ts';
import { type Circumstances, effectOf, isPending } from './effect.ts';

export function circumstancesOf({ settings, run }: Session, stage: StageName): Circumstances {
  return {
    preset: presetFor(settings.preset, run.labels.from),
    changes: settings.changes,
    applied: run.applied,
    begun: run.stages[stage].state !== 'waiting',
    going: run.state !== 'idle',
    base: run.base,
  };
}

/** How many knobs are set otherwise than in the preset, and how many values the run does not have yet. */
export function countChanges(session: Session): { changed: number; pending: number } {
  const pending = KNOBS.filter((knob) => isPending(effectOf(knob, circumstancesOf(session, knob.stage))));
  return { changed: Object.keys(session.settings.changes).length, pending: pending.length };
}
