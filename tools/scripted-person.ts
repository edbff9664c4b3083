/** A person with one taste, scripted: sees pairs from the arena, presses a key, and trains on those choices alone. */
import { type Taste, tasteScore } from '../src/core/data/labellers.ts';
import type { Choice } from '../src/core/data/preferences.ts';
import type { ArenaPair, DeviceReport, RunRequest } from '../src/core/protocol.ts';
import type { JudgeReport } from '../src/core/reports.ts';
import type { Engine } from '../workers/engine/engine.ts';
import { Arena } from '../workers/pipeline/arena.ts';
import { runPipeline } from '../workers/pipeline/run.ts';
import { RUN_FILE, type RunStore } from '../workers/pipeline/store.ts';
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
function choiceOf({ example, responses }: ArenaPair, taste: Taste): Choice {
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
  const arena = new Arena({ request: options.request, engine, store, loadShipped });
  let informative = 0;
  for (let i = 0; i < comparisons; i++) {
    const pair = await arena.propose();
    if (!pair) throw new Error('the arena has no pair of different answers to show');
    informative = await arena.choose({ pair, choice: choiceOf(pair, taste) });
  }
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
  return { taste, comparisons, informative, before: pick(sft), after: pick(ppo), kl: judge.kl };
}
