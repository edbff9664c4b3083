/** The door of what is stored: records and files of the browser's storage, the list of what is shipped, and run.json. */
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SUMMED, sumsOf } from '../../src/core/microscope-sums.ts';
import { type Tensor, encodeSafetensors } from '../../src/core/safetensors.ts';
import {
  ShippedFiles,
  StorageError,
  StoredRun,
  cardOf,
  listFiles,
  readDamaged,
  readJson,
  removeDamaged,
} from '../../src/storage/index.ts';
import type { FileRecord } from '../../src/storage/database.ts';
import { loadDrawings } from '../../src/storage/drawings.ts';
import { loadLabelCounts } from '../../src/storage/label-counts.ts';
import { loadRecordings } from '../../src/storage/microscope.ts';
import { predictionsSchema } from '../../src/core/predictions.ts';
import { STAGES } from '../../src/core/reports.ts';
import { readRecord, recordFiles } from '../../workers/pipeline/record.ts';
import { LaterVersionError, type RunStore } from '../../workers/pipeline/store.ts';
import {
  PATIENCE,
  SOME,
  anyJson,
  forAny,
  forAnyAsync,
  jsonOf,
  nearly,
  nearlyBytes,
  nearlyText,
  outcomeOf,
  outcomeOfAsync,
} from './fuzz.ts';

const config = { n_layer: 1, n_head: 1, n_embd: 2, vocab_size: 3, n_positions: 4, layer_norm_epsilon: 1e-5 };
const card = { preset: 'nano', stage: 'sft', seed: 1, data: 'x', steps: 1, tokens: 2, flop: 3, scores: { loss: 0.5 } };
const notes = { kind: 'checkpoint', card: JSON.stringify(card), config: JSON.stringify(config), hash: 'abc' };
const record: FileRecord = { version: 1, run: 'nano-1', name: 'x', bytes: 3, saved: 5, notes, title: 'x', note: 'y' };

afterEach(() => vi.unstubAllGlobals());

/** Everything in the stores, but for one key. */
async function others(key: readonly [string, string]): Promise<string> {
  const db = await openDB('rlhf-playground');
  const contents: string[] = [];
  for (const store of ['files', 'blobs'] as const)
    for (const each of await db.getAllKeys(store))
      if (JSON.stringify(each) !== JSON.stringify(key))
        contents.push(`${store} ${JSON.stringify(each)} ${JSON.stringify(await db.get(store, each))}`);
  db.close();
  return contents.join('\n');
}

async function tamper(store: 'files' | 'blobs', key: [string, string], value: unknown): Promise<void> {
  const db = await openDB('rlhf-playground');
  await db.put(store, value, key);
  db.close();
}

/** What was set aside, byte for byte; afterwards nothing is. */
async function takeAside(): Promise<Uint8Array[]> {
  const { damaged } = await listFiles();
  const keys = damaged.flatMap(({ run, aside }): [string, string][] => (aside ? [[run, aside.name]] : []));
  const contents = await Promise.all(keys.map((key) => readDamaged(key)));
  await removeDamaged(keys);
  return contents.flatMap((bytes) => bytes ?? []);
}

describe('a record in the storage', () => {
  it(
    'is read, or set apart by name; all others stay as they are, and are found',
    async () => {
      await new StoredRun('nano-1').write('good.bin', new Uint8Array([1, 2, 3]));
      await new StoredRun('nano-2').write('good.bin', new Uint8Array([4]));
      const key: [string, string] = ['nano-1', 'x'];
      const bytes = new Uint8Array([1, 2, 3]);
      const before = await others(key);
      await forAnyAsync(fc.oneof(nearly(record), anyJson), async (value) => {
        await tamper('files', key, value);
        await tamper('blobs', key, bytes);
        const { files, damaged } = await listFiles();
        expect(files.filter(({ name }) => name === 'good.bin')).toHaveLength(2);
        expect(files.length + damaged.length).toBeGreaterThanOrEqual(3);
        for (const file of files) {
          const outcome = outcomeOf(() => cardOf(file), StorageError, 'stored file "');
          if ('value' in outcome && outcome.value) expect(outcome.value.config.n_layer).toBeLessThanOrEqual(128);
          expect(new Date(file.saved).getTime()).toBe(Math.trunc(file.saved) + 0);
        }
        await outcomeOfAsync(() => new StoredRun('nano-1').read('x'), StorageError, 'nano-1/x');
        const isHere = (await listFiles()).files.some(({ run, name }) => run === 'nano-1' && name === 'x');
        const isNewer = damaged.some(({ aside }) => aside === null);
        expect(await takeAside()).toEqual(isHere || isNewer ? [] : [bytes]);
        expect(await new StoredRun('nano-1').read('good.bin')).toEqual(new Uint8Array([1, 2, 3]));
        expect(await others(key)).toBe(before);
      });
    },
    PATIENCE,
  );

  it(
    'has a card that is read, or refused by field',
    () => {
      const any = fc
        .oneof(nearly(card), anyJson)
        .chain((own) =>
          fc.oneof(nearly(config), anyJson).map((sizes) => ({ ...notes, card: jsonOf(own), config: jsonOf(sizes) })),
        );
      forAny(any, (own) => {
        outcomeOf(() => cardOf({ ...record, notes: own }), StorageError, /^stored file "nano-1\/x": (card|config)/);
      });
    },
    PATIENCE,
  );

  it.each([
    [
      'a model that would take for ever to count',
      { ...notes, config: JSON.stringify({ ...config, n_layer: 1e9 }) },
      'config.n_layer',
    ],
    ['a card that is deep', { ...notes, card: '['.repeat(1000) }, 'card: not JSON: nested'],
  ])('is refused with %s', (_, own, message) => {
    expect(() => cardOf({ ...record, notes: own })).toThrow(message);
  });
});

describe('a file of the storage', () => {
  const rate = { rate: 0.5, low: 0.25, high: 0.75, n: 12 };
  const point = { labels: 3, familiar: rate, new_names: rate, left_out: null };
  const progress = {
    kind: 'progress',
    stage: 'sft',
    step: 1,
    steps: 2,
    seconds: 1,
    tokens: 2,
    flop: 3,
    metrics: { loss: 1 },
  };
  const said = { text: 'x', ended: true, verdict: { gold: 1 } };
  const sample = { example: { prompt: 'x', answer: 'y' }, before: said, after: said };
  const drawing = { steps: [1, 2], columns: { loss: [1, null] }, samples: { step: 1, samples: [sample] }, progress };
  const files: [name: string, value: unknown, load: () => Promise<unknown>][] = [
    ['drawings.json', { version: 1, stages: { sft: drawing } }, () => loadDrawings('nano-1')],
    [
      'label-counts.json',
      { version: 1, model: 'a', labels: 'b', counts: [3], points: [point], whole: point, complete: false },
      () => loadLabelCounts('nano-1'),
    ],
    [
      'predictions.json',
      {
        version: 1,
        answers: [
          { question: 'base.loss', answer: 'below_1', at: 5 },
          { question: 'reward.accuracy', answer: 0.5, at: 6 },
        ],
      },
      () => readJson('nano-1', 'predictions.json', predictionsSchema),
    ],
  ];

  it.each(files)(
    '%s is read, or refused by name and field; the others stay as they are',
    async (name, value, load) => {
      const write = (text: string): Promise<void> =>
        new StoredRun('nano-1').write(name, new TextEncoder().encode(text));
      await new StoredRun('nano-2').write(name, new Uint8Array([4]));
      await write(jsonOf(value));
      expect(await load()).not.toBeNull();
      const before = await others(['nano-1', name]);
      const any = fc.oneof(nearly(value).map(jsonOf), nearlyText(jsonOf(value)), anyJson.map(jsonOf));
      const seen = { read: 0, refused: 0 };
      await forAnyAsync(any, async (text) => {
        await write(text);
        const outcome = await outcomeOfAsync(load, StorageError, `stored file "nano-1/${name}"`);
        if ('message' in outcome) seen.refused++;
        else seen.read++;
        // Nothing of it is lost: it lies where it lay, or aside.
        const here = await new StoredRun('nano-1').read(name);
        const [kept = here, ...more] = await takeAside();
        expect(Buffer.compare(kept!, new TextEncoder().encode(text))).toBe(0);
        expect(more).toEqual([]);
      });
      expect(await others(['nano-1', name])).toBe(before);
      expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );

  it(
    'that holds recordings is read, or refused by name',
    async () => {
      const settings = {
        kl_coef: 1,
        missing_eos_penalty: 1,
        gamma: 1,
        lambda: 1,
        cliprange: 1,
        cliprange_value: null,
        calibration: { mean: 0, std: 1 },
      };
      const head = {
        iteration: 1,
        step: 2,
        epochs: 1,
        settings,
        asked: [{ task: 'qa', prompt: 'x', answer: 'y', unknowable: false }],
        ended: [true],
      };
      const anyIndex = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -2, max: 2 }));
      const column = (length: number) => ({ dtype: 'F32' as const, shape: [length], data: new Float32Array(length) });
      const index = (...data: number[]) => ({
        dtype: 'I32' as const,
        shape: [data.length],
        data: new Int32Array(data),
      });
      const tensors = {
        '1.figures': column(22),
        '1.scores': column(2),
        '1.starts': index(0, 2),
        '1.tokens': index(5, 6),
        '1.minibatches': index(0),
      };
      const encode = (iterations: string, others: Record<string, Tensor> = {}): Uint8Array =>
        encodeSafetensors({ ...tensors, ...others }, { kind: 'microscope', version: '1', iterations });
      const good = encode(JSON.stringify([head]));
      const any = fc.oneof(
        nearlyBytes(good),
        nearly([head]).map((heads) => encode(jsonOf(heads))),
        fc
          .record({
            '1.minibatches': fc.array(anyIndex, { minLength: 1, maxLength: 2 }),
            '1.tokens': fc.array(anyIndex),
          })
          .map((each) => {
            const others = Object.entries(each).map(([name, data]) => [name, index(...data)]);
            return encode(JSON.stringify([head]), Object.fromEntries(others) as Record<string, Tensor>);
          }),
      );
      const seen = { shown: 0, refused: 0 };
      await forAnyAsync(any, async (bytes) => {
        await new StoredRun('nano-1').write('ppo.microscope.safetensors', bytes);
        const file = 'nano-1/ppo.microscope.safetensors';
        const outcome = await outcomeOfAsync(() => loadRecordings('nano-1'), StorageError, file);
        if ('message' in outcome) seen.refused++;
        else {
          seen.shown++;
          // What is read can be counted through, whatever stands in it.
          for (const record of outcome.value) expect(sumsOf(record, String)).toHaveLength(SUMMED.length);
        }
        await takeAside();
      });
      expect(Math.min(seen.shown, seen.refused)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );
});

describe('the list of what is shipped', () => {
  const shipped = {
    ...card,
    file: 'micro.sft.safetensors',
    parameters: 5,
    bytes: 6,
    hash: 'abc',
    parent: null,
    config,
  };
  const index = { version: 1, checkpoints: [shipped] };
  const answering = (text: string): ShippedFiles => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(text)));
    return new ShippedFiles('http://localhost/folder/');
  };

  it(
    'is read, or refused by name and field',
    async () => {
      expect(await answering(jsonOf(index)).list()).toHaveLength(1);
      const any = fc.oneof(nearly(index).map(jsonOf), nearlyText(jsonOf(index)), anyJson.map(jsonOf));
      await forAnyAsync(any, async (text) => {
        try {
          for (const { key } of await answering(text).list()) expect(key).toMatch(/^[\w~-][\w.~-]*$/);
        } catch (error) {
          expect((error as Error).name).toBe('DownloadError');
          expect((error as Error).message).toMatch(/^checkpoints\/index\.json: .+: /s);
        }
      });
    },
    PATIENCE,
  );

  it.each(['..', '../x', '%2e%2e', 'a?b', 'http://x/'])('has no file %j', async (name) => {
    await expect(answering('x').load(name)).rejects.toThrow('is no name of a shipped file');
  });

  it('is not read when it is too long', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('x', { headers: { 'content-length': '1000000000' } })));
    await expect(new ShippedFiles('http://localhost/').list()).rejects.toThrow('1000000000 bytes; at most 2000000');
  });
});

describe('run.json', () => {
  const rate = { rate: 0.5, low: 0.25, high: 0.75, n: 12 };
  const stage = { name: 'sft', seconds: 1, tokens: 2, flop: 3, metrics: { loss: 1, other: null } };
  const sft = {
    exact_match: {
      mean: 0.5,
      unseen_templates: 0.5,
      unseen_tasks: null,
      unseen_clusters: null,
      by_task: { qa: 1 },
      by_task_unseen_templates: {},
    },
    base_prompting: { plain: 0, wrapper: 0, few_shot: 0 },
  };
  const probes = [
    'clean_over_rude',
    'refusal_over_made_up',
    'right_over_refusal',
    'polite_over_plain',
    'plain_over_verbose',
  ];
  const reward = {
    accuracy: { familiar: rate, new_names: rate },
    probes: Object.fromEntries(probes.map((name) => [name, rate])),
  };
  const value = {
    version: 1,
    settings: { sft: 7 },
    labels: 'simulated:gold',
    changes: { 'ppo.kl_target': null },
    demonstrations: 0,
    asked: { base: 'train', labels: 'person:1:2', annotators: ['mia'], changes: { 'ppo.kl_coef': 1 } },
    later: { kept: true },
    report: { preset: 'nano', seed: 1, base: 'train', backend: 'wasm', adapter: 'x', stages: [stage], sft, reward },
  };
  /** Holds one file, and must not be written to. */
  const holding = (text: string): RunStore => ({
    read: () => Promise.resolve(new TextEncoder().encode(text)),
    write: () => Promise.reject(new Error('it was written')),
    writeAll: () => Promise.reject(new Error('it was written')),
    remove: () => Promise.reject(new Error('it was removed')),
    keys: () => Promise.resolve(['run.json']),
  });

  it('comes back with all that it holds', async () => {
    expect(await readRecord(holding(JSON.stringify(value)))).toEqual(value);
  });

  /** Null for what says that it is of a later version, and is left to that. */
  const read = (text: string): ReturnType<typeof readRecord> =>
    readRecord(holding(text)).catch((error: unknown) => {
      if (error instanceof LaterVersionError) return null;
      throw error;
    });

  it(
    'is read, or refused by field',
    async () => {
      const any = fc.oneof(nearly(value).map(jsonOf), nearlyText(jsonOf(value)), anyJson.map(jsonOf));
      await forAnyAsync(any, async (text) => {
        const outcome = await outcomeOfAsync(() => read(text), Error, /^run\.json: .+: /s);
        if ('message' in outcome || outcome.value === null) return;
        const [[, written]] = recordFiles(outcome.value);
        expect(await readRecord(holding(new TextDecoder().decode(written)))).toEqual(outcome.value);
        expect(outcome.value.report.stages.every(({ name }) => STAGES.includes(name))).toBe(true);
      });
    },
    PATIENCE,
  );
});
