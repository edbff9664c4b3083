/** What is told of a stored run's autosaves: where a run goes on, also one whose stages had all ended before. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Ingredients, fingerprintsOf } from '../../src/core/fingerprints.ts';
import type { Changes } from '../../src/core/knobs.ts';
import type { Autosaved, RunRequest } from '../../src/core/protocol.ts';
import { goingOn } from '../../src/session/going-on.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { autosavedIn } from '../../workers/pipeline/autosaved.ts';
import { readRecord } from '../../workers/pipeline/record.ts';
import { type RunStore, snapshotFiles } from '../../workers/pipeline/store.ts';
import { pull } from './runs.ts';

const request: RunRequest = {
  preset: 'nano',
  seed: 3,
  stages: ['base', 'sft', 'reward'],
  base: 'train',
  labels: 'simulated',
};
const LONGER: Changes = { 'sft.steps': 30 };
const today = (changes: Changes): Ingredients => ({
  ...{ preset: 'nano', base: 'train', labels: 'simulated:gold', demonstrations: 0 },
  changes,
});

const autosaves = async (store: RunStore): Promise<Autosaved[]> => autosavedIn(store, await readRecord(store));
/** Runs on, and stops after `step` steps of `stage`; where the stage began. */
async function cutOff(store: RunStore, changes: Changes, stage: string, step: number): Promise<number | null> {
  let began: number | null = null;
  await pull(
    store,
    { ...request, changes },
    {
      stop: (event) => {
        if (event.kind === 'stage_started' && event.stage === stage) began = event.resumedAt;
        return event.kind === 'progress' && event.stage === stage && event.step === step;
      },
    },
  );
  return began;
}

let store: RunStore;
beforeAll(async () => {
  store = memoryStore();
  await pull(store, request);
});

test('a run that is done has none', async () => {
  expect(await autosaves(store)).toEqual([]);
});

test('a finished stage that is run again with a changed knob and cut off goes on where that was', async () => {
  expect(await cutOff(store, LONGER, 'sft', 7)).toBe(0);
  const { sft } = fingerprintsOf(today(LONGER));
  const [found] = await autosaves(store);
  expect(found).toMatchObject({ stage: 'sft', step: 7, settings: sft, labels: 'simulated:gold', gone: false });
  expect(found!.steps).toBeGreaterThanOrEqual(30);
  expect(goingOn([found!], 'sft', () => today(LONGER))).toBe(found);
  // With any other knob it would begin anew; and before a later stage it is of no use.
  expect(goingOn([found!], 'sft', () => today({ 'sft.steps': 31 }))).toBeNull();
  expect(goingOn([found!], 'reward', () => today(LONGER))).toBeNull();
  expect(goingOn([found!], null, () => today(LONGER))).toBeNull();
  // It is true: there it goes on.
  expect(await cutOff(store, LONGER, 'sft', 9)).toBe(7);
});

test('it is none of a run whose knob was turned back', async () => {
  expect(await pull(store, request)).not.toBeNull();
  const found = await autosaves(store);
  expect(found).toMatchObject([
    { stage: 'sft', step: 9 },
    { stage: 'sft', step: 7 },
  ]);
  expect(goingOn(found, 'sft', () => today({}))).toBeNull();
});

test('what a stage left behind as it ended is none; it is one where the checkpoint is gone and has to be made again', async () => {
  const other = memoryStore();
  const [file] = snapshotFiles('sft');
  await cutOff(other, {}, 'sft', 5);
  const left = (await other.read(file))!;
  await pull(other, request);
  await other.write(file, left);
  expect(await autosaves(other)).toEqual([]);
  await other.remove('sft.safetensors');
  const found = await autosaves(other);
  expect(found).toMatchObject([{ stage: 'sft', step: 5, gone: true }]);
  expect(goingOn(found, null, () => today({}))).toBeNull();
  const longer = { 'reward.min_steps': 99 };
  expect(goingOn(found, 'reward', () => today(longer))).toBe(found[0]);
  expect(await cutOff(other, longer, 'sft', 6)).toBe(5);
});

test('one that stands on another checkpoint by now is none', async () => {
  const other = memoryStore();
  await cutOff(other, {}, 'reward', 2);
  expect(await autosaves(other)).toMatchObject([{ stage: 'reward', step: 2 }]);
  await cutOff(other, LONGER, 'reward', 1);
  // It is further than the one that is of use, and stays until that overwrites it.
  expect(await autosaves(other)).toMatchObject([{ stage: 'reward', step: 1 }]);
});

describe('a base model that was half trained', () => {
  const all: RunRequest = { ...request, preset: 'micro', stages: ['base'], base: 'shipped' };
  const toTrain: Ingredients = { ...today({}), preset: 'micro' };
  const isTold = [{ stage: 'base', step: 2 }];

  /** Trains it, stops after so many steps; where it began. */
  async function train(store: RunStore, step: number): Promise<number | null> {
    let began: number | null = null;
    await pull(
      store,
      { ...all, base: 'train' },
      {
        stop: (event) => {
          if (event.kind === 'stage_started') began = event.resumedAt;
          return event.kind === 'progress' && event.step === step;
        },
      },
    );
    return began;
  }

  test('is told of in a run that has the shipped one, and outlives it', async () => {
    const store = memoryStore();
    await pull(store, all);
    expect(await train(store, 2)).toBe(0);
    expect(await autosaves(store)).toMatchObject(isTold);
    // It is copied once more, or stands.
    for (let times = 0; times < 2; times++) {
      expect(await pull(store, all)).not.toBeNull();
      expect(await autosaves(store)).toMatchObject(isTold);
    }
    expect(await train(store, 3)).toBe(2);
  });

  test('outlives the copying of the shipped one', async () => {
    const store = memoryStore();
    await train(store, 2);
    await pull(store, all);
    expect(await autosaves(store)).toMatchObject(isTold);
    expect(await train(store, 3)).toBe(2);
  });

  test('comes into use where it is to be trained, not where the shipped one is', () => {
    const { base } = fingerprintsOf(toTrain);
    const found: Autosaved = { stage: 'base', step: 2, steps: 9, settings: base, labels: 'simulated:gold', gone: true };
    expect(goingOn([found], 'base', () => toTrain)).toBe(found);
    for (const next of ['base', 'sft'] as const)
      expect(goingOn([found], next, () => ({ ...toTrain, base: 'shipped' }))).toBeNull();
  });
});
