/** The demonstrations that people wrote, in the browser's storage: one JSONL file a world. */
import { type Demonstration, readDemonstrations } from '../core/data/demonstrations.ts';
import { type ReadLine, withoutTwins } from '../core/data/json-lines.ts';
import type { WorldSize } from '../core/world/index.ts';
import { LineFile } from './line-file.ts';

/** Beside the runs ("small-0"), under a name that no run has. */
const FOLDER = 'demonstrations';

const fileOf = (world: WorldSize): LineFile<Demonstration> =>
  new LineFile(FOLDER, `${world}.jsonl`, (file) => linesOf(world, file));

function* linesOf(world: WorldSize, file: string): Generator<ReadLine<Demonstration>> {
  for (const read of withoutTwins(readDemonstrations(file))) {
    const { line, text, record } = read;
    if (record === null || record.world === world) yield read;
    else yield { line, text, record: null, problem: `world: "${record.world}", expected "${world}"` };
  }
}

/** The file of each world. */
export const demonstrationFiles: Readonly<Record<WorldSize, LineFile<Demonstration>>> = {
  micro: fileOf('micro'),
  town: fileOf('town'),
};
