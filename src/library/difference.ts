/** What differs between two checkpoints: where they come from, model, settings, costs and scores. */
import { withChanges } from '../core/knobs.ts';
import { PRESETS, PRESET_NAMES } from '../core/presets.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import { STAGES, type StageName } from '../core/reports.ts';
import { bytes, scientific, short, t, whole } from '../i18n/index.ts';
import { scoreText } from './scores.ts';

/** Null: switched off. Undefined: the checkpoint has no such thing. */
export type Value = number | string | null | undefined;

export interface DifferenceRow {
  /** The field's name: "ppo.kl_coef". */
  name: string;
  values: readonly [Value, Value];
  /** Whether a knob was changed from the preset's value, for either. */
  changed: readonly [boolean, boolean];
}

export const DIFFERENCE_GROUPS = ['origin', 'model', 'settings', 'costs', 'scores'] as const;
export type DifferenceGroup = (typeof DIFFERENCE_GROUPS)[number];

type Fields = Record<string, Value>;

/** Names come from files: not every field that an object has was given to it. */
const valueIn = (fields: Fields, name: string): Value => (Object.hasOwn(fields, name) ? fields[name] : undefined);

/** Rows that differ, by group. */
export function differenceOf(a: CheckpointInfo, b: CheckpointInfo): Record<DifferenceGroup, DifferenceRow[]> {
  const rows = (fields: (of: CheckpointInfo) => Fields): DifferenceRow[] => {
    const [one, other] = [fields(a), fields(b)];
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names]
      .map((name): DifferenceRow => ({
        name,
        values: [valueIn(one, name), valueIn(other, name)],
        changed: [Object.hasOwn(a.changes, name), Object.hasOwn(b.changes, name)],
      }))
      .filter(({ values: [here, there] }) => here !== there);
  };
  return {
    origin: rows(({ stage, preset, seed, data }) => ({ stage, preset, seed, data })),
    model: rows(({ config }) => ({ ...config })),
    settings: rows(settingsOf),
    costs: rows(({ steps, tokens, flop, parameters, bytes }) => ({ steps, tokens, flop, parameters, bytes })),
    scores: rows(({ scores }) => scores),
  };
}

/** The settings that a checkpoint depends on: those of its stage and of all before it, by knob name. */
export function settingsOf({ preset: presetName, stage, changes }: CheckpointInfo): Fields {
  const name = PRESET_NAMES.find((each) => each === presetName);
  // A preset of another version of this page: what was changed is all that is known.
  if (!name) return changes;
  // Names that are no knobs any more are shown as they are, below.
  const preset = withChanges(PRESETS[name], changes);
  const { world, max_new_tokens, temperature } = preset;
  const fields: Fields = { world, max_new_tokens, temperature };
  for (const each of STAGES.slice(0, STAGES.indexOf(stage) + 1))
    for (const [field, value] of Object.entries(preset[each] as unknown as Record<string, unknown>))
      fields[`${each}.${field}`] = Array.isArray(value) ? value.join(' ') : (value as number | null);
  return { ...fields, ...changes };
}

/** A setting as it is written in a configuration: no grouping, no unit. */
export function settingText(value: Value): string {
  if (value === undefined) return '–';
  return value === null ? t().library.card.off : String(value);
}

const COSTS: Readonly<Record<string, (value: number) => string>> = { tokens: short, flop: scientific, bytes };

/** A value of a row in words and figures. */
export function valueText(group: DifferenceGroup, name: string, value: Value): string {
  if (group === 'origin' && name === 'stage') return t().stage[value as StageName].name;
  if (typeof value !== 'number' || group === 'origin') return settingText(value);
  if (group === 'scores') return scoreText(name, value);
  return group === 'costs' ? (COSTS[name] ?? whole)(value) : settingText(value);
}
