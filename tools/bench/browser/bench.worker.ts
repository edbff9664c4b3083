/** The subjects in a browser's worker: the same interleaved steps, sent back as samples. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { adapterName, findAdapter, registerWebGpu } from '../../../workers/engine/webgpu.ts';
import { type Samples, checkLosses, firstSteps, interleave, steps } from '../../../workers/benchmark/measure.ts';
import { openCompiled } from '../../../workers/benchmark/ours.ts';
import { type PeerName, openPeer } from '../peers.ts';
import { type Size, type Subject, makeProblem } from '../../../workers/benchmark/subject.ts';

export interface BrowserRequest {
  size: Size;
  peers: readonly PeerName[];
  ours: boolean;
  rounds: number;
}

export type BrowserReply = { adapter: string; samples: Samples; first_ms: Record<string, number> } | { error: string };

self.onmessage = ({ data }: MessageEvent<BrowserRequest>): void => {
  run(data).then(reply, (error: unknown) => {
    reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
};

function reply(message: BrowserReply): void {
  self.postMessage(message);
}

async function run({ size, peers, ours, rounds }: BrowserRequest): Promise<BrowserReply> {
  tf.enableProdMode();
  const problem = makeProblem(size);
  const subjects: Subject[] = [];
  const adapter = await findAdapter();
  if (typeof adapter === 'string') throw new Error(`the worker has no WebGPU: ${adapter}`);
  const problems: string[] = [];
  const onProblem = ({ message }: { message: string }): void => void problems.push(message);
  if (ours) subjects.push((await openCompiled({ wasmPath: '', onProblem })).subject(problem));
  else {
    await registerWebGpu(adapter, onProblem);
    await tf.setBackend('webgpu');
  }
  for (const name of peers) subjects.push(await openPeer(name, problem));
  const losses: Samples = {};
  const first_ms: Record<string, number> = {};
  for (const subject of subjects) {
    const first = await firstSteps(subject);
    losses[subject.name] = first.losses;
    first_ms[subject.name] = first.first_ms;
  }
  checkLosses(losses);
  const samples = await interleave(steps(subjects), rounds);
  // An invalid pipeline computes nothing, very fast.
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { adapter: adapterName(adapter), samples, first_ms };
}
