/**
 * A run that outlives its device. Drivers reset, cards are unplugged, laptops change from one to the other: whatever was
 * on the device is gone then, and the run goes on from its last snapshot on a device that is opened anew.
 */
import type { PipelineEvent } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import type { OpenedEngine } from '../engine/backend.ts';
import { DeviceLostError } from '../engine/errors.ts';
import { type RunOptions, runPipeline } from './run.ts';

/** Devices lost one after another without a step in between, after which the run fails. */
const MOST_LOSSES = 3;

/** As `runPipeline`, on `opened`, then on what `reopen` opens each time the device was lost. */
export async function* runOnAnyDevice(
  options: Omit<RunOptions, 'engine' | 'device'>,
  opened: OpenedEngine,
  reopen: () => Promise<OpenedEngine>,
): AsyncGenerator<PipelineEvent, RunReport> {
  let current = opened;
  let losses = 0;
  for (;;) {
    const run = runPipeline({ ...options, ...current });
    try {
      for (;;) {
        const { value, done } = await run.next();
        if (done) return value;
        if (value.kind === 'progress') losses = 0;
        yield value;
      }
    } catch (error) {
      if (!(error instanceof DeviceLostError) || ++losses > MOST_LOSSES) throw error;
      current = await reopen();
      yield { kind: 'device_replaced', device: current.device, message: error.message };
    } finally {
      await run.return(undefined as never);
    }
  }
}
