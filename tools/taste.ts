/**
 * A scripted person's taste, through the arena's own data path: so many comparisons, a reward model from them alone, PPO.
 * `npm run taste -- --from DIR --taste polite|short [--comparisons 30]`, DIR being a run that has its SFT model.
 */
import { parseArgs } from 'node:util';
import { readRecord } from '../workers/pipeline/record.ts';
import { openNodeEngine } from './node-backend.ts';
import { folderStore } from './node-store.ts';
import { scriptedTaste } from './scripted-person.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { from: text, taste: text, comparisons: text } });
const { from = '' } = values;
const source = folderStore(from);
const taste = (['polite', 'short'] as const).find((each) => each === (values.taste ?? 'polite'));
const comparisons = Number(values.comparisons ?? 30);
const record = from === '' ? null : await readRecord(source);
if (!taste || !record || !(Number.isInteger(comparisons) && comparisons > 0)) {
  console.error(
    'usage: npm run taste -- --from DIR [--taste polite|short] [--comparisons 30]; DIR holds an earlier run',
  );
  process.exitCode = 2;
} else {
  const opened = await openNodeEngine('wasm');
  const { preset, seed, base } = record.report;
  const result = await scriptedTaste({ request: { preset, seed, base }, ...opened, source, taste, comparisons });
  console.log(JSON.stringify(result, null, 2));
}
