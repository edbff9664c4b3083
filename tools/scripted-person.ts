/** A person with one taste, scripted: sees pairs from the arena, presses a key, and trains on those choices alone. */
import { type Taste, tasteScore } from '../src/core/data/labellers.ts';
import { formatJsonLines } from '../src/core/data/json-lines.ts';
import { type Choice, type Preference, ranksOf, teaches } from '../src/core/data/preferences.ts';
import type { DeviceReport, Proposal, RunRequest } from '../src/core/protocol.ts';
import type { JudgeReport } from '../src/core/reports.ts';
import type { Engine } from '../workers/engine/engine.ts';
import { propose } from '../workers/pipeline/arena.ts';
import { runPipeline } from '../workers/pipeline/run.ts';
import { PREFERENCES_FILE, RUN_FILE, type RunStore, writeText } from '../workers/pipeline/store.ts';
import { loadShipped } from './node-backend.ts';
import { memoryStore } from './node-store.ts';

export interface ScriptedPerson {
  request: Pick<RunRequest, 'preset' | 'seed' | 'base'>;
  engine: Engine;
  device: DeviceReport;
  /** A run with base and SFT; it is only read. */
  source: RunStore;
  taste: Exclude<Taste, 'careless'>;
  comparisons: number;
}

export interface TasteResult {
  taste: Taste;
  comparisons: number;
  /** Comparisons that were no tie. */
  informative: number;
  before: Pick<JudgeReport['models']['sft'], 'polite' | 'response_length' | 'accuracy'>;
  after: Pick<JudgeReport['models']['ppo'], 'polite' | 'response_length' | 'accuracy'>;
  kl: number;
}

/** The better answer by the taste's own score; a tie where it sees no difference. */
function choiceOf({ example, responses }: Proposal, taste: Taste): Choice {
  const [a, b] = responses.map((response) => tasteScore(taste, example, response)) as [number, number];
  return a > b ? 'first' : a < b ? 'second' : 'tie';
}

export async function scriptedTaste(options: ScriptedPerson): Promise<TasteResult> {
  const { engine, device, source, taste, comparisons } = options;
  const store = memoryStore();
  for (const key of [RUN_FILE, 'base.safetensors', 'sft.safetensors']) {
    const bytes = await source.read(key);
    if (!bytes) throw new Error(`${key}: the run has none; run its base and sft stages first`);
    await store.write(key, bytes);
  }
  const preferences: Preference[] = [];
  for (let number = 0; number < comparisons; number++) {
    const { preset, seed } = options.request;
    const proposal = await propose({ engine, store, loadShipped }, { preset, seed, number, count: 2 });
    if (!proposal) throw new Error('the arena has no pair of different answers to show');
    const { example, responses, model } = proposal;
    const ranks = ranksOf(choiceOf(proposal, taste));
    const rest = { at: null, both_bad: false, repeats: null, model } as const;
    preferences.push({ version: 2, id: String(number), by: `scripted: ${taste}`, example, responses, ranks, ...rest });
  }
  await writeText(store, PREFERENCES_FILE, formatJsonLines(preferences));
  const request: RunRequest = { ...options.request, labels: 'person', stages: ['reward', 'ppo', 'judge'] };
  const run = runPipeline({ request, engine, device, store, loadShipped, snapshotSeconds: Infinity });
  let judge: JudgeReport | undefined;
  for await (const event of run) {
    if (event.kind === 'stage_failed') throw new Error(`${event.stage}: ${event.message}`);
    if (event.kind === 'run_done') judge = event.run.judge;
  }
  if (!judge) throw new Error('the run ended without a judgement');
  const pick = ({ polite, response_length, accuracy }: JudgeReport['models']['sft']): TasteResult['before'] => ({
    polite,
    response_length,
    accuracy,
  });
  const { sft, ppo } = judge.models;
  const informative = preferences.filter(teaches).length;
  return { taste, comparisons, informative, before: pick(sft), after: pick(ppo), kl: judge.kl };
}
