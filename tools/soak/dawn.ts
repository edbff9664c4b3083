/** Runs of nano one after another on Dawn, on one device: what they leave behind. */
import * as tf from '@tensorflow/tfjs-core';
import { STAGES } from '../../src/core/reports.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';
import { collector } from '../gc.ts';
import { loadShipped, openNodeEngine } from '../node-backend.ts';
import { memoryStore } from '../node-store.ts';
import { type Series, series } from './series.ts';

/** In this share of the steps V8 compiles, and the engine meets new lengths of text; nothing is measured. */
const SETTLING = 0.25;

/** Trains whole runs, seed after seed, until `steps` steps were taken; samples after each run, at rest. */
export async function soakOnDawn(steps: number, log: (line: string) => void): Promise<Series[]> {
  const opened = await openNodeEngine('webgpu');
  const { engine, device } = opened;
  if (engine.kind !== 'compiled') throw new Error(`no WebGPU: the engine is ${engine.kind} (${device.reason})`);
  const collect = collector();
  const buffers = series('GPU buffers', 'exact');
  const gpu = series('GPU bytes', 'trend');
  const tensors = series('tfjs tensors', 'exact');
  const heap = series('JS heap, bytes', 'trend');
  let taken = 0;
  for (let seed = 0; taken < steps; seed++) {
    const request: RunRequest = { preset: 'nano', seed, stages: STAGES, base: 'train', labels: 'simulated' };
    const run = runPipeline({ request, ...opened, store: memoryStore(), loadShipped, snapshotSeconds: 0.5 });
    for await (const event of run) {
      if (event.kind === 'stage_failed') throw new Error(`seed ${seed}, ${event.stage}: ${event.message}`);
      if (event.kind === 'progress') taken += 1;
    }
    if (taken < SETTLING * steps) continue;
    collect();
    const { arrays, bytes } = engine.memory;
    buffers.values.push(arrays);
    gpu.values.push(bytes);
    tensors.values.push(tf.memory().numTensors);
    heap.values.push(process.memoryUsage().heapUsed);
    if (seed % 25 === 0) log(`${taken} steps, ${seed + 1} runs`);
  }
  log(`${taken} steps on ${device.adapter}`);
  return [buffers, gpu, tensors, heap];
}
