/** Changed knobs: what is stale is made again, what is not stays, and nothing that was trained is lost. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Changes } from '../../src/core/knobs.ts';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../../src/core/reports.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { askedOf, readRecord, recordFiles } from '../../workers/pipeline/record.ts';
import type { RunStore } from '../../workers/pipeline/store.ts';
import { figuresOf, pull } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 6, stages: STAGES, base: 'train', labels: 'simulated' };
const changed = (changes: Changes): RunRequest => ({ ...request, changes });
const whole = memoryStore();
let report: RunReport;

beforeAll(async () => {
  report = (await pull(whole, request)) as RunReport;
});

/** A step of SFT on the shipped base. */
const quick: Changes = { 'sft.steps': 1, 'sft.evaluation_prompts': 1, 'sft.warmup': 0 };
const micro: RunRequest = { ...request, preset: 'micro', base: 'shipped', stages: ['base', 'sft'], changes: quick };

async function copy(store: RunStore): Promise<RunStore> {
  const other = memoryStore();
  for (const key of await store.keys()) await other.write(key, (await store.read(key)) as Uint8Array);
  return other;
}

const checkpointIn = async (store: RunStore, key: string): Promise<ReturnType<typeof decodeCheckpoint>> =>
  decodeCheckpoint((await store.read(key)) as Uint8Array, key);

/** Runs `what`; the stages that were really run. */
async function stagesRun(store: RunStore, what: RunRequest, stop?: (event: PipelineEvent) => boolean) {
  const ran: StageName[] = [];
  await pull(store, what, {
    stop: (event) => {
      if (event.kind === 'stage_started') ran.push(event.stage);
      return stop?.(event) ?? false;
    },
  });
  return ran;
}

describe('a changed knob', () => {
  test('has its stage and all after it run again, as a run from the beginning would', async () => {
    const store = await copy(whole);
    const what = changed({ 'reward.margin': 1 });
    expect(await stagesRun(store, what)).toEqual(['reward', 'ppo', 'judge']);
    const fresh = await pull(memoryStore(), what);
    expect(figuresOf((await readRecord(store))!.report)).toEqual(figuresOf(fresh!));
    expect(await readRecord(store)).toMatchObject({ changes: { 'reward.margin': 1 } });
    expect((await checkpointIn(store, 'reward.safetensors')).card.changes).toEqual({ 'reward.margin': 1 });
    expect((await checkpointIn(store, 'sft.safetensors')).card.changes).toBeUndefined();
  });

  test('leaves what was trained before beside what is trained now', async () => {
    const store = await copy(whole);
    const before = await checkpointIn(whole, 'ppo.safetensors');
    await stagesRun(store, changed({ 'ppo.kl_coef': 3 }));
    const kept = (await store.keys()).filter((key) => key.startsWith('ppo~'));
    expect(kept).toEqual([`ppo~${before.hash.slice(0, 8)}.safetensors`]);
    expect(await checkpointIn(store, kept[0]!)).toEqual(before);
    // Back again: the same weights are not kept twice, and the ones in between are kept.
    const between = await checkpointIn(store, 'ppo.safetensors');
    expect(await stagesRun(store, request)).toEqual(['ppo', 'judge']);
    expect((await checkpointIn(store, 'ppo.safetensors')).hash).toBe(before.hash);
    expect((await store.keys()).filter((key) => key.startsWith('ppo~')).sort()).toEqual(
      [before.hash, between.hash].map((hash) => `ppo~${hash.slice(0, 8)}.safetensors`).sort(),
    );
    expect(figuresOf((await readRecord(store))!.report)).toEqual(figuresOf(report));
  });

  test('makes nothing stale while its stage is not finished', async () => {
    const store = await copy(whole);
    const change = changed({ 'ppo.kl_coef': 3 });
    await stagesRun(store, change, ({ kind }) => kind === 'progress');
    // The knob is turned back: what was finished before still stands.
    expect(await stagesRun(store, request)).toEqual([]);
    expect((await readRecord(store))!.report).toEqual(report);
  });

  test("starts an unfinished stage anew; another stage's knob does not", async () => {
    const store = memoryStore();
    const stop = (event: PipelineEvent): boolean =>
      event.kind === 'progress' && event.stage === 'sft' && event.step >= 3;
    await pull(store, request, { stop });
    const resumedAt = async (what: RunRequest): Promise<number> => {
      let at = -1;
      await pull(await copy(store), what, {
        stop: (event) => {
          if (event.kind === 'stage_started' && event.stage === 'sft') at = event.resumedAt;
          return at >= 0;
        },
      });
      return at;
    };
    expect(await resumedAt(request)).toBe(3);
    expect(await resumedAt(changed({ 'ppo.kl_coef': 3 }))).toBe(3);
    expect(await resumedAt(changed({ 'sft.learning_rate': 1e-3 }))).toBe(0);
    // It stands on another base model.
    expect(await resumedAt(changed({ 'base.learning_rate': 1e-3 }))).toBe(0);
  });

  test('is what a run that was cut off goes on with, until its stage is done or it is turned back', async () => {
    const store = await copy(whole);
    const change = { ...changed({ 'ppo.kl_coef': 3 }), annotators: ['mia'] };
    await stagesRun(store, change, ({ kind }) => kind === 'progress');
    const stored = (await readRecord(store))!;
    const asked = { base: 'train', labels: 'simulated:gold', annotators: ['mia'], changes: { 'ppo.kl_coef': 3 } };
    expect(askedOf(stored)).toEqual(asked);
    // What was finished still stands, and was made from what it was made from.
    expect(stored).toMatchObject({ report, changes: {} });
    const turned = await copy(store);
    await pull(turned, request);
    expect(await readRecord(turned)).toMatchObject({ report, changes: {} });
    await pull(store, change);
    expect((await readRecord(store))!.asked).toBeUndefined();
    expect(askedOf((await readRecord(store))!)).toEqual(asked);
  });

  test('asks for the stage between, too', async () => {
    const store = await copy(whole);
    const what = { ...changed({ 'sft.replay': 0 }), stages: ['ppo' as const] };
    await expect(pull(store, what)).rejects.toThrow('the sft stage was run with other settings');
    expect((await readRecord(store))!.report).toEqual(report);
  });
});

describe('a record from before there were knobs', () => {
  test('is opened, and nothing in it is stale', async () => {
    const store = await copy(whole);
    const { version, settings, labels, report: stored } = (await readRecord(store))!;
    await store.writeAll(recordFiles({ version, settings, labels, report: stored }));
    expect(await stagesRun(store, request)).toEqual([]);
  });
});

describe('a checkpoint that a person deleted', () => {
  test('is made again where a stage to run stands on it, with all that was made from it', async () => {
    const store = await copy(whole);
    await store.remove('sft.safetensors');
    expect(await stagesRun(store, changed({ 'ppo.kl_coef': 3 }))).toEqual(['sft', 'reward', 'ppo', 'judge']);
    const { hash } = await checkpointIn(whole, 'sft.safetensors');
    expect((await checkpointIn(store, 'sft.safetensors')).hash).toBe(hash);
  });

  test('is no matter where nothing stands on it any more', async () => {
    const store = await copy(whole);
    await store.remove('sft.safetensors');
    expect(await stagesRun(store, request)).toEqual([]);
  });

  test('is said to be gone by who does not ask for its stage, and nothing is changed', async () => {
    const store = await copy(whole);
    await store.remove('reward.safetensors');
    const what = { ...changed({ 'ppo.kl_coef': 3 }), stages: ['ppo' as const] };
    await expect(pull(store, what)).rejects.toThrow('the checkpoint of the reward stage is gone; run that stage again');
    expect((await readRecord(store))!.report).toEqual(report);
  });

  test('is made again also where a shipped one would fit: it holds other weights', async () => {
    const store = memoryStore();
    await pull(store, micro);
    const { hash } = await checkpointIn(store, 'sft.safetensors');
    await store.remove('sft.safetensors');
    const isRewardBegun = (event: PipelineEvent): boolean => event.kind === 'progress' && event.stage === 'reward';
    const again: RunRequest = { ...micro, stages: ['base', 'sft', 'reward'] };
    expect(await stagesRun(store, again, isRewardBegun)).toEqual(['sft', 'reward']);
    expect((await checkpointIn(store, 'sft.safetensors')).hash).toBe(hash);
    await store.remove('sft.safetensors');
    await expect(pull(store, { ...micro, stages: ['reward'] })).rejects.toThrow(
      'the checkpoint of the sft stage is gone',
    );
  });

  test('is replaced by the shipped one where that is what it was', async () => {
    const store = memoryStore();
    await pull(store, micro);
    const { parent } = await checkpointIn(store, 'sft.safetensors');
    await store.remove('base.safetensors');
    const again = { ...micro, changes: { ...quick, 'sft.steps': 2 } };
    expect(await stagesRun(store, again)).toEqual(['sft']);
    expect((await checkpointIn(store, 'sft.safetensors')).parent).toBe(parent);
  });
});
