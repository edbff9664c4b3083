/**
 * One point of the growth curves, in a process of its own: a driver that compiles for minutes, or gives up, takes nothing
 * else with it.
 *
 *     tsx tools/bench/growth-point.ts '{"size": …, "rounds": 3, "budget_ms": 20000, "software": true}'     prints JSON
 */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { Counters } from '../../workers/benchmark/counters.ts';
import { median } from '../../workers/benchmark/figures.ts';
import { openCompiled } from '../../workers/benchmark/ours.ts';
import { type Size, makeProblem } from '../../workers/benchmark/subject.ts';
import { OutOfMemoryError } from '../../workers/engine/errors.ts';
import { openDawn } from '../dawn.ts';
import type { Measurement } from './growth.ts';

export interface PointRequest {
  size: Size;
  /** Samples, at most: no further one is begun after `budget_ms`. */
  rounds: number;
  /** A point whose step takes longer than this is left out. */
  budget_ms: number;
  software: boolean;
}

tf.enableProdMode();
const request = JSON.parse(process.argv[2] ?? '') as PointRequest;
const result = await measure(request).catch((error: unknown) => {
  if (error instanceof OutOfMemoryError) return error.message;
  throw error;
});
// Dawn's threads would keep the process.
process.stdout.write(JSON.stringify(result), () => process.exit(0));

/** The point, or why it is left out. */
async function measure({ size, rounds, budget_ms, software }: PointRequest): Promise<Measurement | string> {
  const dawn = await openDawn({ software });
  if (!dawn.gpu) throw new Error(`no WebGPU: ${dawn.reason}`);
  const problems: string[] = [];
  const wasmPath = fileURLToPath(new URL('../../node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url));
  const onProblem = ({ message }: { message: string }): void => void problems.push(message);
  const ours = await openCompiled({ wasmPath, gpu: dawn.gpu, onProblem });
  const counters = new Counters();
  counters.start();
  const before = counters.live.bytes;
  const subject = ours.subject(makeProblem(size));
  // The first step compiles.
  await subject.step();
  const bytes = counters.live.bytes - before;
  const start = performance.now();
  const { dispatches } = await counters.during(() => subject.step());
  counters.stop();
  if (performance.now() - start > budget_ms) return `a step takes more than ${budget_ms / 1000} s`;
  const ms_samples: number[] = [];
  while (ms_samples.length === 0 || (ms_samples.length < rounds && performance.now() - start < budget_ms)) {
    const begun = performance.now();
    await subject.step();
    ms_samples.push(performance.now() - begun);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { adapter: ours.adapter, ms: median(ms_samples), ms_samples, dispatches, bytes };
}
