/**
 * Makes public/checkpoints: base, SFT, reward model and PPO policy of the presets that are shipped, at half precision,
 * each with its card. `npm run pretrain [-- --preset small]`; cut off, it goes on where it was.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { PresetName } from '../src/core/presets.ts';
import { type RunReport, STAGES } from '../src/core/reports.ts';
import { operationsFor } from '../workers/engine/backend.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../workers/pipeline/checkpoint.ts';
import { checkpointKey, shippedName } from '../workers/pipeline/checkpoints.ts';
import { runPipeline } from '../workers/pipeline/run.ts';
import { loadShipped, openNodeBackend, shippedFolder } from './node-backend.ts';
import { folderStore, writeAtomically } from './node-store.ts';
import { ProgressBar } from './progress.ts';
import { reportTable } from './table.ts';

const SHIPPED = ['micro', 'small'] as const satisfies readonly PresetName[];
const MODEL_STAGES = ['base', 'sft', 'reward', 'ppo'] as const;
/** Everything that the page precaches for offline use has to stay small. */
const MOST_BYTES = 8 * 2 ** 20;
const SEED = 0;

/** What the judge found, for the policy's card. */
function judgeScores(report: RunReport): Record<string, number> {
  const { judge } = report;
  if (!judge) return {};
  const { gold, accuracy, fabrication, rude, verbose } = judge.models.ppo;
  return {
    win_rate_over_sft: judge.win_rate.ppo_over_sft.rate,
    kl: judge.kl,
    gold,
    accuracy,
    fabrication,
    rude,
    verbose,
  };
}

async function make(preset: PresetName): Promise<number> {
  const device = await openNodeBackend('wasm');
  const store = folderStore(path.join('runs/pretrain', preset));
  const bar = new ProgressBar();
  let report: RunReport | null = null;
  const run = runPipeline({
    request: { preset, seed: SEED, stages: STAGES, base: 'train', labels: 'simulated' },
    ops: operationsFor(device.backend),
    device,
    store,
    loadShipped,
    snapshotSeconds: 30,
    sampleEvery: 0,
  });
  for await (const event of run) {
    bar.show(event);
    if (event.kind === 'stage_failed') throw new Error(event.message);
    if (event.kind === 'run_done') report = event.run;
  }
  if (!report) throw new Error(`${preset}: the run did not end`);
  console.log(reportTable(report));
  let total = 0;
  for (const stage of MODEL_STAGES) {
    const bytes = await store.read(checkpointKey(stage));
    if (!bytes) throw new Error(`${preset}: no ${checkpointKey(stage)}`);
    const checkpoint = decodeCheckpoint(bytes, checkpointKey(stage));
    const scores = stage === 'ppo' ? { ...checkpoint.card.scores, ...judgeScores(report) } : checkpoint.card.scores;
    const half = encodeCheckpoint({ ...checkpoint, card: { ...checkpoint.card, scores } }, true);
    await writeAtomically(path.join(shippedFolder, shippedName(preset, stage)), half);
    total += half.byteLength;
  }
  return total;
}

const { values } = parseArgs({ options: { preset: { type: 'string' } } });
const chosen = SHIPPED.filter((preset) => values.preset === undefined || preset === values.preset);
if (chosen.length === 0) {
  console.error(`--preset ${values.preset}: expected ${SHIPPED.join(', ')}`);
  process.exitCode = 2;
} else {
  await mkdir(shippedFolder, { recursive: true });
  let total = 0;
  for (const preset of chosen) total += await make(preset);
  console.log(`${total} bytes of checkpoints`);
  if (total > MOST_BYTES) throw new Error(`checkpoints of ${total} bytes exceed ${MOST_BYTES}`);
}
