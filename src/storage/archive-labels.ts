/** Labels that people wrote, of an archive and of the file of the same name: merged by their ids, nothing overwritten. */
import type { LabelMerge } from '../core/archive-protocol.ts';
import { type BlindJudgement, readBlindLines } from '../core/data/blind.ts';
import { MOST_DEMONSTRATIONS, mergeDemonstrations, readDemonstrations } from '../core/data/demonstrations.ts';
import type { ReadLine } from '../core/data/json-lines.ts';
import { type Merge, mergeById } from '../core/data/merge.ts';
import { MOST_PREFERENCES, mergePreferences, readPreferenceLines } from '../core/data/preferences.ts';
import { blindFiles } from './blind.ts';
import { demonstrationFiles } from './demonstrations.ts';
import type { LineFile } from './line-file.ts';
import { preferenceFiles } from './preferences.ts';

/**
 * The file here with an archive's labels, as bytes that are yet to be stored, and what becomes of these. Whoever asks is
 * alone with its lines until they are stored (line-lock.ts). Rejects with a StorageError.
 */
type Merger = (text: string) => Promise<{ bytes: Uint8Array; labels: LabelMerge }>;

/** How a file of labels is merged; null for a file that holds none. */
export function mergerOf(run: string, name: string): Merger | null {
  if (name === 'preferences.jsonl')
    return merger(preferenceFiles.of(run), readPreferenceLines, mergePreferences, MOST_PREFERENCES);
  if (name === 'blind.jsonl') return merger(blindFiles.of(run), readBlindLines, mergeJudgements, Infinity);
  const world = run === 'demonstrations' && (['micro', 'town'] as const).find((each) => name === `${each}.jsonl`);
  return world ? merger(demonstrationFiles[world], readDemonstrations, mergeDemonstrations, MOST_DEMONSTRATIONS) : null;
}

function mergeJudgements(own: readonly BlindJudgement[], others: readonly BlindJudgement[]): Merge<BlindJudgement> {
  return mergeById(own, others, ({ a, b, number, choice }) => [a, b, number, choice]);
}

function merger<T extends { readonly id: string }>(
  file: LineFile<T>,
  read: (text: string) => Iterable<ReadLine<T>>,
  merge: (own: readonly T[], others: readonly T[]) => Merge<T>,
  most: number,
): Merger {
  return async (text) => {
    const lines = [...read(text)];
    const others = lines.flatMap(({ record }) => (record === null ? [] : [record]));
    let labels: LabelMerge = { added: 0, conflicts: 0, left: 0 };
    const bytes = await file.after((own) => {
      const { merged, added, conflicts } = merge(own, others);
      const kept = merged.slice(0, Math.max(most, own.length));
      labels = { added, conflicts: conflicts.length, left: lines.length - others.length + merged.length - kept.length };
      return kept;
    });
    return { bytes, labels };
  };
}
