import { openDawn } from '../dawn.ts';
import { Gpu } from '../../workers/engine/compiled/gpu.ts';
import { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import { DIRECT, TILED } from '../../workers/engine/compiled/kernels/matmul.ts';
import { Recorder } from '../../workers/engine/compiled/recorder.ts';
import { oursOf } from '../../workers/benchmark/ours.ts';
import { BASE, TINY, makeProblem } from '../../workers/benchmark/subject.ts';
if (process.argv[5] === "ss") { process.env.VK_ICD_FILENAMES = "/usr/lib/chromium/vk_swiftshader_icd.json"; const { create, globals } = await import("webgpu"); Object.assign(globalThis, globals); (globalThis as any).keep = create(["backend=vulkan"]); Object.defineProperty(globalThis, "navigator", { value: { gpu: (globalThis as any).keep, userAgent: "Node.js" }, configurable: true }); } else await openDawn({ software: true });
const adapter = (await navigator.gpu.requestAdapter())!;
const device = await adapter.requestDevice();
console.log(adapter.info.description);
const engine = new CompiledEngine(new Gpu(device), { tiling: process.argv[2] === 'tiled' ? TILED : DIRECT });
const subject = oursOf(engine, 'x').subject(makeProblem(process.argv[4] === "tiny" ? TINY : BASE));
for (let i = 0; i < 2; i++) await subject.step();
// capture the dispatches of one step
const calls: { d: any; g: any }[] = [];
const original = Recorder.prototype.dispatch;
Recorder.prototype.dispatch = function (d: any, g: any) { calls.push({ d, g }); return original.call(this, d, g); };
if (process.argv[3] === 'rollout') { await subject.rollout(); calls.length = 0; const t = performance.now(); await subject.rollout(); console.log('rollout', performance.now() - t); }
else await subject.step();
Recorder.prototype.dispatch = original;
const times = new Map<string, { ms: number; n: number; lowest: number[] }>();
const R = process.argv[3] === 'rollout' ? 1 : 5;
const all = process.argv[3] === 'rollout' ? calls.slice(0, 200) : calls;
for (const { d, g } of all) {
  const samples = [];
  for (let r = 0; r < R; r++) {
    const rec = new Recorder(device);
    rec.dispatch(d, g);
    const t = performance.now();
    rec.submit();
    await device.queue.onSubmittedWorkDone();
    samples.push(performance.now() - t);
  }
  samples.sort((a, b) => a - b);
  const label = d.label ?? d.kernel?.label;
  const e = times.get(label) ?? { ms: 0, n: 0, lowest: [] };
  e.ms += samples[R >> 1]!; e.n++; e.lowest.push(samples[0]!);
  times.set(label, e);
}
const total = [...times.values()].reduce((s, e) => s + e.ms, 0);
const low = [...times.values()].reduce((s, e) => s + e.lowest.reduce((a, b) => a + b, 0), 0);
console.log('dispatches', all.length, 'sum of medians', total.toFixed(0), 'sum of minima', low.toFixed(0));
for (const [label, e] of [...times].sort((a, b) => b[1].ms - a[1].ms))
  console.log(label.padEnd(44), String(e.n).padStart(3), e.ms.toFixed(1).padStart(8), 'ms', (100 * e.ms / total).toFixed(1).padStart(5), '%  minima', e.lowest.reduce((a, b) => a + b, 0).toFixed(1));
const step = [];
for (let i = 0; i < 5; i++) { const t = performance.now(); await subject.step(); step.push((performance.now() - t).toFixed(0)); }
console.log('steps', step.join(' '));
process.exit(0);
