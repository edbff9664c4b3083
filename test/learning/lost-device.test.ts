/** A graphics device that is lost in the middle of a step costs a run nothing but the steps since its last snapshot. */
import { expect, test } from 'vitest';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../../src/core/reports.ts';
import { openDawn } from '../../tools/dawn.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import type { OpenedEngine } from '../../workers/engine/backend.ts';
import { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import { DeviceLostError } from '../../workers/engine/errors.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { runOnAnyDevice } from '../../workers/pipeline/recover.ts';
import { figuresOf } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 3, stages: STAGES, base: 'train', labels: 'simulated' };

interface Run {
  report: RunReport;
  /** Hash of every model. */
  hashes: string[];
  replaced: number;
}

async function openCompiledNode(): Promise<{ opened: OpenedEngine; device: GPUDevice }> {
  const opened = await openNodeEngine('webgpu');
  if (!(opened.engine instanceof CompiledEngine)) throw new Error('not the compiled engine');
  return { opened, device: opened.engine.gpu.device };
}

/** A whole run; the device is destroyed while the step after the `step`th of each stage named in `lose` is computed. */
async function run(lose: Partial<Record<StageName, number>>): Promise<Run> {
  const store = memoryStore();
  let device: GPUDevice | null = null;
  const open = async (): Promise<OpenedEngine> => {
    const found = await openCompiledNode();
    device = found.device;
    return found.opened;
  };
  const options = { request, store, loadShipped, snapshotSeconds: 0 };
  const left = { ...lose };
  let replaced = 0;
  const events = runOnAnyDevice(options, await open(), open);
  for (;;) {
    const pulled = events.next();
    const { value, done } = await pulled;
    if (done) {
      const files = ['base', 'sft', 'reward', 'ppo'].map((stage) => `${stage}.safetensors`);
      const hashes = files.map(async (file) => decodeCheckpoint((await store.read(file)) as Uint8Array, file).hash);
      return { report: value, hashes: await Promise.all(hashes), replaced };
    }
    const event: PipelineEvent = value;
    if (event.kind === 'device_replaced') replaced += 1;
    if (event.kind === 'progress' && left[event.stage] === event.step) {
      left[event.stage] = undefined;
      // In a moment the next step is on its way.
      setTimeout(() => device?.destroy(), 5);
    }
  }
}

test('in every stage, the run ends with the figures and the weights of one that was never cut off', async ({
  skip,
}) => {
  const dawn = await openDawn({ software: true });
  if (!dawn.gpu) return skip(dawn.reason);
  const unbroken = await run({});
  const broken = await run({ base: 4, sft: 7, reward: 1, ppo: 1, judge: 2 });
  expect(broken.replaced).toBe(5);
  expect(figuresOf(broken.report)).toEqual(figuresOf(unbroken.report));
  expect(broken.hashes).toEqual(unbroken.hashes);
});

test('a device that is lost again and again without a step ends the run with what is wrong', async ({ skip }) => {
  const dawn = await openDawn({ software: true });
  if (!dawn.gpu) return skip(dawn.reason);
  let opened = 0;
  const open = async (): Promise<OpenedEngine> => {
    opened += 1;
    const found = await openCompiledNode();
    found.device.destroy();
    return found.opened;
  };
  const events = runOnAnyDevice({ request, store: memoryStore(), loadShipped, snapshotSeconds: 0 }, await open(), open);
  const pull = async (): Promise<void> => {
    while (!(await events.next()).done);
  };
  await expect(pull()).rejects.toThrow(DeviceLostError);
  expect(opened).toBe(4);
});
