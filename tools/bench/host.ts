/**
 * The host's share of a step: the time from its start to the last submit, on a device that computes nothing (Dawn's null
 * backend). A process of its own, because jax-js opens one device a process.
 *
 *     tsx tools/bench/host.ts '{"size": …, "peers": […], "ours": true, "rounds": 5}'      prints JSON
 */
import * as tf from '@tensorflow/tfjs-core';
import { registerWebGpu } from '../../workers/engine/webgpu.ts';
import type { Samples } from '../../workers/benchmark/measure.ts';
import { openUntested } from '../../workers/benchmark/ours.ts';
import { type PeerName, openPeer } from './peers.ts';
import { type Size, type Subject, makeProblem } from '../../workers/benchmark/subject.ts';

export interface HostRequest {
  size: Size;
  peers: readonly PeerName[];
  ours: boolean;
  rounds: number;
}

const WARM_UP = 3;

const request = JSON.parse(process.argv[2] ?? '') as HostRequest;
tf.enableProdMode();
const gpu = await openNull();
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("Dawn's null backend has no adapter");
await registerWebGpu(adapter, ({ message }) => {
  throw new Error(message);
});
await tf.setBackend('webgpu');

let lastSubmit = 0;
const queue = GPUQueue.prototype;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its queue below
const { submit } = queue;
queue.submit = function (this: GPUQueue, buffers) {
  submit.call(this, buffers);
  lastSubmit = performance.now();
  return undefined;
};

const problem = makeProblem(request.size);
const subjects: Subject[] = [];
if (request.ours) subjects.push((await openUntested(adapter)).subject(problem));
for (const name of request.peers) subjects.push(await openPeer(name, problem));

const samples: Samples = Object.fromEntries(subjects.map(({ name }) => [name, []]));
for (let round = 0; round < WARM_UP + request.rounds; round++)
  for (const subject of subjects) {
    const start = performance.now();
    await subject.step();
    if (round >= WARM_UP) samples[subject.name]!.push(lastSubmit - start);
  }
// Dawn's threads would keep the process.
process.stdout.write(JSON.stringify(samples), () => process.exit(0));

/** navigator.gpu on a device that does nothing; kept by navigator, because Dawn crashes when it is collected. */
async function openNull(): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  const gpu = create(['backend=null']);
  Object.assign(globalThis, globals);
  if (!('navigator' in globalThis))
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node.js' }, configurable: true });
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}
