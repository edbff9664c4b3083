/**
 * `npm run fuzz`: every door to the outside is tried with ten thousand inputs, from a seed that is printed. FUZZ_RUNS and
 * FUZZ_SEED in the environment say otherwise.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const { FUZZ_RUNS: runs = '10000', FUZZ_SEED: seed = String(Date.now() % 2 ** 31) } = process.env;
const folder = path.join('test', 'unit');
const files = readdirSync(folder).filter((name) => name.endsWith('-fuzz.test.ts'));
const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

console.log(`FUZZ_RUNS=${runs} FUZZ_SEED=${seed}: ${files.join(', ')}`);
const paths = files.map((name) => `${folder}/${name}`.replaceAll(path.sep, '/'));
const child = spawn(process.execPath, [vitest, 'run', '--project', 'unit', ...paths], {
  env: { ...process.env, FUZZ_RUNS: runs, FUZZ_SEED: seed },
  stdio: 'inherit',
});
child.on('exit', (code) => (process.exitCode = code ?? 1));
