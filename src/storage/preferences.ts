/** What people said of a run's answers, in the browser's storage: one JSONL file a run, the file that its worker reads. */
import { readPreferenceLines } from '../core/data/preferences.ts';
import { LineFiles } from './line-file.ts';

export const preferenceFiles = new LineFiles('preferences.jsonl', readPreferenceLines);
