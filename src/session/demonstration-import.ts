/** What is taken of files of demonstrations: those of one world, in its words. */
import {
  type Demonstration,
  MOST_DEMONSTRATIONS,
  faultsOf,
  inWorldForm,
  readDemonstrations,
} from '../core/data/demonstrations.ts';
import type { Tokenizer } from '../core/tokenizer/tokenizer.ts';
import type { WorldSize } from '../core/world/index.ts';
import type { Kind } from './imports.ts';

export function demonstrationImport(world: WorldSize, tokenizer: Tokenizer): Kind<Demonstration> {
  return {
    most: MOST_DEMONSTRATIONS,
    read: readDemonstrations,
    accept: (demonstration) => {
      const { prompt, response } = demonstration;
      if (demonstration.world !== world) return { record: null, reason: { kind: 'world', world: demonstration.world } };
      const [fault] = [...faultsOf(tokenizer, 'prompt', prompt), ...faultsOf(tokenizer, 'response', response)];
      if (fault) return { record: null, reason: { kind: 'words', fault } };
      const form = { prompt: inWorldForm(tokenizer, prompt), response: inWorldForm(tokenizer, response) };
      return { record: { ...demonstration, ...form }, reason: null };
    },
  };
}
