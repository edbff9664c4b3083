/** How fast each stage computes on this device, as measured while it ran, and how long a preset will take by that. */
import * as v from 'valibot';
import type { ExpectedCosts } from '../core/costs.ts';
import { finite, json, words } from '../core/outside.ts';
import { PRESET_NAMES, type PresetName } from '../core/presets.ts';
import type { ProgressEvent, TrainerEvent } from '../core/protocol.ts';
import { STAGES, type StageName } from '../core/reports.ts';
import type { Device } from './device.svelte.ts';
import { remember, remembered } from './memory.ts';
import type { Settings } from './settings.svelte.ts';

const STORED = 'rlhf-playground.speeds';
/** Computing seconds after which a stage that still runs counts as measured, and is measured anew. */
const ENOUGH_SECONDS = 5;

/** Operations, and the seconds that they took. */
const measuredSchema = v.object({
  flop: v.pipe(finite, v.gtValue(0)),
  seconds: v.pipe(finite, v.gtValue(0)),
});
type Measured = v.InferOutput<typeof measuredSchema>;

/** By device, preset and stage. A damaged record is measured again: nothing of it is worth a message. */
export const storedSpeedsSchema = v.pipe(
  v.string(),
  json(),
  v.object({
    version: v.literal(1),
    devices: v.record(
      words(300),
      v.record(v.picklist(PRESET_NAMES), v.optional(v.record(v.picklist(STAGES), v.optional(measuredSchema)))),
    ),
  }),
);
type Devices = v.InferOutput<typeof storedSpeedsSchema>['devices'];

export interface Estimate {
  seconds: number;
  /** The preset whose speed was measured. */
  by: PresetName;
}

export class Estimates {
  readonly #device: Pick<Device, 'report'>;
  readonly #settings: Pick<Settings, 'preset'>;
  #devices = $state.raw<Devices>(remembered(STORED, storedSpeedsSchema)?.devices ?? {});
  /** Where the measurement of the running stage begins: its first step, which also compiles, is left out. */
  #from: ProgressEvent | null = null;
  #last: ProgressEvent | null = null;

  constructor(device: Pick<Device, 'report'>, settings: Pick<Settings, 'preset'>) {
    this.#device = device;
    this.#settings = settings;
  }

  /** Takes in what the worker tells. */
  hear(events: readonly TrainerEvent[]): void {
    for (const event of events) {
      if (event.kind === 'progress') {
        this.#from ??= event;
        this.#last = event;
        if (event.seconds - this.#from.seconds >= ENOUGH_SECONDS) this.#measure();
      } else if (event.kind === 'stage_done') {
        this.#measure();
        this.#from = this.#last = null;
      } else if (event.kind === 'stage_started' || event.kind === 'device_replaced') this.#from = this.#last = null;
    }
  }

  /** Seconds that stages of these costs take here; null where nothing was measured on this device. */
  of(preset: PresetName, costs: Readonly<Partial<Record<StageName, ExpectedCosts>>>): Estimate | null {
    const speeds = this.#devices[this.#key] ?? {};
    const by = nearest(preset).find((name) => Object.values(speeds[name] ?? {}).length > 0);
    if (by === undefined) return null;
    const stages = speeds[by] ?? {};
    const all = speedOf(Object.values(stages));
    const seconds = Object.entries(costs).map(([stage, { flop }]) => {
      const measured = stages[stage as StageName];
      return flop / (measured ? speedOf([measured]) : all);
    });
    return { seconds: seconds.reduce((a, b) => a + b, 0), by };
  }

  get #key(): string {
    const { report } = this.#device;
    return report ? `${report.backend} ${report.adapter}` : '';
  }

  #measure(): void {
    const [from, last] = [this.#from, this.#last];
    if (!from || !last || last.flop <= from.flop || last.seconds <= from.seconds) return;
    const { preset } = this.#settings;
    const measured: Measured = { flop: last.flop - from.flop, seconds: last.seconds - from.seconds };
    const device = this.#devices[this.#key] ?? {};
    const stages = { ...device[preset], [last.stage]: measured };
    this.#devices = { ...this.#devices, [this.#key]: { ...device, [preset]: stages } };
    this.#from = last;
    remember(STORED, JSON.stringify({ version: 1, devices: this.#devices }));
  }
}

/** Operations a second. */
function speedOf(measured: readonly (Measured | undefined)[]): number {
  const sum = (field: keyof Measured): number => measured.reduce((total, each) => total + (each?.[field] ?? 0), 0);
  return sum('flop') / sum('seconds');
}

/**
 * The preset itself, then those nearest in size: small models are slower an operation. nano stands for itself alone: its
 * steps are too small to tell how fast a device computes.
 */
function nearest(preset: PresetName): PresetName[] {
  const place = (name: PresetName): number => PRESET_NAMES.indexOf(name);
  return PRESET_NAMES.filter((name) => name !== 'nano' || preset === 'nano').toSorted(
    (a, b) => Math.abs(place(a) - place(preset)) - Math.abs(place(b) - place(preset)),
  );
}
