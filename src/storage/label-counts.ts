/** What was measured of a run's reward model by the number of labels. */
import * as v from 'valibot';
import type { LabelCounts } from '../core/label-counts.ts';
import { natural as count, words } from '../core/outside.ts';
import { readJson, writeJson } from './json.ts';

const FILE = 'label-counts.json';

/** 3, 10, 30 … up to 30,000. */
const MOST_COUNTS = 20;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const rateSchema = v.object({ rate: share, low: share, high: share, n: count });
const pointSchema = v.object({
  labels: count,
  familiar: rateSchema,
  new_names: rateSchema,
  left_out: v.nullable(rateSchema),
});
const fileSchema = v.object({
  version: v.literal(1),
  model: words(100),
  labels: words(200),
  counts: v.pipe(v.array(count), v.maxLength(MOST_COUNTS)),
  points: v.pipe(v.array(pointSchema), v.maxLength(MOST_COUNTS)),
  whole: pointSchema,
  complete: v.boolean(),
});

export function saveLabelCounts(run: string, counts: LabelCounts): Promise<void> {
  return writeJson(run, FILE, { version: 1, ...counts });
}

/** Null where nothing was measured. Rejects with a StorageError that says what is wrong with the file. */
export async function loadLabelCounts(run: string): Promise<LabelCounts | null> {
  return readJson(run, FILE, fileSchema);
}
