/** What is taken of files of preferences: what the models of a run can read. */
import { readPreferenceFile } from '../core/data/preference-files.ts';
import { inWords } from '../core/data/preference-words.ts';
import { MOST_PREFERENCES, type Preference } from '../core/data/preferences.ts';
import type { Tokenizer } from '../core/tokenizer/tokenizer.ts';
import type { Kind } from './imports.ts';

/** `most`: tokens of a response, its end included. */
export function preferenceImport(tokenizer: Tokenizer, most: number): Kind<Preference> {
  return {
    most: MOST_PREFERENCES,
    read: readPreferenceFile,
    accept: (preference) => {
      const { record, fault } = inWords(preference, tokenizer, most);
      return fault ? { record: null, reason: { kind: 'words', fault } } : { record, reason: null };
    },
  };
}
