/** The whole pipeline on the command line: `npm run pipeline -- --preset micro --seed 0 --out runs/micro`. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Demonstration, parseDemonstrations } from '../src/core/data/demonstrations.ts';
import { formatJsonLines } from '../src/core/data/json-lines.ts';
import { TASTES } from '../src/core/data/labellers.ts';
import { readPreferenceLines } from '../src/core/data/preferences.ts';
import {
  type Changes,
  KNOBS,
  type KnobProblem,
  describeRange,
  findKnob,
  formatKnob,
  parseKnob,
  presetFor,
  problemsOf,
} from '../src/core/knobs.ts';
import { PRESET_NAMES, type PresetName } from '../src/core/presets.ts';
import type { BackendChoice, RunRequest } from '../src/core/protocol.ts';
import { type RunReport, STAGES, type StageName } from '../src/core/reports.ts';
import { shippedName } from '../workers/pipeline/checkpoints.ts';
import { runOnAnyDevice } from '../workers/pipeline/recover.ts';
import { readRecord } from '../workers/pipeline/record.ts';
import { PREFERENCES_FILE, type RunStore, readText, writeText } from '../workers/pipeline/store.ts';
import { loadShipped, openNodeEngine, shippedFolder } from './node-backend.ts';
import { folderStore, memoryStore, writeAtomically } from './node-store.ts';
import { ProgressBar } from './progress.ts';
import { reportTable } from './table.ts';

const USAGE = `usage: npm run pipeline -- --preset ${PRESET_NAMES.join('|')} [--seed N] [--backend auto|webgpu|wasm|cpu]
       [--base shipped|train] [--stages ${STAGES.join(',')}] [--labels simulated|person] [--taste ${TASTES.join('|')}]
       [--set KNOB=VALUE]… [--demonstrations FILE.jsonl] [--out DIR] [--from DIR] [--json FILE] [--snapshot-seconds N]
       a KNOB is a number of the preset, such as ppo.kl_coef; on and off as a VALUE switch what can be switched`;

/** What knobs do to each other, as a warning. */
const PROBLEMS: Readonly<Record<KnobProblem['code'], string>> = {
  warmup_to_the_end: 'the warm-up lasts to the last step; the learning rate never reaches its peak',
  row_above_step: 'a row alone has more tokens than a step is to have',
  batch_above_prompts: 'fewer rankings than a batch; every step sees all of them',
  minibatch_above_rollouts: 'more than there are rollouts; every update sees all of them',
  mix_without_rows: 'pretraining text is weighted, but there are no rows of it',
};

/** A copy of the demonstrations that a run was given, beside its checkpoints. */
const DEMONSTRATIONS_FILE = 'demonstrations.jsonl';

/** A mistake on the command line, or in a file that it names. */
class UsageError extends Error {}

interface Arguments {
  request: RunRequest;
  backend: BackendChoice;
  folder: string | null;
  json: string | null;
  /** Seconds of computing between snapshots. */
  snapshotSeconds: number;
}

/** The base model of a preset that a clone brings along, if it does. */
const shippedFile = (preset: PresetName): string => path.join(shippedFolder, shippedName(preset, 'base'));

/** One of `allowed`, or a UsageError that lists them. */
function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`--${flag} ${value}: expected ${allowed.join(', ')}`);
  return found;
}

/** "ppo.kl_coef=0.2" … as changes, or a UsageError that says what the knob allows. */
function parseChanges(assignments: readonly string[]): Changes {
  const changes = assignments.map((assignment) => {
    const [name = '', value = ''] = assignment.split(/=(.*)/s);
    const knob = findKnob(name.trim());
    if (!knob) {
      const stage = STAGES.find((each) => name.startsWith(`${each}.`));
      const known = stage ? KNOBS.filter((each) => each.stage === stage).map((each) => each.name) : [...STAGES];
      throw new UsageError(`--set ${assignment}: there is no such knob; ${stage ?? 'stages'}: ${known.join(', ')}`);
    }
    const parsed = parseKnob(knob, value.trim());
    if (parsed === undefined) throw new UsageError(`--set ${assignment}: expected ${describeRange(knob)}`);
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
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--demonstrations ${file}: ${(error as Error).message}`);
  }
  return parseDemonstrations(text, file);
}

async function parse(argv: string[]): Promise<Arguments> {
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
  };
  const many = { set: { type: 'string', multiple: true } } as const;
  let values: Partial<Record<keyof typeof flags | 'json' | 'snapshot-seconds', string> & { set: string[] }>;
  try {
    ({ values } = parseArgs({ args: argv, options: { ...flags, ...many, json: text, 'snapshot-seconds': text } }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { from, out, json = null } = values;
  if (from !== undefined && !(existsSync(from) && statSync(from).isDirectory()))
    throw new UsageError(`--from ${from}: there is no such folder`);
  if (from !== undefined && out !== undefined && path.resolve(from) !== path.resolve(out))
    throw new UsageError(`--from goes on in its own folder; leave --out away, or name the same folder`);
  const stored = from === undefined ? null : await readRecord(folderStore(from));
  if (from !== undefined && !stored) throw new UsageError(`--from ${from}: there is no run.json of an earlier run`);
  if (from === undefined && out !== undefined && (await readRecord(folderStore(out))))
    throw new UsageError(`--out ${out}: there is a run already; go on with --from ${out}, or name another folder`);
  const presetName = values.preset ?? stored?.report.preset;
  if (presetName === undefined) throw new UsageError('--preset is missing');
  const preset: PresetName = oneOf('preset', presetName, PRESET_NAMES);
  const seed = values.seed === undefined ? (stored?.report.seed ?? 0) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`--seed ${values.seed}: expected a whole number from 0`);
  const stages: StageName[] = (values.stages ?? STAGES.join(','))
    .split(',')
    .map((stage) => oneOf('stages', stage.trim(), STAGES));
  const base = oneOf(
    'base',
    values.base ?? stored?.report.base ?? (existsSync(shippedFile(preset)) ? 'shipped' : 'train'),
    ['shipped', 'train'] as const,
  );
  const [storedLabels = 'simulated', storedTaste = 'gold'] = stored?.labels.split(':') ?? [];
  const labels = oneOf('labels', values.labels ?? storedLabels, ['simulated', 'person'] as const);
  const taste = oneOf('taste', values.taste ?? (storedLabels === 'simulated' ? storedTaste : 'gold'), TASTES);
  const backend = oneOf('backend', values.backend ?? 'auto', ['auto', 'webgpu', 'wasm', 'cpu'] as const);
  const snapshotSeconds = Number(values['snapshot-seconds'] ?? 20);
  if (!(snapshotSeconds >= 0))
    throw new UsageError(`--snapshot-seconds ${values['snapshot-seconds']}: expected a number from 0`);
  const changes = values.set === undefined ? (stored?.changes ?? {}) : parseChanges(values.set);
  const demonstrations = await readOwn(values.demonstrations, from);
  return {
    request: { preset, seed, stages, base, labels, taste, changes, demonstrations },
    backend,
    folder: from ?? out ?? null,
    json,
    snapshotSeconds,
  };
}

/** Names the lines of a run's preferences that cannot be read, and are left out of the training. */
async function warnOfDamagedPreferences(store: RunStore): Promise<void> {
  for (const { line, problem } of readPreferenceLines((await readText(store, PREFERENCES_FILE)) ?? ''))
    if (problem !== null) console.warn(`${PREFERENCES_FILE}, line ${line}: ${problem}. It is left out`);
}

async function main(argv: string[]): Promise<number> {
  const { request, backend, folder, json, snapshotSeconds } = await parse(argv);
  const { changes = {}, demonstrations = [] } = request;
  for (const { knob, code } of problemsOf(presetFor(request.preset, request.labels, changes)))
    console.warn(`${knob}: ${PROBLEMS[code]}`);
  const opened = await openNodeEngine(backend);
  const { device } = opened;
  console.log(`${request.preset}, seed ${request.seed}, on ${device.backend}: ${device.adapter} (${device.reason})`);
  const changed = KNOBS.flatMap((knob) => {
    const value = changes[knob.name];
    return value === undefined ? [] : [`${knob.name}=${formatKnob(knob, value)}`];
  });
  if (changed.length > 0) console.log(`changed: ${changed.join(' ')}`);
  if (demonstrations.length > 0) console.log(`with ${demonstrations.length} demonstrations of people's own`);
  const store = folder === null ? memoryStore() : folderStore(folder);
  if (folder !== null && demonstrations.length > 0)
    await writeText(store, DEMONSTRATIONS_FILE, formatJsonLines(demonstrations));
  if (request.labels === 'person') await warnOfDamagedPreferences(store);
  const bar = new ProgressBar();
  let failed = false;
  let report: RunReport | null = null;
  const run = runOnAnyDevice(
    { request, store, loadShipped, snapshotSeconds: folder === null ? Infinity : snapshotSeconds },
    opened,
    () => openNodeEngine(backend),
  );
  for await (const event of run) {
    bar.show(event);
    if (event.kind === 'stage_failed') failed = true;
    if (event.kind === 'run_done') report = event.run;
  }
  if (report) {
    console.log(reportTable(report));
    if (json !== null) await writeAtomically(json, new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`));
  }
  return failed ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof UsageError) console.error(USAGE);
  process.exitCode = 2;
}
