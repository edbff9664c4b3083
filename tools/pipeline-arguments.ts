/** What `npm run pipeline` is asked for: its arguments, and the files that they name. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Demonstration, parseDemonstrations } from '../src/core/data/demonstrations.ts';
import { TASTES } from '../src/core/data/labellers.ts';
import { MOST_BYTES } from '../src/core/data/refusals.ts';
import { LEAST_DUTY } from '../src/core/duty.ts';
import { type Changes, KNOBS, describeRange, findKnob, parseKnob } from '../src/core/knobs.ts';
import { quoted } from '../src/core/outside.ts';
import { PRESET_NAMES, type PresetName } from '../src/core/presets.ts';
import type { BackendChoice, RunRequest } from '../src/core/protocol.ts';
import { STAGES, type StageName } from '../src/core/reports.ts';
import { shippedName } from '../workers/pipeline/checkpoints.ts';
import { askedOf, readRecord } from '../workers/pipeline/record.ts';
import { shippedFolder } from './node-backend.ts';
import { folderStore } from './node-store.ts';

export const USAGE = `usage: npm run pipeline -- --preset ${PRESET_NAMES.join('|')} [--seed N] [--backend auto|webgpu|wasm|cpu]
       [--base shipped|train] [--stages ${STAGES.join(',')}] [--labels simulated|person] [--taste ${TASTES.join('|')}]
       [--set KNOB=VALUE]… [--demonstrations FILE.jsonl] [--out DIR] [--from DIR] [--json FILE] [--snapshot-seconds N]
       [--gentle PERCENT]
       a KNOB is a number of the preset, such as ppo.kl_coef; on and off as a VALUE switch what can be switched`;

/** A copy of the demonstrations that a run was given, beside its checkpoints. */
export const DEMONSTRATIONS_FILE = 'demonstrations.jsonl';

/** A mistake on the command line, or in a file that it names. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface Arguments {
  request: RunRequest;
  backend: BackendChoice;
  folder: string | null;
  json: string | null;
  /** Seconds from one autosave to the next at least. */
  snapshotSeconds: number;
  /** Share of the time that steps take. */
  duty: number;
}

/** The base model of a preset that a clone brings along, if it does. */
const shippedFile = (preset: PresetName): string => path.join(shippedFolder, shippedName(preset, 'base'));

/** One of `allowed`, or a UsageError that lists them. */
function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`--${flag} ${quoted(value)}: expected ${allowed.join(', ')}`);
  return found;
}

/** A number from 0 as people write it; NaN for anything else, such as nothing. */
function numberOf(text: string): number {
  return /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : NaN;
}

/** "ppo.kl_coef=0.2" … as changes, or a UsageError that says what the knob allows. */
function parseChanges(assignments: readonly string[]): Changes {
  const changes = assignments.map((assignment) => {
    const [name = '', value = ''] = assignment.split(/=(.*)/s);
    const knob = findKnob(name.trim());
    if (!knob) {
      const stage = STAGES.find((each) => name.startsWith(`${each}.`));
      const known = stage ? KNOBS.filter((each) => each.stage === stage).map((each) => each.name) : [...STAGES];
      throw new UsageError(
        `--set ${quoted(assignment)}: there is no such knob; ${stage ?? 'stages'}: ${known.join(', ')}`,
      );
    }
    const parsed = parseKnob(knob, value.trim());
    if (parsed === undefined) throw new UsageError(`--set ${quoted(assignment)}: expected ${describeRange(knob)}`);
    return [knob.name, parsed] as const;
  });
  return Object.fromEntries(changes);
}

/** The demonstrations in the file that was named, or else those that the run was given before. */
async function readOwn(named: string | undefined, from: string | undefined): Promise<Demonstration[]> {
  const kept = from === undefined ? undefined : path.join(from, DEMONSTRATIONS_FILE);
  const file = named ?? (kept !== undefined && existsSync(kept) ? kept : undefined);
  if (file === undefined) return [];
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MOST_BYTES) throw new UsageError(`${size} bytes; at most ${MOST_BYTES} are read`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--demonstrations ${quoted(file)}: ${quoted((error as Error).message, 300)}`);
  }
  return parseDemonstrations(text, file);
}

/** Rejects with a UsageError, or with the Error of a file that is named. Nothing is written. */
export async function parseArguments(argv: string[]): Promise<Arguments> {
  const text = { type: 'string' } as const;
  const flags = {
    preset: text,
    seed: text,
    backend: text,
    base: text,
    stages: text,
    labels: text,
    taste: text,
    out: text,
    from: text,
    demonstrations: text,
    gentle: text,
  };
  const many = { set: { type: 'string', multiple: true } } as const;
  let values: Partial<Record<keyof typeof flags | 'json' | 'snapshot-seconds', string> & { set: string[] }>;
  try {
    ({ values } = parseArgs({ args: argv, options: { ...flags, ...many, json: text, 'snapshot-seconds': text } }));
  } catch (error) {
    throw new UsageError(quoted((error as Error).message, 300));
  }
  const { from, out, json = null } = values;
  if (from !== undefined && !(existsSync(from) && statSync(from).isDirectory()))
    throw new UsageError(`--from ${quoted(from)}: there is no such folder`);
  if (from !== undefined && out !== undefined && path.resolve(from) !== path.resolve(out))
    throw new UsageError(`--from goes on in its own folder; leave --out away, or name the same folder`);
  const stored = from === undefined ? null : await readRecord(folderStore(from));
  if (from !== undefined && !stored)
    throw new UsageError(`--from ${quoted(from)}: there is no run.json of an earlier run`);
  if (from === undefined && out !== undefined && (await readRecord(folderStore(out))))
    throw new UsageError(
      `--out ${quoted(out)}: there is a run already; go on with --from ${quoted(out)}, or name another folder`,
    );
  // What it was asked for last, also where it was cut off before the first stage of that was done.
  const before = stored && askedOf(stored);
  const presetName = values.preset ?? stored?.report.preset;
  if (presetName === undefined) throw new UsageError('--preset is missing');
  const preset: PresetName = oneOf('preset', presetName, PRESET_NAMES);
  const seed = values.seed === undefined ? (stored?.report.seed ?? 0) : numberOf(values.seed);
  if (!Number.isSafeInteger(seed))
    throw new UsageError(`--seed ${quoted(values.seed ?? '')}: expected a whole number from 0`);
  const stages: StageName[] = (values.stages ?? STAGES.join(','))
    .split(',')
    .map((stage) => oneOf('stages', stage.trim(), STAGES));
  const base = oneOf('base', values.base ?? before?.base ?? (existsSync(shippedFile(preset)) ? 'shipped' : 'train'), [
    'shipped',
    'train',
  ] as const);
  const [storedLabels = 'simulated', storedTaste = 'gold'] = before?.labels.split(':') ?? [];
  const labels = oneOf('labels', values.labels ?? storedLabels, ['simulated', 'person'] as const);
  const taste = oneOf('taste', values.taste ?? (storedLabels === 'simulated' ? storedTaste : 'gold'), TASTES);
  const backend = oneOf('backend', values.backend ?? 'auto', ['auto', 'webgpu', 'wasm', 'cpu'] as const);
  const { 'snapshot-seconds': wanted = '10', gentle = '100' } = values;
  const snapshotSeconds = numberOf(wanted);
  if (Number.isNaN(snapshotSeconds))
    throw new UsageError(`--snapshot-seconds ${quoted(wanted)}: expected a number from 0`);
  const duty = numberOf(gentle) / 100;
  if (!(duty >= LEAST_DUTY && duty <= 1))
    throw new UsageError(`--gentle ${quoted(gentle)}: expected a number from ${100 * LEAST_DUTY} to 100`);
  const changes = values.set === undefined ? (before?.changes ?? {}) : parseChanges(values.set);
  // Whose choices the reward model learnt from stays as it was.
  const annotators = labels === storedLabels ? before?.annotators : undefined;
  const demonstrations = await readOwn(values.demonstrations, from);
  return {
    request: { preset, seed, stages, base, labels, taste, annotators, changes, demonstrations },
    backend,
    folder: from ?? out ?? null,
    json,
    snapshotSeconds,
    duty,
  };
}
