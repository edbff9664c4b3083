/**
 * Known traps that can be put back in, each a few knobs: the faults that have bitten published libraries, and settings
 * that look harmless. Each raises the alarm that is named beside it.
 */
import type { AlarmId } from './alarms.ts';
import { type Changes, findKnob, knobValue } from './knobs.ts';
import type { Preset } from './presets.ts';

export const TRAP_IDS = ['pad_is_eos', 'no_replay', 'few_pairs', 'no_kl', 'whiten_pads', 'other_temperature'] as const;
export type TrapId = (typeof TRAP_IDS)[number];

export interface Trap {
  id: TrapId;
  /** What it sets. */
  changes: Changes;
  /** What names it. */
  alarm: AlarmId;
}

export const TRAPS: readonly Trap[] = [
  { id: 'pad_is_eos', changes: { 'sft.pad_is_eos': 1 }, alarm: 'no_end' },
  { id: 'no_replay', changes: { 'sft.replay': 0 }, alarm: 'forgotten' },
  // Four answers a prompt make six pairs: sixty in all.
  { id: 'few_pairs', changes: { 'reward.prompts': 10, 'reward.responses': 4 }, alarm: 'few_labels' },
  // How soon gold falls hangs on the reward model. Micro, seeds 1, 2, 3: from about the twelfth iteration, the alarm after
  // the twentieth. A reward model as good as the shipped one holds out longer than these thirty.
  { id: 'no_kl', changes: { 'ppo.kl_coef': 0, 'ppo.iterations': 30 }, alarm: 'gold_falls' },
  { id: 'whiten_pads', changes: { 'ppo.whiten_pads': 1 }, alarm: 'advantages' },
  { id: 'other_temperature', changes: { 'ppo.old_logprob_temperature': 2 }, alarm: 'ratio' },
];

/** Whether all its knobs are set as it sets them, by whatever way they came to be so. */
export function isTrapSet({ changes }: Trap, preset: Preset): boolean {
  return Object.entries(changes).every(([name, value]) => {
    const knob = findKnob(name);
    return knob !== undefined && knobValue(preset, knob) === value;
  });
}

/** What sets its knobs back, and no others, to what the preset has. */
export function mendingOf({ changes }: Trap, preset: Preset): Changes {
  const back = Object.keys(changes).flatMap((name) => findKnob(name) ?? []);
  return Object.fromEntries(back.map((knob) => [knob.name, knobValue(preset, knob)]));
}
