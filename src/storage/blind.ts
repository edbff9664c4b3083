/** Blind judgements of a run's models, in the browser's storage: one JSONL file a run. */
import { readBlindLines } from '../core/data/blind.ts';
import { LineFiles } from './line-file.ts';

export const blindFiles = new LineFiles('blind.jsonl', readBlindLines);
