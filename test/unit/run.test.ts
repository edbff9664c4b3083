/** What the page asks the worker for, however early somebody presses, and what it shows of the stages meanwhile. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprintsOf } from '../../src/core/fingerprints.ts';
import type { PresetName } from '../../src/core/presets.ts';
import type { RunRequest, StoredRunReport } from '../../src/core/protocol.ts';
import { STAGES, type StageName, type StageReport } from '../../src/core/reports.ts';
import { Author } from '../../src/session/author.svelte.ts';
import { Checkpoints } from '../../src/session/checkpoints.svelte.ts';
import type { Demonstrations } from '../../src/session/demonstrations.svelte.ts';
import { Device } from '../../src/session/device.svelte.ts';
import { Failures } from '../../src/session/failures.svelte.ts';
import { Following } from '../../src/session/following.svelte.ts';
import { Labels } from '../../src/session/labels.svelte.ts';
import { Run } from '../../src/session/run.svelte.ts';
import { Settings } from '../../src/session/settings.svelte.ts';
import { ShownRun } from '../../src/session/shown-run.svelte.ts';
import { StageProgress } from '../../src/session/stage.svelte.ts';
import type { Trainer } from '../../src/session/worker.ts';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('document', { documentElement: { dataset: {} } });
  vi.stubGlobal('history', { replaceState: () => undefined });
  vi.stubGlobal('location', new URL('http://localhost/'));
});

/** Something that happens when the test says so. */
function later(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((end) => (resolve = end));
  return { promise, resolve };
}

const report = (name: StageName): StageReport => ({ name, seconds: 1, tokens: 1, flop: 1, metrics: { loss: 1 } });

/** A finished run that learnt from these labels. */
function stored(preset: PresetName, labels: string, more: Partial<StoredRunReport> = {}): StoredRunReport {
  const made = { preset, base: 'shipped', labels, changes: {}, demonstrations: 0 } as const;
  const run = { preset, seed: 0, base: 'shipped', backend: 'cpu', adapter: '' } as const;
  return {
    report: { ...run, stages: STAGES.map(report) },
    made: { ...made, fingerprints: fingerprintsOf(made) },
    asked: { base: 'shipped', labels, annotators: undefined, changes: {} },
    autosaves: [],
    ...more,
  };
}

/** A page whose device opens, and whose storage is read, when the test says so. `runs`: what is stored, by preset. */
function open(runs: Partial<Record<PresetName, StoredRunReport>> = {}) {
  const device = later();
  const storage = later();
  const ends = later();
  const asked: { request: RunRequest; steps: number }[] = [];
  const nothing = (): Promise<void> => Promise.resolve();
  const trainer = {
    stored: ({ preset }: RunRequest) => storage.promise.then(() => runs[preset] ?? null),
    run: (request: RunRequest, steps: number) => {
      asked.push({ request, steps });
      return ends.promise;
    },
    checkpoints: () => Promise.resolve([]),
    ...{ follow: nothing, pause: nothing, resume: nothing, step: nothing, stop: nothing },
  } as unknown as Trainer;
  const failures = new Failures();
  const settings = new Settings('#preset=micro&lang=en');
  const checkpoints = new Checkpoints(trainer, failures);
  vi.spyOn(checkpoints, 'hasShipped').mockReturnValue(true);
  const demonstrations = { ready: Promise.resolve(), used: [], hash: 0 } as unknown as Demonstrations;
  const labels = new Labels(new Author(), failures);
  const run = new Run(trainer, settings, failures, checkpoints, demonstrations, labels, new Device(), device.promise);
  void run.load();
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  /** The device is there, and what is stored has been read. */
  const ready = (): Promise<void> => {
    device.resolve();
    storage.resolve();
    return rest();
  };
  const end = (): Promise<void> => {
    ends.resolve();
    return rest();
  };
  return { run, settings, labels, asked, rest, ready, end };
}

describe('before the device is open, and what is stored is read', () => {
  it('a run that is stopped is not begun', async () => {
    const { run, asked, rest, ready } = open();
    run.start();
    await rest();
    run.stop();
    await ready();
    expect([run.state, run.stopping, asked.length]).toEqual(['idle', false, 0]);
  });

  it('one that is paused begins paused, and one that goes on by then goes on', async () => {
    for (const [press, steps] of [
      [['pause'], 0],
      [['pause', 'start'], Infinity],
    ] as const) {
      const { run, asked, ready } = open();
      run.start();
      for (const button of press) run[button]();
      await ready();
      expect(asked.map((each) => each.steps)).toEqual([steps]);
      expect(run.state).toBe(steps === 0 ? 'paused' : 'running');
    }
  });

  it('goes on with what it learnt from', async () => {
    const { run, asked, ready } = open({ micro: stored('micro', 'simulated:polite') });
    run.start();
    await ready();
    await expect.poll(() => asked).toHaveLength(1);
    expect(asked[0]!.request).toMatchObject({ labels: 'simulated', taste: 'polite' });
    expect(run.learntFrom).toBe('simulated:polite');
  });

  it('trains the run that is shown, where the device chooses the preset', async () => {
    const { run, settings, asked, ready } = open({ small: stored('small', 'simulated:short') });
    run.start();
    settings.chosenPreset = 'small';
    void run.load();
    await ready();
    await expect.poll(() => asked).toHaveLength(1);
    expect(asked[0]!.request).toMatchObject({ preset: 'small', taste: 'short' });
    // What is shown stays, whatever is asked for.
    settings.chosenPreset = 'micro';
    await run.load();
    expect(run.report?.preset).toBe('small');
  });

  it('learns from people’s choices where that was asked for', async () => {
    const { run, asked, ready } = open({ micro: stored('micro', 'simulated:polite') });
    void run.runOnMyLabels();
    await ready();
    expect(asked[0]!.request).toMatchObject({ labels: 'person', stages: ['reward', 'ppo'] });
  });
});

describe('what is stored', () => {
  it('stays on the page while reward model and PPO wait to be trained again', async () => {
    const { run, ready, end } = open({ micro: stored('micro', 'simulated:gold') });
    await ready();
    void run.runOnMyLabels();
    await end();
    expect(run.list.map(({ state }) => state)).toEqual(STAGES.map(() => 'done'));
    expect(STAGES.filter((stage) => run.isStale(stage))).toEqual(['reward', 'ppo', 'judge']);
  });

  it('tells what a reward model that was cut off learns from', async () => {
    const labels = 'simulated:short';
    const settings = fingerprintsOf({
      preset: 'micro',
      base: 'shipped',
      labels,
      changes: {},
      demonstrations: 0,
    }).reward;
    const cut = { stage: 'reward', step: 3, steps: 9, settings, labels, gone: false } as const;
    const asked = { base: 'shipped', labels, annotators: undefined, changes: {} } as const;
    const { run, ready } = open({ micro: stored('micro', 'simulated:gold', { asked, autosaves: [cut] }) });
    await ready();
    expect([run.stages.reward.state, run.learntFrom]).toEqual(['stopped', labels]);
    expect(run.goesOn).toEqual(cut);
  });

  it('of one seed says nothing of the next, but the taste stays', async () => {
    const { run, settings, asked, labels, ready } = open();
    await ready();
    labels.taste = 'polite';
    run.startNextSeed();
    await ready();
    expect(settings.seed).toBe(1);
    expect(asked[0]!.request).toMatchObject({ seed: 1, taste: 'polite' });
  });
});

it('a stage that waits is not done in part', () => {
  const stage = new StageProgress('sft');
  stage.stopAt({ step: 60, steps: 100 });
  expect(stage.share).toBe(0.6);
  stage.clear();
  expect(stage.share).toBeNull();
});

it('another tab’s new device is not this one’s', () => {
  const heard: string[] = [];
  const following = new Following(new ShownRun(() => expect.unreachable()), new Failures(), {
    isShown: () => true,
    hear: (events) => heard.push(...events.map(({ kind }) => kind)),
    onceased: () => undefined,
  });
  const events = [{ kind: 'device_replaced' }, { kind: 'stage_started' }] as never;
  following.happened({ kind: 'followed', run: 'micro-0', events });
  expect(heard).toEqual(['stage_started']);
});
