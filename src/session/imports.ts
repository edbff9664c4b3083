/** Files of demonstrations that other people wrote: read line by line, in slices, so that the page stays quick. */
import {
  type Demonstration,
  type Fault,
  MOST_DEMONSTRATIONS,
  faultsOf,
  inWorldForm,
  readDemonstrations,
} from '../core/data/demonstrations.ts';
import type { Merge } from '../core/data/merge.ts';
import { slices } from '../core/slices.ts';
import type { Tokenizer } from '../core/tokenizer/tokenizer.ts';
import type { WorldSize } from '../core/world/index.ts';

/** Bytes a file. */
export const MOST_BYTES = 5_000_000;

/** Why a file, or a line of it, was not taken. */
export type Refusal = { file: string; line: number | null } & (
  | { kind: 'size'; bytes: number }
  | { kind: 'unreadable'; message: string }
  | { kind: 'nothing' }
  | { kind: 'line'; message: string }
  | { kind: 'world'; world: WorldSize }
  | { kind: 'words'; fault: Fault }
  | { kind: 'full' }
);

export interface ImportReport extends Merge<Demonstration> {
  files: number;
  refused: readonly Refusal[];
}

/** What files hold for a world, and what was refused of them. `here`: what there is already. Never rejects. */
export async function readFiles(
  files: readonly File[],
  world: WorldSize,
  tokenizer: Tokenizer,
  here: readonly Demonstration[],
): Promise<{ demonstrations: Demonstration[]; refused: Refusal[] }> {
  const ids = new Set(here.map(({ id }) => id));
  const demonstrations: Demonstration[] = [];
  const refused: Refusal[] = [];
  const breathe = slices();
  for (const file of files) {
    const refuse = (line: number | null, reason: Reason): void => {
      refused.push({ file: file.name, line, ...reason });
    };
    if (file.size > MOST_BYTES) {
      refuse(null, { kind: 'size', bytes: file.size });
      continue;
    }
    let text: string;
    try {
      text = await file.text();
    } catch (error) {
      refuse(null, { kind: 'unreadable', message: String(error) });
      continue;
    }
    if (text.trim() === '') refuse(null, { kind: 'nothing' });
    for (const read of readDemonstrations(text)) {
      await breathe();
      if (!read.record) {
        refuse(read.line, { kind: 'line', message: read.problem });
        continue;
      }
      if (!ids.has(read.record.id) && ids.size >= MOST_DEMONSTRATIONS) {
        refuse(read.line, { kind: 'full' });
        break;
      }
      const reason = reasonAgainst(read.record, world, tokenizer);
      if (reason) {
        refuse(read.line, reason);
        continue;
      }
      const { prompt, response, id } = read.record;
      ids.add(id);
      demonstrations.push({
        ...read.record,
        prompt: inWorldForm(tokenizer, prompt),
        response: inWorldForm(tokenizer, response),
      });
    }
  }
  return { demonstrations, refused };
}

type Reason = Refusal extends infer R ? (R extends Refusal ? Omit<R, 'file' | 'line'> : never) : never;

function reasonAgainst(demonstration: Demonstration, world: WorldSize, tokenizer: Tokenizer): Reason | null {
  if (demonstration.world !== world) return { kind: 'world', world: demonstration.world };
  const [fault] = [
    ...faultsOf(tokenizer, 'prompt', demonstration.prompt),
    ...faultsOf(tokenizer, 'response', demonstration.response),
  ];
  return fault ? { kind: 'words', fault } : null;
}
