/** When a knob's value takes effect: a stage is made with what it began with. */
import { type Changes, type Knob, knobValue } from '../core/knobs.ts';
import type { Preset } from '../core/presets.ts';

/**
 * in_force: its stage began with this value; next: when its stage runs; again: when its stage is run again; next_run: the
 * run that is going has another value for a stage to come; shipped: never, as long as the base model is a shipped one.
 */
export type Effect = 'in_force' | 'next' | 'again' | 'next_run' | 'shipped';

export interface Circumstances {
  /** The preset without changed knobs. */
  preset: Preset;
  /** Knobs as they are set. */
  changes: Changes;
  /** Knobs that differed when the run was started. */
  applied: Changes;
  /** The knob's stage has begun. */
  begun: boolean;
  /** A run is going. */
  going: boolean;
  base: 'shipped' | 'train';
}

/** The value that the run has, or had when it was last started. */
export function appliedValue(
  knob: Knob,
  { preset, applied }: Pick<Circumstances, 'preset' | 'applied'>,
): number | null {
  const value = applied[knob.name];
  return value === undefined ? knobValue(preset, knob) : value;
}

export function settingOf(knob: Knob, { preset, changes }: Pick<Circumstances, 'preset' | 'changes'>): number | null {
  const value = changes[knob.name];
  return value === undefined ? knobValue(preset, knob) : value;
}

export function effectOf(knob: Knob, circumstances: Circumstances): Effect {
  const { begun, going, base } = circumstances;
  if (knob.stage === 'base' && base === 'shipped') return 'shipped';
  const same = settingOf(knob, circumstances) === appliedValue(knob, circumstances);
  if (begun) return same ? 'in_force' : 'again';
  return going && !same ? 'next_run' : 'next';
}

/** Whether what is set is something else than what the run has. */
export function isPending(effect: Effect): boolean {
  return effect === 'again' || effect === 'next_run';
}
