/** Whether Korean stands beneath the pocket world's English: one preference for the whole page, remembered. */
import * as v from 'valibot';
import { setGlossShown } from '../ui/gloss.svelte.ts';
import { remember, remembered } from './memory.ts';

const STORED_GLOSS = 'rlhf-playground.gloss';

/** Rejects when the table of words does not load. */
export function loadGloss(): Promise<void> {
  return setGlossShown(remembered(STORED_GLOSS, v.picklist(['shown', 'hidden'])) === 'shown');
}

/** Rejects as `loadGloss` does. */
export function showGloss(shown: boolean): Promise<void> {
  remember(STORED_GLOSS, shown ? 'shown' : 'hidden');
  return setGlossShown(shown);
}
