/** Runs for tests, in this process, on WASM. */
import { runPipeline } from '../../workers/pipeline/run.ts';
import type { PipelineEvent, RunRequest } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import type { RunStore } from '../../workers/pipeline/store.ts';
import { loadShipped, openNodeEngine } from '../../tools/node-backend.ts';

/** Pulls events until `stop` says so (the rest is stored as a snapshot) or the run is done: its report, or null. */
export async function pull(
  store: RunStore,
  request: RunRequest,
  options: { snapshotSeconds?: number; stop?: (event: PipelineEvent) => boolean } = {},
): Promise<RunReport | null> {
  const opened = await openNodeEngine('wasm');
  const { snapshotSeconds = Infinity, stop } = options;
  const run = runPipeline({ request, ...opened, store, loadShipped, snapshotSeconds });
  for await (const event of run) {
    if (event.kind === 'stage_failed') throw new Error(`${event.stage}: ${event.message}`);
    if (event.kind === 'run_done') return event.run;
    if (stop?.(event)) return null;
  }
  return null;
}

/** A report without what a clock measured. */
export function figuresOf(report: RunReport): unknown {
  return { ...report, stages: report.stages.map((stage) => ({ ...stage, seconds: 0 })) };
}
