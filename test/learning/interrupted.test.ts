/**
 * A run that is cut off anywhere, as by a kill, goes on from its last autosave and ends with the bits of one that never
 * was: weights, figures, and all that it drew and showed.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { decodeDrawings } from '../../src/storage/index.ts';
import { decodeRecordings } from '../../src/storage/microscope.ts';
import { openDawn } from '../../tools/dawn.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import type { OpenedEngine } from '../../workers/engine/backend.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';
import { type RunStore, snapshotFiles } from '../../workers/pipeline/store.ts';
import { Recording } from '../../workers/trainer/recording.ts';
import { figuresOf } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 3, stages: STAGES, base: 'train', labels: 'simulated' };
const MODELS = ['base', 'sft', 'reward', 'ppo'].map((stage) => `${stage}.safetensors`);
const sampleEvery = { base: 3, sft: 4, ppo: 1 };

/** Writes take a while, and those under way when the process dies never land. */
function mortal(inner: RunStore): { store: RunStore; die: () => void } {
  let dead = false;
  const land = async (work: () => Promise<void>): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (!dead) await work();
  };
  const store: RunStore = {
    ...inner,
    write: (key, bytes) => land(() => inner.write(key, bytes)),
    writeAll: (files) => land(() => inner.writeAll(files)),
    remove: (key) => land(() => inner.remove(key)),
  };
  return { store, die: () => (dead = true) };
}

interface Options {
  opened: OpenedEngine;
  snapshotSeconds: number;
  /** Steps until it is cut off; Infinity: never. */
  steps?: number;
}

/** Runs until it is done, or cut off after so many steps: nothing is said to the generator, as by a kill. */
async function live(inner: RunStore, { opened, snapshotSeconds, steps = Infinity }: Options) {
  const { store, die } = mortal(inner);
  const options = { request, ...opened, store, loadShipped, snapshotSeconds, sampleEvery, recorder: new Recording() };
  const run = runPipeline(options);
  let left = steps;
  let last: Extract<PipelineEvent, { kind: 'progress' }> | null = null;
  for (;;) {
    const { value, done } = await run.next();
    if (done) return { report: value, last };
    if (value.kind === 'stage_failed' || value.kind === 'set_aside') throw new Error(value.message);
    if (value.kind !== 'progress') continue;
    last = value;
    if (--left > 0) continue;
    die();
    return { report: null, last };
  }
}

/** All that a run leaves behind, but for what a clock measured. */
async function remains(store: RunStore, report: RunReport): Promise<unknown> {
  const read = async (key: string): Promise<Uint8Array> => (await store.read(key)) ?? new Uint8Array();
  const hashes = MODELS.map(async (key) => decodeCheckpoint(await read(key), key).hash);
  const drawings = Object.entries(decodeDrawings(await read('drawings.json'), 'drawings'));
  const timeless = drawings.map(([stage, { seconds, progress, ...drawing }]) => {
    expect(seconds).toHaveLength(drawing.steps.length);
    return [stage, { ...drawing, progress: { ...progress, seconds: 0 } }];
  });
  return {
    figures: figuresOf(report),
    hashes: await Promise.all(hashes),
    drawings: Object.fromEntries(timeless) as unknown,
    iterations: decodeRecordings(await read('ppo.microscope.safetensors'), 'recordings'),
    keys: (await store.keys()).sort(),
  };
}

async function unbroken(opened: OpenedEngine): Promise<unknown> {
  const store = memoryStore();
  const { report } = await live(store, { opened, snapshotSeconds: Infinity });
  return remains(store, report as RunReport);
}

const snapshotsIn = async (store: RunStore, stage: StageName): Promise<string[]> =>
  (await store.keys()).filter((key) => (snapshotFiles(stage) as readonly string[]).includes(key));

describe('cut off anywhere, it ends as if it had never been', () => {
  let opened: OpenedEngine;
  let whole: unknown;
  beforeAll(async () => {
    opened = await openNodeEngine('wasm');
    whole = await unbroken(opened);
  });

  test('at 24 random points over all stages, with an autosave after every step', async () => {
    const rng = Rng.fromSeed(1, 'interruptions');
    const cut: Partial<Record<StageName, number>> = {};
    for (let points = 0; points < 24;) {
      const store = memoryStore();
      let report: RunReport | null = null;
      while (!report) {
        const life = await live(store, { opened, snapshotSeconds: 0, steps: 2 + rng.int(7) });
        report = life.report;
        const { last } = life;
        if (report || !last) continue;
        cut[last.stage] = (cut[last.stage] ?? 0) + 1;
        points += 1;
        // What is kept does not grow, however often it is cut off.
        expect((await snapshotsIn(store, last.stage)).length).toBeLessThanOrEqual(2);
      }
      expect(await remains(store, report)).toEqual(whole);
    }
    for (const stage of STAGES) expect(cut[stage], stage).toBeGreaterThan(0);
  });

  test('again and again, with autosaves now and then, so that steps are lost', async () => {
    const rng = Rng.fromSeed(2, 'interruptions');
    const store = memoryStore();
    let report: RunReport | null = null;
    let points = 0;
    for (; !report; points++) {
      const steps = 6 + rng.int(16);
      ({ report } = await live(store, { opened, snapshotSeconds: 0.01, steps }));
    }
    expect(points).toBeGreaterThan(2);
    expect(await remains(store, report)).toEqual(whole);
  });
});

test('on the compiled engine, cut off in every stage', async ({ skip }) => {
  const dawn = await openDawn({ software: true });
  if (!dawn.gpu) return skip(dawn.reason);
  const opened = await openNodeEngine('webgpu');
  expect(opened.device.engine).toBe('compiled');
  const whole = await unbroken(opened);
  const store = memoryStore();
  const rng = Rng.fromSeed(3, 'interruptions');
  let report: RunReport | null = null;
  const cut = new Set<StageName>();
  while (!report) {
    const life = await live(store, { opened, snapshotSeconds: 0, steps: 3 + rng.int(9) });
    report = life.report;
    if (!report && life.last) cut.add(life.last.stage);
  }
  expect(cut.size).toBeGreaterThan(2);
  expect(await remains(store, report)).toEqual(whole);
});
