/** Every case of a folder through the project's own model, losses, optimiser and statistics, on one engine. */
import type { Engine } from '../../workers/engine/engine.ts';
import { languageModelChecks } from './language-model.ts';
import type { Check } from './measure.ts';
import { ppoChecks } from './ppo.ts';
import { preferenceChecks } from './preference.ts';
import { rewardModelChecks } from './reward-model.ts';
import { samplingChecks } from './sampling.ts';
import type { ReferenceCases } from './schemas.ts';

/** The largest relative error that passes. */
export const TOLERANCE = 1e-4;

export const passes = ({ error }: Pick<Check, 'error'>): boolean => error <= TOLERANCE;

export async function runChecks(cases: ReferenceCases, engine: Engine): Promise<Check[]> {
  return [
    ...(await languageModelChecks(cases, engine)),
    ...(await rewardModelChecks(cases, engine)),
    ...(await ppoChecks(cases, engine)),
    ...(await preferenceChecks(cases, engine)),
    ...(await samplingChecks(cases, engine)),
  ];
}
