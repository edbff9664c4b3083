/**
 * A run that outlives its device. Drivers reset, cards are unplugged, laptops change from one to the other: whatever was
 * on the device is gone then, and the run goes on from its last snapshot on a device that is opened anew.
 */
import type { PipelineEvent } from '../../src/core/protocol.ts';
import type { RunReport } from '../../src/core/reports.ts';
import type { OpenedEngine } from '../engine/backend.ts';
import { DeviceLostError } from '../engine/errors.ts';
import { type RunOptions, runPipeline } from './run.ts';
import { snapshotsOf } from './snapshot.ts';

/** Devices lost one after another without a step in between, after which the run fails. */
const MOST_LOSSES = 3;

/**
 * As `runPipeline`, on `opened`, then on what `reopen` opens each time the device was lost. A stage that was begun on
 * the same adapter with other kernels goes on with those where they can be had: only so are its bits the same.
 */
export async function* runOnAnyDevice(
  options: Omit<RunOptions, 'engine' | 'device'>,
  opened: OpenedEngine,
  reopen: (kernels: string) => Promise<OpenedEngine>,
): AsyncGenerator<PipelineEvent, RunReport> {
  let current = await withKernelsOf(options, opened, reopen);
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
      current = await reopen(current.device.kernels);
      yield { kind: 'device_replaced', device: current.device, message: error.message };
    } finally {
      await run.return(undefined as never);
    }
  }
}

async function withKernelsOf(
  { store, request }: Pick<RunOptions, 'store' | 'request'>,
  opened: OpenedEngine,
  reopen: (kernels: string) => Promise<OpenedEngine>,
): Promise<OpenedEngine> {
  const { backend, adapter, kernels } = opened.device;
  for (const stage of request.stages) {
    const then = (await snapshotsOf(store, stage))[0]?.kept.device;
    if (then && then.backend === backend && then.adapter === adapter && then.kernels !== kernels)
      return reopen(then.kernels);
  }
  return opened;
}
