/**
 * The host's share of a step: the time from its start to the last submit, on a device that computes nothing (Dawn's null
 * backend). A process of its own, because jax-js opens one device a process.
 *
 *     tsx tools/bench/host.ts '{"size": …, "peers": […], "ours": true, "rounds": 5}'      prints JSON
 */
import * as tf from '@tensorflow/tfjs-core';
import { NonFiniteError } from '../../workers/engine/engine.ts';
import { registerWebGpu } from '../../workers/engine/webgpu.ts';
import { hostTime } from '../../workers/benchmark/host-time.ts';
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

/** Each subject warms up for as long: V8 compiles what runs often, and a step of ours is short. */
const WARM_UP_MS = 2000;
/** A step of ours is so short that a collection of V8's is seen in it: the median needs more samples than others do. */
const SAMPLES_A_ROUND = 5;

const request = JSON.parse(process.argv[2] ?? '') as HostRequest;
tf.enableProdMode();
const gpu = await openNull();
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("Dawn's null backend has no adapter");
const device = await registerWebGpu(adapter, ({ message }) => {
  throw new Error(message);
});
await tf.setBackend('webgpu');

const problem = makeProblem(request.size);
const subjects: Subject[] = [];
if (request.ours) subjects.push(openUntested(device).subject(problem));
for (const name of request.peers) subjects.push(await openPeer(name, problem));

const samples: Samples = Object.fromEntries(subjects.map(({ name }) => [name, []]));
// One subject after the other, not in turn: what one leaves to V8's collector would fall into another's millisecond.
for (const subject of subjects) {
  const { name } = subject;
  const step = async (): Promise<void> => {
    // What such a device gives back is arbitrary, and may be no number.
    await subject.step().catch((error: unknown) => {
      if (!(error instanceof NonFiniteError)) throw error;
    });
  };
  const warm = performance.now();
  do await step();
  while (performance.now() - warm < WARM_UP_MS);
  for (let i = 0; i < SAMPLES_A_ROUND * request.rounds; i++) samples[name]!.push(await hostTime(step));
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
