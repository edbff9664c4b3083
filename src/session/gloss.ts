/** Whether Korean stands beneath the pocket world's English: one preference for the whole page, remembered. */
import * as v from 'valibot';
import { setGlossShown } from '../ui/gloss.svelte.ts';
import { remember, remembered } from './memory.ts';

const STORED_GLOSS = 'rlhf-playground.gloss';

export function loadGloss(): void {
  setGlossShown(remembered(STORED_GLOSS, v.picklist(['shown', 'hidden'])) === 'shown');
}

export function showGloss(shown: boolean): void {
  setGlossShown(shown);
  remember(STORED_GLOSS, shown ? 'shown' : 'hidden');
}
