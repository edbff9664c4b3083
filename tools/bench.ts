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
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runInChromium } from './bench/chromium.ts';
import { type Figure, checkFigures, demands, figures } from '../workers/benchmark/figures.ts';
import { growthChart } from './bench/growth-chart.ts';
import { measureGrowth } from './bench/growth.ts';
import type { HostRequest } from './bench/host.ts';
import type { Samples } from '../workers/benchmark/measure.ts';
import { PEERS, type PeerName } from './bench/peers.ts';
import { BASE, TINY, sizeName } from '../workers/benchmark/subject.ts';
import { table } from './bench/table.ts';
import { compareOnWasm } from './bench/wasm.ts';
import { compareOnWebGpu, openWebGpu } from './bench/webgpu.ts';

/** The growth curves, .svg and .json. */
const GROWTH = 'public/benchmark-growth';
const GROWTH_ROUNDS = 3;
/** A point is left out when its step takes longer; all points together take some minutes on two cores. */
const GROWTH_BUDGET_MS = 20_000;

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
  const all: Figure[] = [];
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
  const webgpu = await openWebGpu({ ...options, ours: true }, wasmPath);
  if (!webgpu.ours) throw new Error('growth is measured of our engine');
  const limits = { rounds: GROWTH_ROUNDS, budget_ms: GROWTH_BUDGET_MS, log };
  const growth = await measureGrowth(webgpu.ours, webgpu.counters, limits);
  webgpu.check();
  await writeFile(`${GROWTH}.svg`, growthChart([{ name: 'ours', ...growth }], webgpu.adapter));
  await writeFile(`${GROWTH}.json`, `${JSON.stringify({ adapter: webgpu.adapter, ...growth }, null, 2)}\n`);
  log(`${growth.points.length} points in ${GROWTH}.svg, ${growth.left_out.length} left out`);
  return 0;
}

/** Host time of a step, by a process of its own. */
async function hostFigures(): Promise<Figure[]> {
  const request: HostRequest = { size, peers, ours, rounds };
  const script = fileURLToPath(new URL('./bench/host.ts', import.meta.url));
  const samples = JSON.parse(await output(script, JSON.stringify(request))) as Samples;
  log('host time measured');
  const base = { figure: `host time a step, ${sizeName(size)}`, adapter: 'null device', unit: 'ms' as const };
  return figures(base, samples, () => demands.host_ms);
}

async function chromiumFigures(): Promise<Figure[]> {
  const { adapter, samples } = await runInChromium({ size: TINY, peers, ours, rounds });
  log('Chromium measured');
  const base = {
    figure: `train step in a worker, ${sizeName(TINY)}`,
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

/** What a script of ours prints. Rejects with its exit code. */
function output(script: string, argument: string): Promise<string> {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', tsx, script, argument], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${script} ended with code ${String(code)}`));
    });
  });
}

function log(line: string): void {
  process.stderr.write(`[${((performance.now() - started) / 1000).toFixed(0)} s] ${line}\n`);
}
