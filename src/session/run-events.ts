/** What the worker's events do to the run that is shown. */
import type { TrainerEvent } from '../core/protocol.ts';
import type { Checkpoints } from './checkpoints.svelte.ts';
import type { Device } from './device.svelte.ts';
import type { Failures } from './failures.svelte.ts';
import type { FollowingEvent } from './following.svelte.ts';
import type { ShownRun } from './shown-run.svelte.ts';

/** What else hears of events. */
export interface Hearers {
  failures: Failures;
  checkpoints: Checkpoints;
  device: Device;
  /** Takes what happens in another tab. */
  onfollowed: (event: FollowingEvent) => void;
}

/** Takes in a batch of events. */
export function takeIn(events: readonly TrainerEvent[], run: ShownRun, hearers: Hearers): void {
  for (const [i, event] of events.entries()) {
    if (event.kind === 'progress') {
      // Progress in a row is taken in at once: one redraw for all of it.
      const before = events[i - 1];
      if (before?.kind === 'progress' && before.stage === event.stage) continue;
      const row = events.slice(i).findIndex((each) => each.kind !== 'progress' || each.stage !== event.stage);
      const end = row < 0 ? events.length : i + row;
      run.stages[event.stage].advance(events.slice(i, end).filter((each) => each.kind === 'progress'));
    } else happened(event, run, hearers);
  }
}

function happened(
  event: Exclude<TrainerEvent, { kind: 'progress' }>,
  run: ShownRun,
  { failures, checkpoints, device, onfollowed }: Hearers,
): void {
  switch (event.kind) {
    case 'stage_started':
      run.begin(event.stage, event.resumedAt, event.origin);
      break;
    case 'samples':
      run.stages[event.stage].samples = { step: event.step, samples: event.samples };
      break;
    case 'continuations':
      run.stages[event.stage].wrote(event.step, event.continuations);
      break;
    case 'token_losses':
      run.stages[event.stage].tokenLosses = { step: event.step, rows: event.rows };
      break;
    case 'recorded':
      run.recordings.add(event.record);
      break;
    case 'stage_done':
      run.finish(event);
      void checkpoints.load();
      break;
    case 'stage_failed':
      run.stages[event.stage].state = 'failed';
      run.stages[event.stage].failure = event;
      run.news = { kind: 'failed', stage: event.stage };
      failures.add('run', event.message);
      break;
    case 'run_done':
      run.show(event.run);
      run.news = { kind: 'finished' };
      break;
    case 'device_problem':
      failures.add(event.problem === 'device_lost' ? 'device_lost' : 'run', event.message);
      break;
    case 'device_replaced':
      device.opened(event.device);
      failures.add('device_replaced', event.message);
      break;
    case 'storage_full':
      // In a tab that follows, the notice would be the other one's.
      if (run.state === 'idle') break;
      run.state = 'paused';
      run.news = { kind: 'paused' };
      run.waitsFor = event.bytes;
      failures.add('quota', event.message);
      break;
    case 'set_aside':
      failures.add('set_aside', event.message);
      break;
    case 'other_device': {
      const [before, now] = [event.before, event.now].map(
        ({ backend, adapter, engine, kernels }) => `${backend}, ${adapter}, ${engine} (${kernels})`,
      );
      failures.add('other_device', `${event.stage}: ${before} → ${now}`);
      break;
    }
    case 'memory':
      device.memory = event;
      break;
    case 'elsewhere':
    case 'followed':
    case 'caught_up':
      onfollowed(event);
  }
}
