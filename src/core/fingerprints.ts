/**
 * Fingerprints: what the outcome of a stage depends on, as one number. A finished stage whose fingerprint is not today's
 * is stale, and so is everything that was made from it.
 */
import { type Changes, type KnobName, findKnob, presetFor } from './knobs.ts';
import { PRESETS, type Preset, type PresetName } from './presets.ts';
import { STAGES, type StageName } from './reports.ts';
import { hash32 } from './rng.ts';

export type Fingerprints = Partial<Readonly<Record<StageName, number>>>;

/** What a run is made from, beside its seed. */
export interface Ingredients {
  preset: PresetName;
  base: 'shipped' | 'train';
  /** 'simulated:gold', or `personSource` of people's rankings: 'person:30:1x9k2d'. */
  labels: string;
  changes: Changes;
  /** Hash of the person's own demonstrations; 0 without any. */
  demonstrations: number;
}

/** The fingerprint of every stage, those before it left out of each. */
export function fingerprintsOf({ preset, base, labels, changes, demonstrations }: Ingredients): Required<Fingerprints> {
  const changed = presetFor(preset, labels.startsWith('person') ? 'person' : 'simulated', changes);
  const { world, n_layer, n_head, n_embd, n_positions, max_new_tokens, temperature } = changed;
  const hash = (stage: StageName): number => {
    // A shipped base model was trained as the preset says, whatever the knobs say now.
    const settings = settingsOf(stage === 'base' && base === 'shipped' ? PRESETS[preset] : changed, stage);
    const data = stage === 'sft' && demonstrations !== 0 ? [demonstrations] : [];
    return hash32(
      JSON.stringify([world, n_layer, n_head, n_embd, n_positions, max_new_tokens, temperature, settings, ...data]),
    );
  };
  return Object.fromEntries(STAGES.map((stage) => [stage, hash(stage)])) as Required<Fingerprints>;
}

/**
 * Knobs that there were not at first, with the value that leaves everything as it was: so set, they are no part of a
 * fingerprint, and what was trained before them is not stale.
 */
const LATER: Partial<Record<KnobName, number | null>> = {
  'sft.pad_is_eos': 0,
  'reward.label_noise': 0,
  'ppo.whiten_pads': 0,
  'ppo.old_logprob_temperature': 1,
};

/** A stage's settings without the later knobs that change nothing. */
function settingsOf(preset: Preset, stage: StageName): unknown {
  const isNeutral = (field: string, value: unknown): boolean => {
    const knob = findKnob(`${stage}.${field}`);
    return knob !== undefined && knob.name in LATER && LATER[knob.name] === value;
  };
  return Object.fromEntries(Object.entries(preset[stage]).filter(([field, value]) => !isNeutral(field, value)));
}

/** What a stage is made from, beside the checkpoints that it stands on. */
export interface Origin {
  /** Its fingerprint. */
  settings: number;
  labels: string;
}

/** Labels matter from the reward model on. */
export const isLabelled = (stage: StageName): boolean => STAGES.indexOf(stage) >= STAGES.indexOf('reward');

/** Whether a stage that was begun from `then` goes on from `now`. */
export const isSameOrigin = (stage: StageName, then: Origin, now: Origin): boolean =>
  then.settings === now.settings && (!isLabelled(stage) || then.labels === now.labels);

/** What is stored of a run, as far as it decides what is stale. */
export interface Made {
  base: 'shipped' | 'train';
  labels: string;
  fingerprints: Fingerprints;
}

/** The first finished stage that would come out otherwise today: it and all after it are stale. Null: none. */
export function firstStale(made: Made, today: Ingredients): StageName | null {
  const now = fingerprintsOf(today);
  const differs = (stage: StageName): boolean => {
    const then = made.fingerprints[stage];
    if (then === undefined) return false;
    if (stage === 'base' && made.base !== today.base) return true;
    if (stage === 'reward' && !isSameSource(made.labels, today.labels)) return true;
    return then !== now[stage];
  };
  return STAGES.find(differs) ?? null;
}

/** Older records name a person's rankings by their number alone: "person:30". */
function isSameSource(then: string, now: string): boolean {
  return then === now || (/^person:\d+$/.test(then) && now.startsWith(`${then}:`));
}
