/** What goes wrong is said, with name and place, and nothing that was stored is touched. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { fingerprintsOf } from '../../src/core/fingerprints.ts';
import { PRESETS } from '../../src/core/presets.ts';
import type { DeviceReport, PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import { encodeSafetensors } from '../../src/core/safetensors.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { runPipeline } from '../../workers/pipeline/run.ts';
import type { RunStore } from '../../workers/pipeline/store.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { pull } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 5, stages: ['base', 'sft'], base: 'train', labels: 'simulated' };
let device: DeviceReport;
let engine: Engine;

beforeAll(async () => {
  const opened = await openNodeEngine('wasm');
  device = opened.device;
  engine = opened.engine;
});

async function filesOf(store: RunStore): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const key of await store.keys()) files.set(key, Buffer.from((await store.read(key))!).toString('base64'));
  return files;
}

describe('a loss that is not a number', () => {
  test('stops the stage, says so, and keeps the last good snapshot', async () => {
    const store = memoryStore();
    let calls = 0;
    // The model has one layer, so one call a forward pass: pass 8 goes wrong.
    if (!(engine instanceof PlainEngine)) throw new Error('expected the plain engine');
    const { ops } = engine;
    const broken = new PlainEngine({
      ...ops,
      gelu: (x) => (++calls < 8 ? ops.gelu(x) : tf.mul(ops.gelu(x), NaN)),
    });
    const run = (with_: Engine): AsyncGenerator<PipelineEvent> =>
      runPipeline({ request, engine: with_, device, store, loadShipped, snapshotSeconds: 0 });
    const events: PipelineEvent[] = [];
    for await (const event of run(broken)) events.push(event);
    expect(events.at(-1)).toMatchObject({ kind: 'stage_failed', stage: 'base', step: 7, keptStep: 7 });
    expect(JSON.stringify(events.at(-1))).toContain('NaN');

    const after: PipelineEvent[] = [];
    for await (const event of run(engine)) after.push(event);
    expect(after[0]).toMatchObject({ kind: 'stage_started', stage: 'base', resumedAt: 7 });
    expect(after.at(-1)).toMatchObject({ kind: 'run_done' });
  });
});

describe('an abort signal', () => {
  test('ends the run after the step, with a snapshot', async () => {
    const store = memoryStore();
    const abort = new AbortController();
    const options = { request, engine, device, store, loadShipped, snapshotSeconds: Infinity, signal: abort.signal };
    let steps = 0;
    for await (const event of runPipeline(options)) if (event.kind === 'progress' && ++steps === 3) abort.abort();
    expect(steps).toBe(3);
    expect(await store.keys()).toContain('base.snapshot.safetensors');
  });
});

describe('stored files', () => {
  let whole: RunStore;
  beforeAll(async () => {
    whole = memoryStore();
    await pull(whole, request);
  });

  /** The finished run with one file replaced. */
  const damaged = async (key: string, bytes: Uint8Array): Promise<RunStore> => {
    const store = memoryStore();
    for (const each of await whole.keys()) await store.write(each, (await whole.read(each))!);
    await store.write(key, bytes);
    return store;
  };
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const json = async (change: (record: Record<string, unknown>) => void): Promise<Uint8Array> => {
    const record = JSON.parse(new TextDecoder().decode((await whole.read('run.json'))!)) as Record<string, unknown>;
    change(record);
    return text(JSON.stringify(record));
  };

  test.each<[string, string, () => Promise<Uint8Array>, string]>([
    [
      'sft.safetensors',
      'a truncated file',
      async () => (await whole.read('sft.safetensors'))!.slice(0, 5000),
      'sft.safetensors',
    ],
    [
      'sft.safetensors',
      'a weight that changed',
      async () => {
        const bytes = (await whole.read('sft.safetensors'))!.slice();
        bytes[bytes.length - 4]! ^= 1;
        return bytes;
      },
      'it is damaged',
    ],
    [
      'sft.safetensors',
      "another program's file",
      () => Promise.resolve(encodeSafetensors({ w: { dtype: 'F32', shape: [1], data: new Float32Array(1) } })),
      'sft.safetensors: not written by this project',
    ],
    [
      'sft.safetensors',
      'a later version',
      () => Promise.resolve(encodeSafetensors({}, { rlhf_playground: '9', kind: 'checkpoint' })),
      'sft.safetensors: version "9" of the format is unknown',
    ],
    ['run.json', 'no JSON', () => Promise.resolve(text('{')), 'run.json: record: not JSON'],
    ['run.json', 'a later version', () => json((record) => (record['version'] = 2)), 'run.json: version'],
    [
      'run.json',
      'other settings',
      () => json((record) => (record['settings'] = { base: 1, sft: 2 })),
      'run.json: the base stage was run with other settings of nano',
    ],
    [
      'run.json',
      'a knob that is none',
      () => json((record) => (record['changes'] = { 'sft.speed': 2 })),
      'run.json: changes: "sft.speed" is no knob',
    ],
    ['preferences.jsonl', 'a bad line', () => Promise.resolve(text('{"version":1}\n')), 'preferences.jsonl, line 1'],
  ])('%s with %s is refused', async (key, _what, make, message) => {
    const store = await damaged(key, await make());
    const before = await filesOf(store);
    const next: RunRequest = {
      ...request,
      stages: ['reward'],
      labels: key.startsWith('pref') ? 'person' : 'simulated',
    };
    await expect(pull(store, next)).rejects.toThrow(message);
    expect(await filesOf(store)).toEqual(before);
  });

  test('of another size of model are refused', async () => {
    const { base } = fingerprintsOf({ ...request, preset: 'micro', labels: '', changes: {}, demonstrations: 0 });
    const record = await json((each) => {
      const { stages, ...report } = each['report'] as RunReport;
      each['settings'] = { base };
      each['report'] = { ...report, preset: 'micro', stages: stages.slice(0, 1) };
    });
    const store = await damaged('run.json', record);
    const micro: RunRequest = { ...request, preset: 'micro', stages: ['sft'] };
    await expect(pull(store, micro)).rejects.toThrow(
      `base.safetensors: made for n_layer ${PRESETS.nano.n_layer}, but preset micro needs ${PRESETS.micro.n_layer}`,
    );
  });

  test('a record written on Windows, with \\r\\n, is still read', async () => {
    const store = await damaged('run.json', await json(() => undefined));
    const bytes = (await store.read('run.json'))!;
    await store.write('run.json', text(new TextDecoder().decode(bytes).replaceAll('\n', '\r\n')));
    await expect(pull(store, request)).resolves.toBeTruthy();
  });
});
