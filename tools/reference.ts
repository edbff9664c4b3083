/**
 * Checks the engine against cases that PyTorch computed.
 *
 *     npm run reference -- [DIR]      every case of DIR (default test/reference/cases) on every engine of this machine
 *
 * A line a case with its largest error max|a − b| / max|b| on each engine, ending in `ok` or `FAIL`, and a last line for
 * all. Exit code 1 when a case fails, 2 when a file is missing or broken.
 */
import { messageOf } from '../src/core/thrown.ts';
import type { OpenedEngine } from '../workers/engine/backend.ts';
import { openNodeEngine } from './node-backend.ts';
import { TOLERANCE, passes, runChecks } from './reference/checks.ts';
import { CaseError, readCases } from './reference/files.ts';
import type { Check } from './reference/measure.ts';
import type { ReferenceCases } from './reference/schemas.ts';

/** The engines by the name of their column. */
const ENGINES = [
  { name: 'cpu', backend: 'cpu' },
  { name: 'wasm', backend: 'wasm' },
  { name: 'compiled', backend: 'webgpu' },
  { name: 'webgpu', backend: 'webgpu', compiled: false },
] as const;

interface Result extends Check {
  engine: string;
}

/** Runs and prints everything; whether all cases pass. */
async function report(cases: ReferenceCases): Promise<boolean> {
  // Case → its result on each engine.
  const results = new Map<string, Result[]>();
  for (const { name, backend, ...options } of ENGINES) {
    let opened: OpenedEngine;
    try {
      opened = await openNodeEngine(backend, options);
    } catch (error) {
      console.log(`${name}: not on this machine. ${messageOf(error)}`);
      continue;
    }
    const { adapter, engine } = opened.device;
    if (name === 'compiled' && engine !== 'compiled') {
      console.log(`${name}: failed its self-test on ${adapter}`);
      return false;
    }
    console.log(`${name}: ${adapter}`);
    for (const check of await runChecks(cases, opened.engine))
      results.set(check.name, [...(results.get(check.name) ?? []), { ...check, engine: name }]);
  }

  const width = Math.max(...[...results.keys()].map((name) => name.length));
  for (const [name, row] of results) {
    const errors = row.map(({ engine, error }) => `${engine} ${error.toExponential(1)}`);
    console.log(`${name.padEnd(width)}  ${errors.join('  ')}  ${verdict(row.every(passes))}`);
    for (const { engine, at, error } of row)
      if (at !== undefined && !passes({ error })) console.log(`${' '.repeat(width)}  ${engine}: worst at ${at}`);
  }
  const all = [...results.values()].flat();
  // NaN is worse than every number.
  const worst = all.reduce((a, b) => (Number.isNaN(a.error) || a.error > b.error ? a : b));
  const place = [worst.engine, worst.name, worst.at].filter((part) => part !== undefined).join(', ');
  const ok = all.every(passes);
  console.log(
    `${results.size} cases, largest error ${worst.error.toExponential(1)} (${place}), allowed ${TOLERANCE}  ${verdict(ok)}`,
  );
  return ok;
}

function verdict(ok: boolean): string {
  return ok ? 'ok' : 'FAIL';
}

async function main(folder = 'test/reference/cases'): Promise<number> {
  try {
    return (await report(await readCases(folder))) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CaseError)) throw error;
    console.error(`reference: ${error.message}`);
    return 2;
  }
}

// Dawn's device would keep the process alive.
process.exit(await main(process.argv[2]));
