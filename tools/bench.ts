/**
 * The benchmark: our engine against stock tfjs and jax-js, in one process, on one adapter, in turn.
 *
 *     npm run bench -- [--json FILE] [--quick] [--peers stock,jax] [--without-ours] [--rounds N] [--hardware]
 *     npm run bench -- --growth [--hardware]
 *
 * Prints a table; --json writes the same as an array of records with their raw samples. --quick takes a tiny model, stock
 * tfjs alone, three samples, and leaves Chromium out (a minute; a cold start adds what Mesa's compiler takes, and jax-js's
 * kernels take it two minutes). --growth measures how our step grows with each size instead, and writes
 * public/benchmark-growth.svg and .json. --hardware takes a graphics card where there is one.
 *
 * Exits with 1 when a demand is not met, with 2 when something could not be measured.
 */
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchmarkFigure } from '../src/core/benchmark-protocol.ts';
import { ChildTimeoutError, runChild } from './bench/child.ts';
import { runInChromium } from './bench/chromium.ts';
import { checkFigures, demands, figures } from '../workers/benchmark/figures.ts';
import { growthChart } from './bench/growth-chart.ts';
import type { PointRequest } from './bench/growth-point.ts';
import { type Measurement, measureGrowth } from './bench/growth.ts';
import type { HostRequest } from './bench/host.ts';
import type { Samples } from '../workers/benchmark/measure.ts';
import { PEERS, type PeerName } from './bench/peers.ts';
import { BASE, type Size, TINY, sizeName } from '../workers/benchmark/subject.ts';
import { table } from './bench/table.ts';
import { compareOnWasm } from './bench/wasm.ts';
import { compareOnWebGpu, openWebGpu } from './bench/webgpu.ts';

/** The growth curves, .svg and .json. */
const GROWTH = 'public/benchmark-growth';
/** A point is left out when a step takes longer than `budget_ms`, or all of it (a cold driver compiles) `process_ms`. */
const GROWTH_LIMITS = { rounds: 3, budget_ms: 20_000, process_ms: 120_000 };

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    peers: { type: 'string' },
    'without-ours': { type: 'boolean', default: false },
    rounds: { type: 'string' },
    hardware: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
  },
});
const { quick, hardware } = values;
const peers = peersOf(values.peers ?? (quick ? 'stock' : 'stock,jax'));
const rounds = Number(values.rounds ?? (quick ? 3 : 5));
const ours = !values['without-ours'];
const size = quick ? TINY : BASE;
const leakSteps = quick ? 50 : 1000;
const wasmPath = `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const started = performance.now();
const options = { size, peers, ours, rounds, leakSteps, software: !hardware, log };

let code: number;
try {
  code = values.growth ? await grow() : await compare();
} catch (error) {
  console.error(error);
  code = 2;
}
// Dawn's threads would keep the process.
process.exit(code);

/** Everything but the growth curves; the exit code. */
async function compare(): Promise<number> {
  const all: BenchmarkFigure[] = [];
  const webgpu = await openWebGpu(options, wasmPath);
  const { figures: trained, gradient } = await compareOnWebGpu(webgpu, options);
  all.push(...trained, ...(await hostFigures()));
  if (!quick) all.push(...(await chromiumFigures()));
  webgpu.check();
  const held = gradient && { values: gradient, adapter: webgpu.adapter };
  all.push(...(await compareOnWasm(wasmPath, { size, rounds, gradient: held, log })));
  checkFigures(all);
  console.log(table(all));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`);
  const failed = all.filter(({ met }) => met === false).length;
  log(failed === 0 ? 'all demands are met' : `${failed} demands are not met`);
  return failed === 0 ? 0 : 1;
}

async function grow(): Promise<number> {
  const growth = await measureGrowth(growthPoint, log);
  const [first] = growth.points;
  if (!first) throw new Error('no point of the growth curves could be measured');
  await writeFile(`${GROWTH}.svg`, growthChart([{ name: 'ours', ...growth }], first.adapter));
  await writeFile(`${GROWTH}.json`, `${JSON.stringify(growth, null, 2)}\n`);
  log(`${growth.points.length} points in ${GROWTH}.svg, ${growth.left_out.length} left out`);
  return 0;
}

async function growthPoint(point: Size): Promise<Measurement | string> {
  const { rounds, budget_ms, process_ms } = GROWTH_LIMITS;
  const request: PointRequest = { size: point, rounds, budget_ms, software: !hardware };
  const script = fileURLToPath(new URL('./bench/growth-point.ts', import.meta.url));
  // Once more where it takes too long: a driver keeps the kernels that it has compiled.
  for (let attempt = 0; attempt < 2; attempt++)
    try {
      return (await runChild(script, request, process_ms)) as Measurement | string;
    } catch (error) {
      if (!(error instanceof ChildTimeoutError)) throw error;
    }
  return `compiling and a few steps take more than ${(2 * process_ms) / 1000} s`;
}

/** Host time of a step, by a process of its own. */
async function hostFigures(): Promise<BenchmarkFigure[]> {
  const request: HostRequest = { size, peers, ours, rounds };
  const script = fileURLToPath(new URL('./bench/host.ts', import.meta.url));
  const samples = (await runChild(script, request)) as Samples;
  log('host time measured');
  const base = {
    figure: `host time a step, ${sizeName(size)}`,
    kind: 'host_time' as const,
    adapter: 'null device',
    unit: 'ms' as const,
  };
  return figures(base, samples, () => demands.host_ms);
}

async function chromiumFigures(): Promise<BenchmarkFigure[]> {
  const { adapter, samples } = await runInChromium({ size: TINY, peers, ours, rounds });
  log('Chromium measured');
  const base = {
    figure: `train step in a worker, ${sizeName(TINY)}`,
    kind: 'worker_train_step' as const,
    adapter: `Chromium, ${adapter}`,
    unit: 'ms' as const,
  };
  return figures(base, samples, (peer) => demands.chromium_step[peer as PeerName]);
}

function peersOf(list: string): PeerName[] {
  return list
    .split(',')
    .filter((word) => word !== '')
    .map((word) => {
      const found = PEERS.find((peer) => peer.includes(word));
      if (!found) throw new Error(`--peers ${list}: there is no "${word}", expected some of stock, jax`);
      return found;
    });
}

function log(line: string): void {
  process.stderr.write(`[${((performance.now() - started) / 1000).toFixed(0)} s] ${line}\n`);
}
