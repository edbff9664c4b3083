/** What the run computes on, and how much of its memory is in use. */
import type { DeviceReport } from '../core/protocol.ts';

export class Device {
  report = $state.raw<DeviceReport | null>(null);
  /** It did not open. */
  failed = $state(false);
  /** Bytes; null as long as nothing is known. */
  memory = $state.raw<{ bytes: number; budget: number } | null>(null);

  opened(report: DeviceReport): void {
    this.report = report;
    this.memory = null;
  }
}
