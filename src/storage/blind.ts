/** Blind judgements of a run's models, in the browser's storage: one JSONL file a run. */
import { type BlindJudgement, readBlindLines } from '../core/data/blind.ts';
import { LineFile } from './line-file.ts';

const NAME = 'blind.jsonl';

/** `run`: "small-0". */
export function blindFile(run: string): LineFile<BlindJudgement> {
  return new LineFile(run, NAME, readBlindLines);
}
