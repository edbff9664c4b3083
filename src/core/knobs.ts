/**
 * Knobs: the numbers of a preset that a person may change, by name ("ppo.kl_coef"). A changed knob is a difference from
 * the preset; everything that is changed is one record, which an address, a checkpoint's card or a file can hold.
 */
import * as v from 'valibot';
import { figures, quoted } from './outside.ts';
import { PRESETS, type Preset, type PresetName } from './presets.ts';
import { STAGES, type StageName } from './reports.ts';

/** The fields of a stage's configuration that are one number, or a number that may be absent. */
type NumericField<Config> = {
  [Field in keyof Config]-?: Config[Field] extends number | null ? Field : never;
}[keyof Config] &
  string;
export type KnobName = { [Stage in StageName]: `${Stage}.${NumericField<Preset[Stage]>}` }[StageName];

export interface Knob {
  name: KnobName;
  stage: StageName;
  /** The field of the stage's configuration. */
  field: string;
  /** A switch is 0 or 1, and is written as "off" or "on". */
  kind: 'integer' | 'number' | 'switch';
  /** What is allowed, both ends included. */
  range: readonly [least: number, most: number];
  /** What people usually choose. */
  usual: readonly [low: number, high: number];
  /** May be null: then what it steers is off. */
  optional: boolean;
  /** One of the few that teach: changing it changes what a student sees. */
  teaches: boolean;
}

/** Changed knobs; what is missing is as in the preset. */
export type Changes = Partial<Readonly<Record<KnobName, number | null>>>;

type Definition = readonly [
  kind: Knob['kind'],
  range: Knob['range'],
  usual: Knob['usual'],
  marks?: 'optional' | 'teaches',
];

const RATE: Definition = ['number', [0, 1], [1e-4, 5e-3]];
const STEPS: Definition = ['integer', [1, 100_000], [100, 5000]];
const WARMUP: Definition = ['integer', [0, 10_000], [0, 200]];
const DECAY: Definition = ['number', [0, 1], [0, 0.1]];
const BETA1: Definition = ['number', [0, 0.9999], [0.8, 0.95]];
const BETA2: Definition = ['number', [0, 0.99999], [0.9, 0.999]];
const EPSILON: Definition = ['number', [1e-12, 0.1], [1e-8, 1e-5]];
const NORM: Definition = ['number', [1e-3, 1000], [0.5, 5]];
const MANY: Definition = ['integer', [1, 10_000], [50, 1000]];
const SWITCH: Definition = ['switch', [0, 1], [0, 1]];
const teaches = ([kind, range, usual]: Definition): Definition => [kind, range, usual, 'teaches'];

const DEFINITIONS: Readonly<Record<KnobName, Definition>> = {
  'base.steps': STEPS,
  'base.step_tokens': ['integer', [64, 65_536], [512, 8192]],
  'base.learning_rate': RATE,
  'base.warmup': WARMUP,
  'base.weight_decay': DECAY,
  'base.beta1': BETA1,
  'base.beta2': BETA2,
  'base.epsilon': EPSILON,
  'base.max_grad_norm': NORM,

  'sft.steps': teaches(STEPS),
  'sft.batch_size': ['integer', [1, 512], [8, 64]],
  'sft.replay': ['number', [0, 0.9], [0, 0.5]],
  'sft.pad_is_eos': SWITCH,
  'sft.evaluation_prompts': ['integer', [1, 1000], [20, 100]],
  'sft.learning_rate': teaches(RATE),
  'sft.warmup': WARMUP,
  'sft.weight_decay': DECAY,
  'sft.beta1': BETA1,
  'sft.beta2': BETA2,
  'sft.epsilon': EPSILON,
  'sft.max_grad_norm': NORM,

  'reward.prompts': ['integer', [2, 20_000], [60, 2000], 'teaches'],
  'reward.responses': ['integer', [2, 8], [2, 4]],
  'reward.label_noise': ['number', [0, 1], [0, 0.4]],
  'reward.batch_size': ['integer', [1, 128], [8, 32]],
  'reward.epochs': ['integer', [1, 20], [1, 3]],
  'reward.min_steps': ['integer', [1, 1000], [10, 50]],
  'reward.margin': ['number', [0, 5], [0, 1]],
  'reward.center_rewards_coefficient': ['number', [0, 1], [0, 0.01]],
  'reward.evaluation_prompts': ['integer', [1, 2000], [100, 400]],
  'reward.learning_rate': RATE,
  'reward.warmup': WARMUP,
  'reward.weight_decay': DECAY,
  'reward.beta1': BETA1,
  'reward.beta2': BETA2,
  'reward.epsilon': EPSILON,
  'reward.max_grad_norm': NORM,

  'ppo.iterations': ['integer', [1, 1000], [8, 60], 'teaches'],
  'ppo.rollouts': ['integer', [1, 1024], [32, 256]],
  'ppo.epochs': ['integer', [1, 20], [1, 4]],
  'ppo.minibatch_size': ['integer', [1, 1024], [8, 64]],
  'ppo.learning_rate': RATE,
  'ppo.value_learning_rate': RATE,
  'ppo.kl_coef': ['number', [0, 10], [0.02, 0.3], 'teaches'],
  'ppo.kl_target': ['number', [0.01, 1000], [1, 10], 'optional'],
  'ppo.kl_horizon': ['number', [1, 1e6], [1000, 20_000]],
  'ppo.cliprange': ['number', [0.001, 10], [0.1, 0.3]],
  'ppo.cliprange_value': ['number', [0.001, 100], [0.1, 0.5], 'optional'],
  'ppo.whiten_pads': SWITCH,
  'ppo.old_logprob_temperature': ['number', [0.1, 10], [0.5, 2]],
  'ppo.gamma': ['number', [0, 1], [0.95, 1]],
  'ppo.lambda': ['number', [0, 1], [0.9, 1]],
  'ppo.missing_eos_penalty': ['number', [0, 100], [0, 2]],
  'ppo.ptx_coef': ['number', [0, 10], [0, 1]],
  'ppo.ptx_rows': ['integer', [0, 256], [4, 16]],
  'ppo.calibration_prompts': ['integer', [2, 4096], [64, 512]],
  'ppo.weight_decay': DECAY,
  'ppo.beta1': BETA1,
  'ppo.beta2': BETA2,
  'ppo.epsilon': EPSILON,
  'ppo.max_grad_norm': NORM,

  'judge.known': MANY,
  'judge.strangers': MANY,
  'judge.others': MANY,
};

/** Every knob, in the order of the stages. */
export const KNOBS: readonly Knob[] = (Object.entries(DEFINITIONS) as [KnobName, Definition][]).map(
  ([name, [kind, range, usual, mark]]) => {
    const [stage, field] = name.split('.') as [StageName, string];
    return { name, stage, field, kind, range, usual, optional: mark === 'optional', teaches: mark === 'teaches' };
  },
);

const byName: ReadonlyMap<string, Knob> = new Map(KNOBS.map((knob) => [knob.name, knob]));

/** The knob of this name; undefined where there is none. */
export function findKnob(name: string): Knob | undefined {
  return byName.get(name);
}

/** A knob's value in a preset. */
export function knobValue(preset: Preset, { stage, field }: Knob): number | null {
  return (preset[stage] as unknown as Record<string, number | null>)[field] as number | null;
}

/** Whether a knob may have this value. */
export function allows({ kind, range: [least, most], optional }: Knob, value: number | null): boolean {
  if (value === null) return optional;
  return value >= least && value <= most && (kind === 'number' || Number.isInteger(value));
}

/** Characters of a knob's value. No number that a knob takes needs as many. */
const MOST_VALUE = 40;

/** What a text says that a knob should be; undefined where the knob does not allow it. "off": null, or a switch's 0. */
export function parseKnob(knob: Knob, text: string): number | null | undefined {
  if (text.length > MOST_VALUE) return undefined;
  if (knob.kind === 'switch') return text === 'on' ? 1 : text === 'off' ? 0 : undefined;
  const isNumber = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim());
  const value = text === 'off' ? null : isNumber ? Number(text) : NaN;
  return allows(knob, value) ? value : undefined;
}

/** A knob's value as `parseKnob` reads it. */
export function formatKnob({ kind }: Pick<Knob, 'kind'>, value: number | null): string {
  if (kind === 'switch') return value === 1 ? 'on' : 'off';
  return value === null ? 'off' : String(value);
}

/** What a knob allows, for messages: "0 … 10", "1 … 100000, whole", "on or off". */
export function describeRange({ kind, range: [least, most], optional }: Knob): string {
  if (kind === 'switch') return 'on or off';
  return `${least} … ${most}${kind === 'integer' ? ', whole' : ''}${optional ? ', or off' : ''}`;
}

/** Changes from outside: every name is a knob, every value one that it allows. */
export const changesSchema = v.pipe(
  figures(v.nullable(v.number())),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, value] of Object.entries(dataset.value)) {
      const knob = findKnob(name);
      if (!knob) addIssue({ message: `"${quoted(name)}" is no knob` });
      else if (!allows(knob, value)) addIssue({ message: `"${name}" is ${value}, expected ${describeRange(knob)}` });
    }
  }),
  v.transform((changes): Changes => changes),
);

/** The preset with its changed knobs. */
export function withChanges(preset: Preset, changes: Changes): Preset {
  const changed: Preset = { ...preset };
  for (const stage of STAGES) {
    const fields = KNOBS.filter((knob) => knob.stage === stage && changes[knob.name] !== undefined);
    if (fields.length === 0) continue;
    const values = Object.fromEntries(fields.map(({ name, field }) => [field, changes[name]]));
    Object.assign(changed, { [stage]: { ...preset[stage], ...values } });
  }
  return changed;
}

/** The preset of a run: by name, for its labels, with its changed knobs. A change wins over what the labels suggest. */
export function presetFor(name: PresetName, labels: 'simulated' | 'person', changes: Changes = {}): Preset {
  const preset = PRESETS[name];
  if (labels === 'simulated') return withChanges(preset, changes);
  const { reward, ppo } = preset.person;
  const taught = { ...preset, reward: { ...preset.reward, ...reward }, ppo: { ...preset.ppo, ...ppo } };
  return withChanges(taught, changes);
}

/** What two knobs together make of a run: it will run, but hardly as was meant. */
export interface KnobProblem {
  /** The knob to look at. */
  knob: KnobName;
  code:
    'warmup_to_the_end' | 'row_above_step' | 'batch_above_prompts' | 'minibatch_above_rollouts' | 'mix_without_rows';
}

function problemsIn({ base, sft, reward, ppo }: Preset): KnobProblem[] {
  const rewardSteps = Math.max(reward.min_steps, Math.ceil((reward.prompts * reward.epochs) / reward.batch_size));
  const checks: Record<KnobProblem['code'], readonly (readonly [boolean, KnobName])[]> = {
    // The learning rate never reaches its peak.
    warmup_to_the_end: [
      [base.warmup >= base.steps, 'base.warmup'],
      [sft.warmup >= sft.steps, 'sft.warmup'],
      [reward.warmup >= rewardSteps, 'reward.warmup'],
    ],
    // A step is at least one row, so it has more tokens than were asked for.
    row_above_step: [[base.step_tokens < Math.max(...base.row_tokens), 'base.step_tokens']],
    // Every step sees all of the rankings, or rollouts, there are.
    batch_above_prompts: [[reward.batch_size > reward.prompts, 'reward.prompts']],
    minibatch_above_rollouts: [[ppo.minibatch_size > ppo.rollouts, 'ppo.minibatch_size']],
    // A weight on rows that there are none of.
    mix_without_rows: [[ppo.ptx_coef > 0 && ppo.ptx_rows === 0, 'ppo.ptx_rows']],
  };
  return Object.entries(checks).flatMap(([code, each]) =>
    each.flatMap(([wrong, knob]) => (wrong ? [{ knob, code: code as KnobProblem['code'] }] : [])),
  );
}

/** What no knob's own range can rule out. What the preset itself does so is meant so. */
export function problemsOf(preset: Preset): KnobProblem[] {
  const meant = (['simulated', 'person'] as const).flatMap((labels) => problemsIn(presetFor(preset.name, labels)));
  return problemsIn(preset).filter(({ knob, code }) => !meant.some((own) => own.knob === knob && own.code === code));
}
