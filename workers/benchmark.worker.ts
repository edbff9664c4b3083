/**
 * Entry of the worker that measures the device: chooses what is measured, and tells how far it is. The work itself is in
 * benchmark/. The page ends this worker afterwards: its device stays open until then.
 */
// First: it must come before anything else of ours, and says why.
import { type DeviceProgress, benchmarkDevice } from './benchmark/device.ts';
import * as Comlink from 'comlink';
import { checkBuild } from '../src/core/build.ts';
import { PRESETS, type PresetName } from '../src/core/presets.ts';
import type { BenchmarkApi, BenchmarkProgress } from '../src/core/benchmark-protocol.ts';
import { BENCHMARK_REQUESTS, checked } from '../src/core/requests.ts';
import { PRODUCT_SIZES } from './benchmark/matmul-peak.ts';
import { presetSize } from './benchmark/subject.ts';
import { adapterName, findAdapter, isSoftware } from './engine/webgpu.ts';

const ONCE = ['open', 'products'] as const;
const EACH = ['first steps', 'steps', 'rollouts'] as const;

/** How much of the whole benchmark is done; every task counts the same. */
function shareDone({ task, preset, done, of }: DeviceProgress, presets: readonly PresetName[]): number {
  const before =
    preset === null
      ? ONCE.findIndex((each) => each === task)
      : ONCE.length + EACH.length * presets.indexOf(preset) + EACH.findIndex((each) => each === task);
  return (before + done / of) / (ONCE.length + EACH.length * presets.length);
}

const run: BenchmarkApi['run'] = async (request, onProgress) => {
  checkBuild(request.build);
  const found = await findAdapter();
  // Where there is none, benchmarkDevice says so in its own words.
  const software = typeof found !== 'string' && isSoftware(found);
  const adapter = typeof found === 'string' ? '' : adapterName(found);
  const { presets, rounds } = software ? request.software : request.hardware;
  const running = benchmarkDevice({
    // WASM is never opened.
    backend: { wasmPath: '' },
    sizes: presets.map((preset) => ({ preset, size: presetSize(PRESETS[preset]) })),
    products: software ? PRODUCT_SIZES.slice(0, 1) : PRODUCT_SIZES,
    rounds,
  });
  for (;;) {
    const { value, done } = await running.next();
    if (done) return { ...value, presets };
    const progress: BenchmarkProgress = {
      adapter,
      software,
      task: value.task,
      preset: value.preset,
      share: shareDone(value, presets),
    };
    onProgress(progress);
  }
};

const api: BenchmarkApi = { run };
Comlink.expose(checked(api, BENCHMARK_REQUESTS));
