/**
 * The benchmark: our engine against stock tfjs and jax-js, in one process, on one adapter, in turn.
 *
 *     npm run bench -- [--json FILE] [--quick] [--peers stock,jax] [--without-ours] [--rounds N] [--hardware]
 *
 * --quick takes a tiny model, stock tfjs alone, three samples, and leaves Chromium and the growth curves out (a minute):
 * jax-js's kernels take Mesa's compiler two minutes the first time. --hardware takes a graphics card where there is one.
 * Exits with 1 when a demand is not met.
 */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runInChromium } from './bench/chromium.ts';
import { type Figure, checkFigures, demands, figures } from './bench/figures.ts';
import { growthChart } from './bench/growth-chart.ts';
import { measureGrowth } from './bench/growth.ts';
import type { HostRequest } from './bench/host.ts';
import type { Samples } from './bench/measure.ts';
import { PEERS, type PeerName } from './bench/peers.ts';
import { BASE, TINY, sizeName } from './bench/subject.ts';
import { table } from './bench/table.ts';
import { compareOnWasm } from './bench/wasm.ts';
import { compareOnWebGpu, openWebGpu } from './bench/webgpu.ts';

const SVG = 'public/benchmark-growth.svg';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    peers: { type: 'string' },
    'without-ours': { type: 'boolean', default: false },
    rounds: { type: 'string' },
    hardware: { type: 'boolean', default: false },
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

const all: Figure[] = [];
const webgpu = await openWebGpu(options, wasmPath);
const { figures: trained, gradient } = await compareOnWebGpu(webgpu, options);
all.push(...trained, ...(await hostFigures()));
if (!quick) all.push(...(await chromiumFigures()));
// The growth curves need tfjs's WebGPU backend still, if our engine does.
const growth = !quick && webgpu.ours ? await measureGrowth(webgpu.ours, webgpu.counters, rounds, log) : [];
if (growth.length > 0) await writeFile(SVG, growthChart([{ name: 'ours', points: growth }], webgpu.adapter));
webgpu.check();
all.push(
  ...(await compareOnWasm(wasmPath, {
    size,
    rounds,
    gradient: gradient && { values: gradient, adapter: webgpu.adapter },
    log,
  })),
);

checkFigures(all);
console.log(table(all));
if (values.json !== undefined) {
  const json = { size: sizeName(size), rounds, quick, node: process.version, figures: all, growth };
  await writeFile(values.json, `${JSON.stringify(json, null, 2)}\n`);
}
const failed = all.filter(({ met }) => met === false).length;
log(failed === 0 ? 'done' : `${failed} demands are not met`);
// Dawn's threads would keep the process.
process.exit(failed === 0 ? 0 : 1);

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
