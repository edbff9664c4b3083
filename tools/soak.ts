/**
 * Trains for as long as somebody might in a day of lectures, and tells whether anything grows: tensors, buffers, heaps.
 *
 *     npm run soak -- [--minutes 60] [--steps 20000] [--only chromium|dawn] [--json FILE]
 *
 * `minutes` of micro in Chromium on WASM, through the page, and `steps` steps of nano on Dawn. Exits with 1 when
 * something grows.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { soakInChromium } from './soak/chromium.ts';
import { soakOnDawn } from './soak/dawn.ts';
import { type Series, grows, tableOf } from './soak/series.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { minutes: text, steps: text, only: text, json: text } });
const started = Date.now();
const log = (line: string): void => console.log(`${Math.round((Date.now() - started) / 1000)} s: ${line}`);

const all: Record<string, Series[]> = {};
if (values.only !== 'dawn')
  all['chromium, micro on wasm'] = await soakInChromium({
    preset: 'micro',
    minutes: Number(values.minutes ?? 60),
    log,
  });
if (values.only !== 'chromium') all['dawn, nano'] = await soakOnDawn(Number(values.steps ?? 20_000), log);
let code = 0;
for (const [name, series] of Object.entries(all)) {
  console.log(`\n${name}\n${tableOf(series)}`);
  if (series.some(grows)) code = 1;
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`);
// Dawn's threads would keep the process.
process.exit(code);
