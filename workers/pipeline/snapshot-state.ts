/**
 * What the snapshot of each stage holds beside the head that every snapshot has: the schema of its state, and the names
 * of its tensors. Fields that nobody here knows stay as they are.
 */
import * as v from 'valibot';
import { rankingEntries } from '../../src/core/data/preferences.ts';
import { hashSchema } from '../../src/core/checkpoint-card.ts';
import { figures, finite, natural, unchanged, words } from '../../src/core/outside.ts';
import { JUDGED, type StageName } from '../../src/core/reports.ts';
import { READERS } from './judge-report.ts';

/** More answers, rankings or documents than any stage collects. */
const MOST = 1_000_000;
const list = <S extends v.GenericSchema>(each: S) => v.pipe(v.array(each), v.maxLength(MOST));

const costs = v.object({ tokens: natural, flop: v.pipe(finite, v.minValue(0)) });
/** A figure that was no number is null in JSON. */
const metrics = figures(v.nullable(finite));
const responses = list(v.object({ text: words(1000), ended: v.boolean() }));
const rankings = list(v.looseObject(rankingEntries));
const each = <Name extends string, S extends v.GenericSchema>(names: readonly Name[], schema: S) =>
  v.object(Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, S>);

/** The optimiser's steps, by the prefix of its tensors. */
const optimiser = <Prefix extends string>(prefix: Prefix) =>
  ({ [`${prefix}.step`]: natural }) as Record<`${Prefix}.step`, typeof natural>;
const begun = { step: natural, costs };

const stageSchemas = {
  base: v.looseObject({ ...begun, ...optimiser('model') }),
  sft: v.looseObject({
    ...begun,
    metrics,
    answered: v.pipe(v.record(words(100), responses), v.maxEntries(20)),
    ...optimiser('model'),
  }),
  reward: v.looseObject({
    ...begun,
    metrics,
    rankings,
    held: v.object({ familiar: rankings, new_names: rankings }),
    ...optimiser('model'),
  }),
  ppo: v.looseObject({
    ...begun,
    metrics,
    calibration: v.object({ mean: finite, std: v.pipe(finite, v.gtValue(0)) }),
    kl_coef: finite,
    ...optimiser('policy'),
    ...optimiser('critic'),
  }),
  // Earlier versions kept only the first answers.
  judge: v.looseObject({
    ...begun,
    answers: each(JUDGED, responses),
    kl: list(finite),
    greedy: v.optional(each(JUDGED, responses)),
    losses: v.optional(each(READERS, list(finite))),
  }),
} satisfies Record<StageName, v.GenericSchema>;

/** What every snapshot keeps beside the stage's own state; see `Kept`. */
const keptSchema = v.looseObject({
  settings: finite,
  labels: words(200),
  parents: v.optional(v.pipe(v.array(hashSchema), v.maxLength(3))),
  seconds: v.pipe(finite, v.minValue(0)),
  last: v.looseObject({ step: natural, costs, metrics }),
});

/** The state in a snapshot's file: the stage's own, and the run's. */
export function snapshotStateSchema(stage: StageName) {
  return unchanged(v.looseObject({ stage: stageSchemas[stage], run: keptSchema }));
}

const OPTIMISERS: Readonly<Record<StageName, readonly string[]>> = {
  base: ['model'],
  sft: ['model'],
  reward: ['model'],
  ppo: ['policy', 'critic'],
  judge: [],
};

/** The tensors of a snapshot: what is trained, and its two moments. */
export function snapshotTensors(stage: StageName): string[] {
  return OPTIMISERS[stage].flatMap((prefix) => ['flat', 'm', 'v'].map((name) => `${prefix}.${name}`));
}
