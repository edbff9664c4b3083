/** What a run shows while it trains is what the model really does, and changes nothing of what is learnt. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import { type RunReport, STAGES } from '../../src/core/reports.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { continuationsDue } from '../../workers/pipeline/continuations.ts';
import { type RunOptions, runPipeline } from '../../workers/pipeline/run.ts';
import { figuresOf } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 4, stages: STAGES, base: 'train', labels: 'simulated' };

interface Run {
  events: PipelineEvent[];
  report: RunReport;
  hashes: string[];
}

async function run(sampleEvery?: RunOptions['sampleEvery']): Promise<Run> {
  const store = memoryStore();
  const opened = await openNodeEngine('wasm');
  const events: PipelineEvent[] = [];
  const options = { request, ...opened, store, loadShipped, snapshotSeconds: Infinity, sampleEvery };
  for await (const event of runPipeline(options)) events.push(event);
  const done = events.at(-1);
  if (done?.kind !== 'run_done') throw new Error('the run did not end');
  const files = ['base', 'sft', 'reward', 'ppo'].map((stage) => `${stage}.safetensors`);
  const hashes = files.map(async (file) => decodeCheckpoint((await store.read(file)) as Uint8Array, file).hash);
  return { events, report: done.run, hashes: await Promise.all(hashes) };
}

const pick = <K extends PipelineEvent['kind']>(events: readonly PipelineEvent[], kind: K) =>
  events.filter((event): event is Extract<PipelineEvent, { kind: K }> => event.kind === kind);

describe('a run that shows what it does', () => {
  let shown: Run;
  beforeAll(async () => {
    shown = await run({ base: 3, sft: 4, ppo: 1 });
  });

  test('learns the same, at the same costs, as one that shows nothing', async () => {
    const silent = await run();
    expect(shown.hashes).toEqual(silent.hashes);
    expect(figuresOf(shown.report)).toEqual(figuresOf(silent.report));
    expect(pick(silent.events, 'continuations')).toEqual([]);
    expect(pick(silent.events, 'token_losses')).toEqual([]);
    expect(pick(silent.events, 'recorded')).toEqual([]);
    expect(pick(shown.events, 'recorded').map(({ record }) => record.iteration)).toEqual([1, 2]);
  });

  test('lets the base model write: twice from nothing, three times from the beginnings of documents', () => {
    const events = pick(shown.events, 'continuations');
    expect(events.map(({ step }) => step)).toEqual([1, 3, 6, 9, 12]);
    for (const { continuations } of events) {
      const lengths = continuations.map(({ prompt }) => (prompt === '' ? 0 : prompt.split(' ').length));
      expect(lengths.slice(0, 2)).toEqual([0, 0]);
      for (const length of lengths.slice(2)) expect([2, 3]).toContain(length);
      for (const { text } of continuations) expect(text.split(' ').length).toBeLessThanOrEqual(16);
    }
    const prompts = events.map(({ continuations }) => continuations.map(({ prompt }) => prompt));
    expect(new Set(prompts.map((each) => each.join('|'))).size).toBe(1);
  });

  test('tells the loss of every token that bears one', () => {
    const events = pick(shown.events, 'token_losses');
    expect(events.map(({ step }) => step)).toEqual([4, 8, 12]);
    for (const { rows } of events) {
      expect(rows.map(({ replay }) => replay)).toEqual([false, false, false, true]);
      for (const { prompt, response, losses, replay } of rows) {
        expect(losses).toHaveLength(response.length);
        for (const loss of losses) expect(loss).toBeGreaterThan(0);
        expect([prompt[0], prompt.length > 1]).toEqual(['<bos>', !replay]);
        expect(response.at(-1) === '<eos>').toBe(!replay);
      }
      expect(rows[2]?.response.join(' ')).toBe('i do not know . <eos>');
    }
    // The rows stay the same; what the model makes of them does not.
    const [first, , last] = events.map(({ rows }) => rows);
    expect(last?.map(({ response }) => response)).toEqual(first?.map(({ response }) => response));
    expect(last?.map(({ losses }) => losses)).not.toEqual(first?.map(({ losses }) => losses));
  });

  test('measures exact match ten times at most while it trains, and charges for it', () => {
    const steps = pick(shown.events, 'progress').filter(({ stage }) => stage === 'sft');
    const measured = steps.filter(({ metrics }) => 'exact_match' in metrics);
    expect(measured.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10]);
    for (const { metrics } of measured)
      expect(Object.keys(metrics).filter((name) => name.startsWith('exact_match'))).toEqual([
        'exact_match',
        'exact_match/unseen_templates',
      ]);
    const grown = (step: number): number => steps[step - 1]!.tokens - (steps[step - 2]?.tokens ?? 0);
    expect(grown(2)).toBeGreaterThan(2 * grown(1));
    expect(shown.report.stages.find(({ name }) => name === 'sft')?.metrics).not.toHaveProperty('exact_match');
  });
});

test('the texts of the base model grow rarer as it changes less', () => {
  const due = Array.from({ length: 2500 }, (_, i) => i + 1).filter((step) => continuationsDue(step, 2500, 25));
  expect(due.slice(0, 5)).toEqual([1, 25, 50, 75, 100]);
  expect(due.length).toBeGreaterThan(25);
  expect(due.length).toBeLessThan(50);
  expect(due.at(-1)).toBe(2500);
  expect(continuationsDue(25, 2500, 0)).toBe(false);
});
