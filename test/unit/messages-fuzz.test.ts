/** The door between page and workers: requests as the worker takes them, events as the page does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takenEvents } from '../../src/core/events.ts';
import type { TrainerApi } from '../../src/core/protocol.ts';
import type { ArchiveApi } from '../../src/core/archive-protocol.ts';
import { ARCHIVE_REQUESTS, RequestError, TRAINER_REQUESTS, checked } from '../../src/core/requests.ts';
import { PATIENCE, SOME, anyJson, anyName, forAny, forAnyAsync, nearly, outcomeOfAsync } from './fuzz.ts';

const heard = (): void => undefined;
const run = { preset: 'micro', seed: 3 };
const checkpoint = 'small-0/sft.safetensors';
const demonstration = {
  version: 1,
  id: 'a',
  world: 'micro',
  task: 'qa',
  prompt: 'x',
  response: 'y',
  by: 'z',
  at: '2026-03-02T09:30:00Z',
};
/** Arguments that every method takes; a function stands at the end where one is asked for. */
const good: Record<keyof TrainerApi, unknown[]> = {
  open: [{ build: '1', backend: 'auto', page: 'http://localhost/#seed=1' }, heard],
  run: [
    {
      ...run,
      stages: ['base', 'judge'],
      base: 'shipped',
      labels: 'person',
      taste: 'gold',
      annotators: ['mia'],
      changes: { 'ppo.kl_coef': 0.2, 'ppo.kl_target': null },
      demonstrations: [demonstration],
    },
    Infinity,
  ],
  pause: [],
  keep: [],
  resume: [],
  step: [],
  setDuty: [0.5],
  stop: [],
  checkpoints: [],
  importCheckpoint: ['x.safetensors', new Blob(['x'])],
  exportCheckpoint: [checkpoint],
  stored: [run],
  follow: [run],
  chat: [{ checkpoint, prompt: 'say yes', temperature: 0, topP: 1, seed: 1 }, heard],
  stopChats: [],
  prompting: [{ checkpoint: 'micro.sft.safetensors', prompts: ['x', ''], temperature: 1, seed: 1 }],
  scoreAnswers: [{ checkpoint, prompt: 'x', answers: ['y'] }],
  countLabels: [run, heard],
  stopCounting: [],
  propose: [{ ...run, number: 0, count: 2 }],
};
const methods = Object.keys(good) as (keyof TrainerApi)[];

/** A worker that only notes what it was asked. */
function worker(): { api: TrainerApi; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const answer = (...args: unknown[]): Promise<unknown> => Promise.resolve(asked.push(args));
  const api = Object.fromEntries(methods.map((name) => [name, answer])) as unknown as TrainerApi;
  return { api: checked(api, TRAINER_REQUESTS), asked };
}

describe('a request', () => {
  it.each(methods)('%s is done with the arguments as they came', async (name) => {
    const { api, asked } = worker();
    await (api[name] as (...args: unknown[]) => Promise<unknown>)(...good[name]);
    expect(asked).toEqual([good[name]]);
    expect(asked[0]?.[0]).toBe(good[name][0]);
  });

  it(
    'is done whole, or refused by method and field',
    async () => {
      const any = fc.constantFrom(...methods).chain((name) => {
        const data = good[name].filter((each) => typeof each !== 'function' && !(each instanceof Blob));
        const rest = good[name].slice(data.length);
        return fc
          .oneof(nearly(data), fc.array(anyJson, { maxLength: 3 }))
          .filter(Array.isArray)
          .map((args: unknown[]) => ({ name, args: [...args, ...rest] }));
      });
      const seen = { done: 0, refused: 0 };
      await forAnyAsync(any, async ({ name, args }) => {
        const { api, asked } = worker();
        const method = (...all: unknown[]) => (api[name] as (...all: unknown[]) => Promise<unknown>)(...all);
        const outcome = await outcomeOfAsync(() => method(...args), RequestError, new RegExp(`^${name}: .+: `, 's'));
        if ('message' in outcome) seen.refused++;
        else seen.done++;
        expect(asked.length).toBe('message' in outcome ? 0 : 1);
      });
      expect(Math.min(seen.done, seen.refused)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );

  it.each([
    '..',
    '.',
    '',
    '../x',
    'a/..',
    '../b',
    'a/b/c',
    'a\\b',
    'x?y',
    '%2e%2e',
    'a/\u0000',
    `a/${'x'.repeat(300)}`,
    '/b',
    'a/',
  ])('for the key %j goes nowhere', async (key) => {
    const { api, asked } = worker();
    await expect(api.exportCheckpoint(key)).rejects.toThrow('exportCheckpoint: 0: no key');
    expect(asked).toEqual([]);
  });

  it('to take in a file of 1 GB is refused by its size', async () => {
    const file = new Blob(['x']);
    Object.defineProperty(file, 'size', { value: 2 ** 30 });
    await expect(worker().api.importCheckpoint('x', file)).rejects.toThrow(
      'importCheckpoint: 1: more than 134217728 bytes',
    );
  });

  it('has no methods but those of the protocol', () => {
    const { api } = worker();
    expect(Object.keys(api).sort()).toEqual([...methods].sort());
  });
});

describe('a request to the worker of archives', () => {
  const all: [keyof ArchiveApi, unknown[]][] = [
    ['hear', [heard]],
    ['pack', [{ keys: [['small-0', 'sft.safetensors']], settings: { 'rlhf-playground.theme': 'dark' } }, heard]],
    ['open', [new Blob(['x']), heard]],
    ['take', [{ 'small-0': 'take', constructor: 'skip' }, heard, heard]],
  ];
  const asked: unknown[][] = [];
  const answer = (...args: unknown[]): Promise<unknown> => Promise.resolve(asked.push(args));
  const api = checked(
    Object.fromEntries(all.map(([name]) => [name, answer])) as unknown as ArchiveApi,
    ARCHIVE_REQUESTS,
  );
  const ask = (name: keyof ArchiveApi, args: unknown[]): Promise<unknown> =>
    (api[name] as (...args: unknown[]) => Promise<unknown>)(...args);

  it.each(all)('%s is done with the arguments as they came', async (name, args) => {
    await ask(name, args);
    expect(asked.at(-1)).toEqual(args);
  });

  it(
    'is done whole, or refused by method and field',
    async () => {
      const any = fc
        .constantFrom(...all)
        .filter(([name]) => name !== 'hear' && name !== 'open')
        .chain(([name, [first, ...rest]]) =>
          fc.oneof(nearly(first), anyJson).map((own) => ({ name, args: [own, ...rest] })),
        );
      const seen = { done: 0, refused: 0 };
      await forAnyAsync(any, async ({ name, args }) => {
        const before = asked.length;
        const outcome = await outcomeOfAsync(() => ask(name, args), RequestError, new RegExp(`^${name}: .+: `, 's'));
        if ('message' in outcome) seen.refused++;
        else seen.done++;
        expect(asked.length - before).toBe('message' in outcome ? 0 : 1);
      });
      expect(Math.min(seen.done, seen.refused)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );

  it.each([[[['..', 'x']]], [[['small-0', '../x']]], [[['small-0']]], [null]])(
    'for the keys %j packs nothing',
    async (keys) => {
      await expect(ask('pack', [{ keys, settings: {} }, heard])).rejects.toThrow('pack: 0.keys');
    },
  );
});

describe('an event', () => {
  const costs = { steps: 4, seconds: 1, tokens: 2, flop: 3 };
  const column = new Float32Array(3);
  const list = new Float32Array(2);
  const recorded = {
    kind: 'recorded',
    stage: 'ppo',
    record: {
      iteration: 1,
      step: 2,
      settings: {},
      asked: [{}, {}],
      rawScores: list,
      scores: list,
      ended: [true, false],
      starts: new Int32Array([0, 1, 3]),
      tokens: new Int32Array(3),
      oldLogprobs: column,
      refLogprobs: column,
      rewards: column,
      values: column,
      advantages: column,
      whitened: column,
      returns: column,
      epochs: [{ minibatch: new Int32Array(2), logprobs: column, values: column }],
      after: { logprobs: column, values: column },
    },
  };
  const events = [
    { kind: 'stage_started', stage: 'sft', resumedAt: 0 },
    { kind: 'progress', stage: 'sft', step: 1, ...costs, metrics: { loss: 1, other: NaN } },
    { kind: 'samples', stage: 'sft', step: 1, samples: [{}] },
    { kind: 'stage_done', stage: 'sft', report: {}, run: {}, fingerprints: {} },
    { kind: 'stage_failed', stage: 'sft', step: 1, message: 'x', keptStep: null },
    { kind: 'run_done', run: {} },
    { kind: 'memory', bytes: 1, arrays: 3, budget: 2 },
    { kind: 'memory', bytes: 1, arrays: 3, budget: null },
    { kind: 'set_aside', file: 'x', message: 'y' },
    { kind: 'other_device', stage: 'sft', before: {}, now: {} },
    { kind: 'storage_full', bytes: 1, message: 'x' },
    { kind: 'elsewhere', run: 'nano-0', state: null },
    { kind: 'followed', run: 'nano-0', events: [{ kind: 'run_done', run: {} }] },
    {
      kind: 'caught_up',
      run: 'nano-0',
      drawings: {
        sft: { steps: [1], tokens: [2], seconds: [3], columns: { loss: [NaN] }, samples: null, progress: null },
      },
      iterations: [recorded.record],
    },
    { kind: 'device_problem', problem: 'gpu_error', message: 'x' },
  ];

  it('is taken as it came', () => {
    const problems: string[] = [];
    const all = [...events, recorded];
    expect(takenEvents(all, (message) => problems.push(message))).toEqual(all);
    expect(problems).toEqual([]);
  });

  it(
    'is taken, or named; the others of its batch stay',
    () => {
      const batch = fc.array(fc.oneof(...events.map(nearly), anyJson), { maxLength: 4 });
      forAny(fc.oneof(batch, anyJson), (value) => {
        const problems: string[] = [];
        const taken = takenEvents(value, (message) => problems.push(message));
        if (Array.isArray(value)) expect(taken.length + problems.length).toBe(value.length);
        for (const message of problems) expect(message).toMatch(/^the worker sent .{3,600}$/u);
        for (const event of taken) expect(value).toContain(event);
      });
    },
    PATIENCE,
  );

  it.each(['tokens', 'starts', 'rewards', 'scores', 'ended', 'asked', 'epochs', 'after'])(
    'of a recording with other %s is not',
    (field) => {
      const record = {
        ...recorded.record,
        [field]:
          field === 'epochs'
            ? [{ minibatch: list, logprobs: list, values: list }]
            : field === 'after'
              ? { logprobs: list, values: list }
              : new Float32Array(7),
      };
      const problems: string[] = [];
      expect(takenEvents([{ ...recorded, record }], (message) => problems.push(message))).toEqual([]);
      expect(problems).toEqual(['the worker sent "recorded": record: arrays of different lengths']);
    },
  );

  it.each([[[]], [{}], [{ steps: 3, columns: {} }], [{ steps: [], columns: [3] }], [null]])(
    'that brings curves which are none, %j, is not taken',
    (sft) => {
      const problems: string[] = [];
      const event = { kind: 'caught_up', run: 'nano-0', drawings: { sft }, iterations: [] };
      expect(takenEvents([event], (message) => problems.push(message))).toEqual([]);
      expect(problems).toHaveLength(1);
    },
  );

  it(
    'of no kind is not looked up where every object has something',
    () => {
      forAny(anyName, (kind) => {
        const problems: string[] = [];
        takenEvents([{ kind, stage: kind }], (message) => problems.push(message));
        expect(problems).toHaveLength(1);
      });
    },
    PATIENCE,
  );
});
