/** tfjs and the compiled engine on one device: they share buffers, and neither overtakes the other. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { responseBatch } from '../../src/core/data/batches.ts';
import { openNodeEngine } from '../../tools/node-backend.ts';
import { relativeError } from '../../tools/reference/measure.ts';
import { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import { compiledVariables } from '../../workers/engine/compiled/variables.ts';
import { tensorOf } from '../../workers/engine/shared-tensor.ts';
import { feedOf } from '../../workers/model/computations.ts';
import { sftObjective } from '../../workers/pipeline/objectives.ts';
import { PAD, randomPairs, tinyConfig, tinyModel } from './setup.ts';

const ADAMW = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weight_decay: 0, max_grad_norm: 1 };
const terms = [{ computation: sftObjective(tinyConfig), feed: feedOf(responseBatch(randomPairs(1, 4), PAD)) }];

let engine: CompiledEngine;
beforeAll(async () => {
  const opened = await openNodeEngine('webgpu');
  if (!(opened.engine instanceof CompiledEngine)) throw new Error('the compiled engine failed its self-test');
  engine = opened.engine;
});

it('tfjs reads what a step has just written, without a copy', async () => {
  const model = tinyModel(engine, 1);
  const { parameters, layout } = compiledVariables(model.variables);
  const optimiser = engine.createOptimiser(model.variables, ADAMW);
  for (let step = 0; step < 5; step++) {
    // Not awaited: the step is only submitted when tfjs records its operation.
    const stepped = engine.step(optimiser, 1e-2, terms);
    const doubled = tf.tidy(() => tf.mul(tensorOf(parameters, layout.length), 2));
    const values = await doubled.data<'float32'>();
    doubled.dispose();
    await stepped;
    expect(
      relativeError(
        values,
        (await model.variables.read()).map((x) => 2 * x),
      ),
    ).toBe(0);
  }
  model.dispose();
});

it('an operation that tfjs has recorded and not submitted sees the parameters from before the step', async () => {
  const model = tinyModel(engine, 2);
  const { parameters, layout } = compiledVariables(model.variables);
  const optimiser = engine.createOptimiser(model.variables, ADAMW);
  const before = await model.variables.read();
  const copied = tf.tidy(() => tf.add(tensorOf(parameters, layout.length), 0));
  await engine.step(optimiser, 1e-2, terms);
  const values = await copied.data<'float32'>();
  copied.dispose();
  expect(relativeError(values, before)).toBe(0);
  expect(relativeError(await model.variables.read(), before)).toBeGreaterThan(1e-4);
  model.dispose();
});
