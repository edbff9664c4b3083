/** What the run computes on, and how much of its memory is in use. */
import type { DeviceReport, TrainerEvent } from '../core/protocol.ts';

export class Device {
  report = $state.raw<DeviceReport | null>(null);
  /** It did not open. */
  failed = $state(false);
  /** What it holds; null as long as nothing is known. */
  memory = $state.raw<Pick<Extract<TrainerEvent, { kind: 'memory' }>, 'bytes' | 'arrays' | 'budget'> | null>(null);

  opened(report: DeviceReport): void {
    this.report = report;
    this.memory = null;
  }
}
