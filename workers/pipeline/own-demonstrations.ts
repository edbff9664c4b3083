/** The demonstrations that people wrote themselves, checked and as rows that instruction tuning mixes in. */
import type { PromptAndResponse } from '../../src/core/data/batches.ts';
import { type Demonstration, demonstrationsHash } from '../../src/core/data/demonstrations.ts';
import { creditsOf } from '../../src/core/data/merge.ts';
import { ownRow } from '../../src/core/data/rows.ts';
import type { StageContext } from './stage.ts';

export interface OwnDemonstrations {
  rows: readonly PromptAndResponse[];
  /** 0 without any. */
  hash: number;
  /** "3 by mia, 5 by tom"; empty without any. */
  credits: string;
}

/**
 * Those of the world that is trained in, in the order of their texts, so that the order of a file changes nothing. Throws
 * an Error that names the demonstration which cannot be trained on.
 */
export function ownDemonstrations(
  { world, tokenizer, config, preset }: StageContext,
  demonstrations: readonly Demonstration[] = [],
): OwnDemonstrations {
  const text = ({ prompt, response }: Demonstration): string => `${prompt}\n${response}`;
  const own = demonstrations
    .filter((each) => each.world === world.size)
    .sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
  const mostPrompt = config.n_positions - preset.max_new_tokens;
  const rows = own.map((demonstration) => {
    const fail = (why: string, cause?: unknown): never => {
      throw new Error(`demonstration "${demonstration.prompt}" (${demonstration.id}): ${why}`, { cause });
    };
    let row: PromptAndResponse;
    try {
      row = ownRow(tokenizer, demonstration);
    } catch (error) {
      return fail((error as Error).message, error);
    }
    const { prompt, response } = row;
    if (response.length < 2) fail('its response is empty');
    if (prompt.length > mostPrompt) fail(`its prompt has ${prompt.length} tokens, at most ${mostPrompt} fit`);
    if (response.length > preset.max_new_tokens)
      fail(`its response has ${response.length} tokens, at most ${preset.max_new_tokens} fit, the end included`);
    return row;
  });
  return { rows, hash: demonstrationsHash(own), credits: creditsOf(own) };
}
