/**
 * Makes public/checkpoints: base, SFT, reward model and PPO policy of the presets that are shipped, at half precision,
 * each with its card. `npm run pretrain [-- --preset small]`; cut off, it goes on where it was.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { PresetName } from '../src/core/presets.ts';
import type { RunRequest } from '../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../src/core/reports.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../workers/pipeline/checkpoint.ts';
import { type ModelStage, checkpointKey, shippedName } from '../workers/pipeline/checkpoints.ts';
import { runPipeline } from '../workers/pipeline/run.ts';
import { loadShipped, openNodeEngine, shippedFolder } from './node-backend.ts';
import { aloneIn } from './folder-lock.ts';
import { waitForRoom } from './full-disk.ts';
import { folderStore, writeAtomically } from './node-store.ts';
import { ProgressBar } from './progress.ts';
import { reportTable } from './table.ts';

const SHIPPED = ['micro', 'small'] as const satisfies readonly PresetName[];
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

/** Runs some stages of a preset in `folder`, to their end. */
const run = (
  preset: PresetName,
  stages: readonly StageName[],
  base: RunRequest['base'],
  folder: string,
): Promise<RunReport> => aloneIn(folder, () => train(preset, stages, base, folder));

async function train(
  preset: PresetName,
  stages: readonly StageName[],
  base: RunRequest['base'],
  folder: string,
): Promise<RunReport> {
  const opened = await openNodeEngine('wasm');
  const bar = new ProgressBar();
  const events = runPipeline({
    request: { preset, seed: SEED, stages, base, labels: 'simulated' },
    ...opened,
    store: folderStore(folder),
    loadShipped,
    snapshotSeconds: 30,
  });
  for await (const event of events) {
    bar.show(event);
    if (event.kind === 'storage_full') await waitForRoom(event);
    if (event.kind === 'stage_failed') throw new Error(event.message);
    if (event.kind === 'run_done') return event.run;
  }
  throw new Error(`${preset}: the run did not end`);
}

/** Copies a run's checkpoint to public/checkpoints at half precision; what was written. */
async function ship(
  preset: PresetName,
  stage: ModelStage,
  folder: string,
  changes: { parent: string | null; scores?: Record<string, number> },
): Promise<{ hash: string; bytes: number }> {
  const key = checkpointKey(stage);
  const bytes = await folderStore(folder).read(key);
  if (!bytes) throw new Error(`${folder}: no ${key}`);
  const { config, weights, card } = decodeCheckpoint(bytes, key);
  const scores = { ...card.scores, ...changes.scores };
  const half = encodeCheckpoint({ config, weights, card: { ...card, scores }, parent: changes.parent }, true);
  await writeAtomically(path.join(shippedFolder, shippedName(preset, stage)), half);
  return { hash: decodeCheckpoint(half, key).hash, bytes: half.byteLength };
}

/** The base model first; everything else is made from the base that is shipped, as a student's run is. */
async function make(preset: PresetName): Promise<number> {
  const folder = path.join('runs/pretrain', preset);
  await run(preset, ['base'], 'train', path.join(folder, 'base'));
  const base = await ship(preset, 'base', path.join(folder, 'base'), { parent: null });
  const tuned = path.join(folder, 'tuned');
  const report = await run(preset, STAGES, 'shipped', tuned);
  console.log(reportTable(report));
  const sft = await ship(preset, 'sft', tuned, { parent: base.hash });
  const reward = await ship(preset, 'reward', tuned, { parent: sft.hash });
  const ppo = await ship(preset, 'ppo', tuned, { parent: sft.hash, scores: judgeScores(report) });
  return [base, sft, reward, ppo].reduce((sum, { bytes }) => sum + bytes, 0);
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
