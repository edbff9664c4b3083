/** The whole pipeline on the command line: `npm run pipeline -- --preset micro --seed 0 --out runs/micro`. */
import { setImmediate } from 'node:timers/promises';
import { formatJsonLines } from '../src/core/data/json-lines.ts';
import { readPreferenceLines } from '../src/core/data/preferences.ts';
import { KNOBS, type KnobProblem, formatKnob, presetFor, problemsOf } from '../src/core/knobs.ts';
import type { RunReport } from '../src/core/reports.ts';
import { runOnAnyDevice } from '../workers/pipeline/recover.ts';
import { PREFERENCES_FILE, type RunStore, readText, writeText } from '../workers/pipeline/store.ts';
import { Duty } from '../workers/trainer/duty.ts';
import { loadShipped, openNodeEngine } from './node-backend.ts';
import { aloneIn } from './folder-lock.ts';
import { waitForRoom } from './full-disk.ts';
import { folderStore, memoryStore, writeAtomically } from './node-store.ts';
import { type Arguments, DEMONSTRATIONS_FILE, USAGE, UsageError, parseArguments } from './pipeline-arguments.ts';
import { ProgressBar } from './progress.ts';
import { reportTable } from './table.ts';

/** What knobs do to each other, as a warning. */
const PROBLEMS: Readonly<Record<KnobProblem['code'], string>> = {
  warmup_to_the_end: 'the warm-up lasts to the last step; the learning rate never reaches its peak',
  row_above_step: 'a row alone has more tokens than a step is to have',
  batch_above_prompts: 'fewer rankings than a batch; every step sees all of them',
  minibatch_above_rollouts: 'more than there are rollouts; every update sees all of them',
  mix_without_rows: 'pretraining text is weighted, but there are no rows of it',
};

/** Of a process that was ended by Ctrl-C, by convention. */
const INTERRUPTED = 130;

/** Aborts at the first Ctrl-C, or polite wish to end; the second one ends the process, as ever. */
function interruption(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  return abort.signal;
}

/** Names the lines of a run's preferences that cannot be read, and are left out of the training. */
async function warnOfDamagedPreferences(store: RunStore): Promise<void> {
  for (const { line, problem } of readPreferenceLines((await readText(store, PREFERENCES_FILE)) ?? ''))
    if (problem !== null) console.warn(`${PREFERENCES_FILE}, line ${line}: ${problem}. It is left out`);
}

async function train({ request, backend, folder, json, snapshotSeconds, duty: share }: Arguments): Promise<number> {
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
  const signal = interruption();
  const run = runOnAnyDevice(
    { request, store, loadShipped, snapshotSeconds: folder === null ? Infinity : snapshotSeconds, signal },
    opened,
    (kernels) => openNodeEngine(backend, { kernels }),
  );
  const duty = new Duty();
  duty.set(share);
  let begin = performance.now();
  for await (const event of run) {
    const worked = performance.now() - begin;
    bar.show(event);
    if (event.kind === 'stage_failed') failed = true;
    if (event.kind === 'run_done') report = event.run;
    if (event.kind === 'storage_full') await waitForRoom(event, signal);
    await duty.rest(worked, () => signal.aborted);
    // A step on the processor lets in nothing else: no signal, and no end of an autosave's writing.
    await setImmediate();
    begin = performance.now();
  }
  if (report) {
    console.log(reportTable(report));
    if (json !== null) await writeAtomically(json, new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`));
  }
  if (signal.aborted && !report) {
    const how = folder === null ? 'without --out nothing was kept' : `all of it is stored; go on with --from ${folder}`;
    console.log(`interrupted: ${how}`);
    return INTERRUPTED;
  }
  return failed ? 1 : 0;
}

try {
  const asked = await parseArguments(process.argv.slice(2));
  const { folder } = asked;
  process.exitCode = await (folder === null ? train(asked) : aloneIn(folder, () => train(asked)));
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof UsageError) console.error(USAGE);
  process.exitCode = 2;
}
