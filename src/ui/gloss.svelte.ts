/**
 * Whether Korean stands beneath the pocket world's English: one state, read by everything that shows such texts. The
 * table of the words is loaded when it is first wanted.
 */
import type { glossPhrases } from '../core/world/gloss.ts';

let shown = $state(false);
let table = $state.raw<typeof glossPhrases | null>(null);

export function glossShown(): boolean {
  return shown;
}

/** Puts words into phrases with their Korean; null where none is wanted, or the table is still on its way. */
export function glosser(): typeof glossPhrases | null {
  return shown ? table : null;
}

/** Rejects when the table does not load; the texts then stay as they are. */
export async function setGlossShown(to: boolean): Promise<void> {
  shown = to;
  if (to) table ??= (await import('../core/world/gloss.ts')).glossPhrases;
}
