/** What people said of a run's answers, in the browser's storage: one JSONL file a run, the file that its worker reads. */
import { type Preference, readPreferenceLines } from '../core/data/preferences.ts';
import { LineFile } from './line-file.ts';

const NAME = 'preferences.jsonl';

const files = new Map<string, LineFile<Preference>>();

/** `run`: "small-0". */
export function preferenceFile(run: string): LineFile<Preference> {
  let file = files.get(run);
  if (!file) files.set(run, (file = new LineFile(run, NAME, readPreferenceLines)));
  return file;
}
