/** Every case of a folder through the project's own model, losses, optimiser and statistics, on tfjs's current backend. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Operations } from '../../workers/engine/operations.ts';
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

export async function runChecks(cases: ReferenceCases, ops: Operations<tf.Tensor>): Promise<Check[]> {
  return [
    ...(await languageModelChecks(cases, ops)),
    ...(await rewardModelChecks(cases, ops)),
    ...(await ppoChecks(cases)),
    ...(await preferenceChecks(cases)),
    ...(await samplingChecks(cases, ops)),
  ];
}
