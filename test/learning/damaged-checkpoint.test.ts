/** A stored checkpoint is damaged: the run that needs it, or replaces it, sets it aside and goes on by itself. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { STAGES } from '../../src/core/reports.ts';
import { DamagedFileError } from '../../src/core/storage-errors.ts';
import type { RunStore } from '../../workers/pipeline/store.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { pull } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 5, stages: STAGES, base: 'train', labels: 'simulated' };

let whole: RunStore;
beforeAll(async () => {
  whole = memoryStore();
  await pull(whole, request);
});

/** The finished run in a store that finds `damaged` damaged when it is read, as the browser's does: once, then it is gone. */
async function storeWith(damaged: string): Promise<RunStore> {
  const store = memoryStore();
  for (const key of await whole.keys()) await store.write(key, (await whole.read(key))!);
  let isDamaged = true;
  return {
    ...store,
    read: async (key) => {
      if (key !== damaged || !isDamaged) return store.read(key);
      isDamaged = false;
      await store.remove(key);
      throw new DamagedFileError('nano-5', key, 'its bytes are not those that were stored');
    },
  };
}

/** Runs to the end: the stages that were run, and what came out. */
async function run(store: RunStore, changes: RunRequest['changes']): Promise<string[]> {
  const ran: string[] = [];
  const hear = (event: PipelineEvent): boolean => {
    if (event.kind === 'stage_started') ran.push(event.stage);
    return false;
  };
  expect(await pull(store, { ...request, changes }, { stop: hear })).not.toBeNull();
  return ran;
}

describe('a damaged checkpoint', () => {
  it('is made anew where a stage stands on it, without being asked twice', async () => {
    const store = await storeWith('sft.safetensors');
    expect(await run(store, { 'ppo.kl_coef': 0.3 })).toEqual(['sft', 'reward', 'ppo', 'judge']);
    expect(await store.read('sft.safetensors')).toEqual(await whole.read('sft.safetensors'));
  });

  it('is no reason to stop where another takes its place', async () => {
    const store = await storeWith('sft.safetensors');
    expect(await run(store, { 'sft.steps': 6 })).toEqual(['sft', 'reward', 'ppo', 'judge']);
    expect(await store.read('sft.safetensors')).not.toBeNull();
  });
});
