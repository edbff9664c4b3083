/** What is drawn of a run is of one setting, also where another one was tried in between. */
import { beforeAll, expect, test } from 'vitest';
import type { Changes } from '../../src/core/knobs.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import type { StageName } from '../../src/core/reports.ts';
import { type Hearers, takeIn } from '../../src/session/run-events.ts';
import { ShownRun } from '../../src/session/shown-run.svelte.ts';
import { decodeDrawings } from '../../src/storage/index.ts';
import { decodeRecordings } from '../../src/storage/microscope.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import type { OpenedEngine } from '../../workers/engine/backend.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';
import { Recording } from '../../workers/trainer/recording.ts';

const STAGES_RUN = ['base', 'sft', 'reward', 'ppo'] as const;
const request: RunRequest = { preset: 'nano', seed: 3, stages: STAGES_RUN, base: 'train', labels: 'simulated' };

let opened: OpenedEngine;
beforeAll(async () => {
  opened = await openNodeEngine('wasm');
});

/** A run on its disk and on its page, which is not reloaded. */
class Trial {
  readonly store = memoryStore();
  readonly #page = new ShownRun(() => ({ ...request, labels: 'simulated:gold', changes: {}, demonstrations: 0 }));
  #recorder = new Recording();

  /** Runs to the end of step `last` of `stage`, where it is stopped and autosaved; where the stage began. */
  async run(stage: StageName, last: number, changes: Changes, snapshotSeconds: number): Promise<number | null> {
    this.#recorder = new Recording();
    const shows = { recorder: this.#recorder, sampleEvery: { ppo: 1 } };
    const options = { ...opened, ...shows, store: this.store, loadShipped, snapshotSeconds };
    let began: number | null = null;
    for await (const event of runPipeline({ request: { ...request, changes }, ...options })) {
      if (event.kind === 'stage_started' && event.stage === stage) began = event.resumedAt;
      if (event.kind !== 'stage_done') takeIn([event], this.#page, {} as Hearers);
      if (event.kind === 'progress' && event.stage === stage && event.step === last) break;
    }
    return began;
  }

  async #read(file: string): Promise<Uint8Array> {
    return (await this.store.read(file)) ?? new Uint8Array();
  }

  /** Expects these steps of a stage to be drawn: by the worker, on the disk, and on the page. */
  async expectDrawn(stage: StageName, steps: number[]): Promise<void> {
    expect(this.#recorder.drawings[stage]?.steps).toEqual(steps);
    expect(decodeDrawings(await this.#read('drawings.json'), 'drawings.json')[stage]?.steps).toEqual(steps);
    expect(this.#page.stages[stage].curves.steps).toEqual(steps);
  }

  /** Expects the iterations of these steps to be under the microscope. */
  async expectRecorded(steps: number[]): Promise<void> {
    const stored = decodeRecordings(await this.#read('ppo.microscope.safetensors'), 'recordings');
    for (const list of [this.#recorder.iterations, stored, this.#page.recordings.list])
      expect(list.map(({ step }) => step)).toEqual(steps);
  }
}

const ALWAYS = 0;
const AT_THE_END = Infinity;

test('a stage that is set back to what it was begun with shows no points of what was tried in between', async () => {
  const trial = new Trial();
  expect(await trial.run('base', 6, {}, ALWAYS)).toBe(0);
  await trial.expectDrawn('base', [1, 2, 3, 4, 5, 6]);
  // With one autosave, beside one of before.
  expect(await trial.run('base', 3, { 'base.learning_rate': 1e-3 }, AT_THE_END)).toBe(0);
  await trial.expectDrawn('base', [1, 2, 3]);
  expect(await trial.run('base', 8, {}, ALWAYS)).toBe(6);
  await trial.expectDrawn('base', [7, 8]);
  // What goes on from the same is drawn on.
  expect(await trial.run('base', 9, {}, ALWAYS)).toBe(8);
  await trial.expectDrawn('base', [7, 8, 9]);
});

test('nor iterations under the microscope', async () => {
  const trial = new Trial();
  const longer: Changes = { 'ppo.iterations': 5 };
  expect(await trial.run('ppo', 3, longer, ALWAYS)).toBe(0);
  await trial.expectRecorded([2, 3]);
  expect(await trial.run('ppo', 2, { ...longer, 'ppo.kl_coef': 1 }, AT_THE_END)).toBe(0);
  await trial.expectRecorded([2]);
  expect(await trial.run('ppo', 4, longer, ALWAYS)).toBe(2);
  await trial.expectRecorded([3, 4]);
  await trial.expectDrawn('ppo', [3, 4]);
});

test('a run whose drawings a newer page wrote is not gone on with, and stays as it is', async () => {
  const trial = new Trial();
  await trial.run('base', 4, {}, AT_THE_END);
  const newer = new TextEncoder().encode(JSON.stringify({ version: 2, stages: [] }));
  await trial.store.write('drawings.json', newer);
  const keys = await trial.store.keys();
  await expect(trial.run('base', 8, {}, ALWAYS)).rejects.toThrow(/"drawings\.json" was written by a newer version/);
  expect(await trial.store.read('drawings.json')).toEqual(newer);
  expect(await trial.store.keys()).toEqual(keys);
});
