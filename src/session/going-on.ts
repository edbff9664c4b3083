/** Where a run goes on when it is begun again. */
import { type Ingredients, fingerprintsOf, isSameOrigin } from '../core/fingerprints.ts';
import type { Autosaved } from '../core/protocol.ts';
import { STAGES, type StageName } from '../core/reports.ts';

/**
 * The autosave that comes into use; null: none, the next stage begins at its first step. `next`: the first stage that is
 * to be run. One before it is run again only for a checkpoint that is gone.
 */
export function goingOn(
  autosaves: readonly Autosaved[],
  next: StageName | null,
  today: () => Ingredients,
): Autosaved | null {
  if (next === null || autosaves.length === 0) return null;
  const { labels, ...ingredients } = today();
  const fingerprints = fingerprintsOf({ ...ingredients, labels });
  const isInUse = ({ stage, gone, ...origin }: Autosaved): boolean =>
    // A base model that is copied goes on from nothing.
    !(stage === 'base' && ingredients.base === 'shipped') &&
    (stage === next || (gone && STAGES.indexOf(stage) < STAGES.indexOf(next))) &&
    isSameOrigin(stage, origin, { settings: fingerprints[stage], labels });
  return autosaves.find(isInUse) ?? null;
}
